"""The form of a play: what is proposed and why, what was written down, and who changed it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.campaign import NEW, campaign_address, state
from dashboard.cards.history import history_list, who_and_when
from dashboard.cards.segments import segment_address
from dashboard.components.choice import field
from dashboard.datasets import address
from segmentation.plays import LABELS

WORDS = ("objective", "message", "channel", "offer", "kpi", "avoid")  # proposed, in the order of the form
WRITTEN = (*WORDS, "risk", "owner", "due", "budget", "status")
STATUSES = {"draft": "Draft", "planned": "Planned", "running": "Running", "ended": "Ended"}
RISKS = {"": "Not judged", "low": "Low", "medium": "Medium", "high": "High"}
PERCENT = ("reach", "response", "margin")


def form_card(id_of: Callable[[str], str]) -> html.Section:
    """The fields, empty; `id_of` gives the ids of the page."""
    controls: dict[str, Any] = {
        name: dbc.Textarea(id=id_of(name), rows=2, maxLength=500) for name in WORDS if name != "channel"
    }
    controls |= {
        "channel": dbc.Input(id=id_of("channel"), type="text", autocomplete="off"),
        "risk": dbc.Select(id=id_of("risk"), options=_options(RISKS), value=""),
        "owner": dbc.Input(id=id_of("owner"), type="text", autocomplete="off"),
        "due": dbc.Input(id=id_of("due"), type="date"),
        "budget": dbc.Input(id=id_of("budget"), type="number", min=0, step="any"),
        "status": dbc.Select(id=id_of("status"), options=_options(STATUSES), value="draft"),
    }
    fields = [
        field(LABELS[name], controls[name], html.Span(id=id_of(f"{name}-hint")), id=id_of(name)) for name in WRITTEN
    ]
    actions = [
        c.button("Save the play", id_of("save"), primary=True),
        c.button("Fill in the proposal", id_of("refill")),
    ]
    return c.card(
        "What is done for them",
        html.Div(fields, className="k-play-form"),
        html.Div(actions, className="k-actions"),
        caption="Below each field: why it was proposed. Change what you know better.",
    )


def _options(choices: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in choices.items()]


def conflict_box(id_of: Callable[[str], str]) -> html.Div:
    """Both values of what two people changed, and the two ways on; hidden until there is a conflict."""
    actions = [
        c.button("Keep mine", id_of("keep")),
        c.button("Take theirs", id_of("take")),
    ]
    inside = [html.Div(id=id_of("conflicts")), html.Div(actions, className="k-actions k-gap")]
    return html.Div(html.Div(inside), id=id_of("conflict"), hidden=True, className="k-above", role="alert")


def delete_box(id_of: Callable[[str], str]) -> html.Details:
    """Deleting asks by being folded away."""
    text = "The play goes, its history stays. The segment then has no play until one is saved."
    inside = [html.Summary("Delete this play"), html.P(text, className="k-muted k-small"),
              html.Div(c.button("Delete it", id_of("delete")), className="k-actions k-gap")]  # fmt: skip
    return html.Details(inside, className="k-fold", id=id_of("delete-box"), hidden=True)


def head(dataset: str, view: Any) -> Any:
    """What there is: a proposal, or a play with its status."""
    trail = [("Strategy", address("/strategy", dataset)), (view.name, None)]
    if view.segment is None:
        return c.page_head(f"The play for {f.inside(view.name)} is archived", view.fate.text if view.fate else "",
                           trail=trail, colour=view.colour)  # fmt: skip
    actions = [
        c.link_button("The segment", segment_address(dataset, view.segment.slug), icon_name="segments"),
        c.link_button("Plan a campaign", campaign_address(dataset, NEW, segment=view.segment.slug)),
    ]
    if view.play is None:
        title = f"{view.name}: {f.inside(view.proposal.rule)}?" if view.proposal else f"{view.name}: no play yet"
        lede = "A proposal from the profile, by rules in a fixed order. Nothing is kept until you save."
        if view.proposal is None:
            lede = "Too few people for a proposal from the profile. Nothing is kept until you save."
        return c.page_head(title, lede, actions, trail=trail, colour=view.colour)
    told = [
        STATUSES[view.play["status"]],
        f"owned by {view.play['owner']}" if view.play["owner"] else "without an owner",
    ]
    if view.play["due"]:
        told.append(f"due {f.day(date.fromisoformat(view.play['due']))}")
    lede = f"{view.play['objective'].rstrip('.')}. {', '.join(told)}."
    return c.page_head(f"The play for {f.inside(view.name)}", lede, actions, trail=trail, colour=view.colour)


def above(dataset: str, view: Any) -> Any:
    """Why it may not run, or why it should be looked at; empty where nothing stands against it."""
    if view.segment is None or view.why_not is None:
        return ""
    runs = view.play is not None and view.play["status"] == "running"
    title = "This play runs, but its segment does not carry it any more" if runs else "This play may not run yet"
    action = c.link_button("Train again", address("/models", dataset), small=True)
    more = "You can write it down all the same; it opens when the segment is stable, large enough and real."
    if runs:
        more = "Look whether it still reaches the right people."
    return html.Div(c.note("warn", title, f"{f.sentence(view.why_not)}. {more}", action), className="k-above")


def hints(view: Any) -> list[Any]:
    """Below each field: why it stands there, or what is proposed instead and why."""
    return [_hint(view, name) for name in WRITTEN]


def _hint(view: Any, name: str) -> Any:
    proposal = view.proposal
    if name == "budget" and view.currency:
        return f"In {view.currency}. {proposal.reasons[name] if proposal and not view.play else ''}".rstrip()
    if name == "status":
        return ["Running needs an owner and an open ", c.term("gate", "gate"), "."] if view.segment else ""
    if proposal is None:
        return ""
    proposed, reason = proposal.values.get(name, ""), proposal.reasons[name]
    mine = view.play[name] if view.play else proposed
    if not proposed or mine == proposed:
        return reason if not mine or mine == proposed else ""
    if view.reasons.get(name):  # it stands as proposed once, from an earlier profile
        return f"{view.reasons[name]} Today's profile suggests: {proposed}."
    text = RISKS[proposed] if name == "risk" else proposed
    return f"Proposed: {text}. {reason}"


def archived(view: Any) -> html.Section:
    """A play whose segment is gone, to read."""
    told = [(LABELS[name], str(view.play[name])) for name in WRITTEN if view.play[name] not in (None, "")]
    parts = [part for label, text in told for part in (html.Dt(label), html.Dd(text))]
    return c.card(
        "What was done for them",
        html.Dl(parts, className="k-dl k-made-of"),
        caption="It can be changed again when a version with this segment is in use.",
    )


def conflict_words(conflicts: Sequence[Any]) -> list[Any]:
    """Both values, side by side."""
    rows = [
        [each.label, value_words(each.field, each.mine), value_words(each.field, each.theirs)] for each in conflicts
    ]
    columns = [c.Column("Field"), c.Column("Yours", small="yours", wide=True)]
    columns += [c.Column("Saved meanwhile", small="saved meanwhile", wide=True)]
    what = "field" if len(conflicts) == 1 else "fields"
    title = f"Somebody changed {f.in_words(len(conflicts))} {what} that you changed too; nothing was saved"
    return [c.card(title, c.table(columns, rows, stacked=True, caption="Values of both"))]


def value_words(name: str, value: Any) -> str:
    """A value of a field as text.

    >>> value_words("offer", ""), value_words("response", 0.02), value_words("due", "2026-12-24")
    ('empty', '2.0%', '24 Dec 2026')
    >>> value_words("budget", 1200.0)
    '1,200'
    """
    if value in (None, ""):
        return "empty"
    if name in PERCENT:
        return f.percent(value)
    if name == "due":
        return f.day(date.fromisoformat(value))
    return f.plain(value) if isinstance(value, float) else str(value)


def history(view: Any) -> Any:
    """Who changed what when, the newest first."""
    lines = [html.Span([f"{who_and_when(each)}: ", *_changed(each)]) for each in view.changes]
    return history_list(lines, "Nothing was saved yet.")


def campaigns(dataset: str, views: Sequence[Any]) -> Any:
    """The campaigns of the play and what came of them, the newest first; nothing where there are none."""
    lines = [
        html.Span([html.A(each.name, href=campaign_address(dataset, each.id)), f": {f.inside(state(each))}"])
        for each in views
    ]
    return html.Div([html.H3("Campaigns"), history_list(lines, "")]) if lines else ""


def _changed(edit: Any) -> list[Any]:
    if not edit.after:
        return ["the play was deleted; it was for “", edit.before.get("objective", ""), "”"]
    if not edit.before.get("objective", "x"):
        return [f"first saved, to {f.inside(edit.after['objective'])}"]
    parts = [
        f"{f.inside(LABELS[name])} “{value_words(name, edit.before.get(name))}” became “{value_words(name, value)}”"
        for name, value in edit.after.items()
    ]
    return ["; ".join(parts)]
