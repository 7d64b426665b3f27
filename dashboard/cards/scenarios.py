"""Scenarios: the list, one of them with its answers, several side by side."""

from collections.abc import Callable, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards import group as group_cards
from dashboard.cards.ways import ASSOCIATIONS, shown
from dashboard.components.choice import field
from dashboard.components.table import Column
from dashboard.datasets import address
from dashboard.theme import Theme
from segmentation.services.groups import GroupResult

LIST, ONE = "/simulator/scenarios", "/simulator/scenario"


def scenario_address(view: Any) -> str:
    """The address that shares a scenario."""
    return address(f"{ONE}/{view.id}", view.dataset)


def trail(slug: str | None, last: str) -> list[tuple[str, str | None]]:
    first: list[tuple[str, str | None]] = [("Simulator", address("/simulator", slug))]
    return [*first, ("Scenarios", address(LIST, slug)), (last, None)] if last != "Scenarios" else [*first, (last, None)]


def save_form(id_of: Callable[[str], str]) -> html.Section:
    """Name, note and the button that keeps what the page shows."""
    name = dbc.Input(id=id_of("scenario-name"), value="", maxLength=80, autocomplete="off")
    note = dbc.Textarea(id=id_of("scenario-note"), value="", maxLength=2000, className="k-short-text")
    return c.card(
        "Keep this what-if",
        field("Name", name, "Such as: Two more visits a month", id=id_of("scenario-name")),
        field("Note", note, id=id_of("scenario-note")),
        html.Div([c.button("Save as a scenario", id_of("scenario-save"))], className="k-actions"),
        html.Div(id=id_of("scenario-says"), className="k-gap", **{"aria-live": "polite"}),
        caption="A scenario has an address to share, can be compared with others, and asked again of a newer model.",
    )


def saved_note(view: Any) -> Any:
    """After saving: where it is."""
    links = [
        html.A("Open it", href=scenario_address(view)),
        " or see ",
        html.A("all", href=address(LIST, view.dataset)),
    ]
    return c.note("good", f"“{view.name}” is kept", html.Span([*links, "."]))


def refused_note(error: Exception) -> Any:
    """Why nothing was kept."""
    return c.note("bad", "Nothing was kept", f"{f.sentence(str(error))}.")


def answer_words(answer: Any, kind: str) -> str:
    """What a version answered, in a line."""
    body = answer.body
    if kind == "group":
        share = f.percent(body["moved"] / body["customers"], 0) if body["moved"] else "nobody"
        return f"{share} of {f.counted(body['customers'], 'customer')} would change segment"
    before, after = body["before"]["segment"], body["after"]["segment"]
    return f"Stays in {after}" if before == after else f"From {before} to {after}"


def list_card(views: Sequence[Any], picked: Sequence[str]) -> html.Section:
    """Every scenario of a dataset, to open and to pick for the comparison."""
    columns = [Column(""), Column("Scenario"), Column("Answer", wide=True), Column("Version", True, "Version"),
               Column("Kept", small="Kept")]  # fmt: skip
    rows = [
        [
            dbc.Checkbox(
                id={"page": "scenarios--pick", "name": each.id}, value=each.id in picked,
                label=html.Span(f"Compare {each.name}", className="visually-hidden"),
            ),
            html.Span([html.A(each.name, href=scenario_address(each), className="k-strong"), html.Div(
                group_cards.asked_words(GroupResult.of(each.newest.body), each.labels) if each.kind == "group"
                else _customer_words(each), className="k-small k-muted")]),
            answer_words(each.newest, each.kind),
            html.Span([f.number(each.newest.version), c.badge("older", "warn") if each.outdated else ""]),
            f"{f.day(each.created_at)} {f.made_by(each.created_by)}".strip(),
        ]
        for each in views
    ]  # fmt: skip
    return c.card(
        f.sentence(f.counted(len(views), "scenario")),
        c.table(columns, rows, hover=True, stacked=True),
        caption="Pick up to four to see them side by side. “Older”: another model is in use now, or the customers "
        "have changed since.",
    )


def _customer_words(view: Any) -> str:
    whom = whom_words(view)
    changed = [view.labels.get(name, name) for name in view.asked["changes"]]
    return f"{whom}, other values in {f.listed([f.inside(each) for each in changed])}" if changed else whom


def whom_words(view: Any) -> str:
    """The customer of a scenario."""
    return f"Customer {view.customer}" if view.customer else "An imagined customer"


def empty_list(slug: str | None) -> Any:
    """Before anything was kept."""
    text = "Nothing is kept yet. Try a customer or a whole group in the simulator and save what you see."
    link = c.link_button("Open the simulator", address("/simulator", slug), primary=True)
    return c.card("No scenarios yet", c.empty(text, link))


def head(view: Any) -> Any:
    """The finding and what was asked."""
    exports = [
        c.link_button(text, f"/scenarios/{view.id}.{kind}", icon_name="down", download=True)
        for text, kind in (("CSV", "csv"), ("JSON", "json"))
    ]
    who = f"{_asked(view)}. Kept on {f.day(view.created_at)} {f.made_by(view.created_by)}".strip()
    return c.page_head(view.name, f"{who}.", exports, trail=trail(view.dataset, view.name))


def _asked(view: Any) -> str:
    if view.kind == "group":
        return group_cards.asked_words(GroupResult.of(view.newest.body), view.labels)
    return _customer_words(view)


def gone_head(slug: str | None, error: Exception) -> list[Any]:
    """In place of a scenario that is not there."""
    list_link = c.link_button("All scenarios", address(LIST, slug), primary=True)
    return [
        c.page_head("This scenario is not there", trail=trail(slug, "Not there")),
        c.card("What happened", c.empty(f"{f.sentence(str(error))}.", list_link)),
    ]


def notes(view: Any) -> html.Div:
    """The note of whoever kept it, and whether the answer is of today."""
    found = [c.note("", "Note", view.note)] if view.note else []
    if view.outdated:
        why = (
            f"version {view.champion} is in use now" if view.newest.version != view.champion
            else "the customers have changed since"
        )  # fmt: skip
        text = f"It was answered by version {view.newest.version}; {why}. Ask again to see what changed."
        found.append(c.note("warn", "The answer is of an earlier state", text))
    if dropped := view.newest.body.get("dropped"):
        labels = f.listed([view.labels.get(name, name) for name in dropped])
        text = f"Version {view.newest.version} does not look at it, so that part of the change counts for nothing."
        found.append(c.note("warn", f"Left out: {labels}", text))
    return html.Div(found, className="k-scenario-notes")


def answer(theme: Theme, view: Any, graph_id: Any) -> list[Any]:
    """The newest answer, in full."""
    if view.kind == "group":
        return group_cards.answer(theme, GroupResult.of(view.newest.body), view.labels, graph_id)
    return [c.row(c.col(7, _values_card(view)), c.col(5, _sides_card(view)))]


def _sides_card(view: Any) -> html.Section:
    sides = [view.newest.body[name] for name in ("before", "after")]
    rows = [
        ["Segment", *(c.segment_chip(each["segment"], each["colour"]) for each in sides)],
        ["Confidence", *(f"{each['word']} ({f.statistic(each['confidence'])})" for each in sides)],
        ["Next closest", *(each["runner_up"] or "–" for each in sides)],
    ]
    title = answer_words(view.newest, "customer")
    warnings = [html.Ul([html.Li(each) for each in view.newest.body["warnings"]], className="k-says")]
    return c.card(
        title,
        c.table([Column(""), Column("Before"), Column("After")], rows),
        *(warnings if view.newest.body["warnings"] else []),
        caption=f"Scored like any customer, with version {view.newest.version}",
        footer=ASSOCIATIONS,
    )


def _values_card(view: Any) -> html.Section:
    body = view.newest.body
    rows = [
        [view.labels.get(name, name), shown(body["before"]["values"].get(name)), shown(value)]
        for name, value in body["changes"].items()
    ]
    if not rows:
        return c.card("Nothing is changed", c.empty("This scenario keeps a customer as they are."))
    title = f"{f.sentence(f.counted(len(rows), 'value'))} {'differs' if len(rows) == 1 else 'differ'}"
    return c.card(
        title, c.table([Column("Attribute"), Column("Before", True), Column("After", True)], rows), data_is_body=True
    )
