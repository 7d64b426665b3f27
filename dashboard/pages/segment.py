"""One segment: who they are, against everyone and against the segment most like them."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import segment as cards
from dashboard.cards import segment_edit as edit_cards
from dashboard.cards.doubtful import border_card, unusual_card
from dashboard.cards.explanation import rule_card
from dashboard.cards.model_story import fate_page
from dashboard.cards.regroup import REGROUP, regroup_card, regrouped_note
from dashboard.cards.segment_members import members_card, profile_card
from dashboard.cards.segment_place import moved_card, place_card
from dashboard.cards.segment_pushes import pushes_card
from dashboard.cards.segment_trust import gate_note, standing_card, tests_card
from dashboard.cards.verdict import stale_note
from dashboard.datasets import shown
from dashboard.formatting import sentence
from dashboard.ids import page_id
from dashboard.theme import Theme, chosen
from segmentation.errors import KindredError, NotFoundError

PATH, PATH_TEMPLATE, TITLE = "/segments/none", "/segments/<segment>", "Segment"
ME = "dashboard"  # who changed something, until there are users
_id = partial(page_id, "segment")


def layout(segment: str = "", dataset: str | None = None, **_query: str) -> html.Div:
    """Title and grey lines; the form stays while the callback brings the rest around it."""
    waiting = [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)]
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "segment": segment}),
            dcc.Store(id=_id("changed")),
            dcc.Store(id=_id("version")),
            html.Div(waiting, id=_id("head")),
            edit_cards.edit_form(_id),
            html.Div(c.skeleton(), id=_id("body")),
            html.Div(id=_id("pushes")),
            regroup_card(_id),
        ]
    )


def exists(services: Any, dataset: str | None, segment: str = "") -> bool:
    """Whether the dataset has this segment, or had it."""
    slug = shown(services, dataset) or ""
    try:
        known = services.profiles.segments(slug)
        return segment in {each.slug for each in known} or services.identity.fate(slug, segment) is not None
    except NotFoundError:
        return False


def body(theme: Theme, dataset: str, detail: Any, doubtful: Any, view: Any) -> list[Any]:
    """The page below its head: how far the segment carries, then who they are; `doubtful` are worth a second look,
    `view` is the map."""
    top = [*filter(None, [stale_note(dataset, detail.stale_since)]), cards.facts(detail)]
    if detail.withheld:
        return [*top, cards.withheld_note(), cards.source(detail), cards.around(dataset, detail)]
    typical = members_card(dataset, "Most typical members", "Closest to the centre of the segment", detail.typical)
    unusual = unusual_card(dataset, doubtful)
    if detail.summary.unassigned:  # no segment: nothing to test, no rule, no centre
        return [
            *top,
            cards.unassigned_note(),
            c.row(c.col(12, cards.features_card(detail))),
            c.row(c.col(6, cards.distribution_card(theme, detail)), c.col(6, cards.lifts_card(detail))),
            c.row(c.col(12, profile_card(detail))),
            cards.source(detail),
            cards.around(dataset, detail),
        ]
    return [
        *top,
        *filter(None, [gate_note(dataset, detail)]),
        c.row(c.col(4, standing_card(dataset, detail)), c.col(8, tests_card(detail))),
        c.row(c.col(8, cards.features_card(detail)), c.col(4, rule_card(detail))),
        c.row(c.col(6, cards.distribution_card(theme, detail)), c.col(6, cards.lifts_card(detail))),
        c.row(c.col(6, moved_card(dataset, detail)), c.col(6, place_card(theme, dataset, detail, view))),
        c.row(c.col(6, typical), c.col(6, border_card(dataset, detail.summary.slug, doubtful))),
        *([c.row(c.col(12, unusual))] if unusual is not None else []),
        c.row(c.col(12, profile_card(detail))),
        cards.source(detail),
        cards.around(dataset, detail),
    ]


def register_callbacks(app: Dash, services: Any) -> None:
    """The page follows the address, and what is changed on it."""

    @app.callback(
        Output(_id("head"), "children"), Output(_id("body"), "children"),
        Input(_id("query"), "data"), Input(_id("changed"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], _changed: Any) -> tuple[Any, Any]:
        slug = shown(services, query["dataset"]) or ""
        try:
            detail = services.profiles.segment(slug, query["segment"])
        except NotFoundError:
            fate = services.identity.fate(slug, query["segment"])
            if fate is None:
                raise
            return "", fate_page(slug, fate)
        doubtful = services.borderline.members(slug, query["segment"])
        return cards.head(slug, detail), body(chosen(), slug, detail, doubtful, services.profiles.projection(slug))

    @app.callback(
        Output(_id("name"), "value"), Output(_id("name-hint"), "children"), Output(_id("description"), "value"),
        Output(_id("colour"), "options"), Output(_id("colour"), "value"), Output(_id("history"), "children"),
        Output(_id("automatic"), "disabled"), Output(_id("undo"), "disabled"),
        Input(_id("query"), "data"), Input(_id("changed"), "data"),
    )  # fmt: skip
    def _fill(query: dict[str, Any], _changed: Any) -> tuple[Any, ...]:
        try:
            told = services.editing.read(shown(services, query["dataset"]) or "", query["segment"])
        except NotFoundError:  # gone, or Unassigned: the page offers no form
            return "", "", "", [], None, "", True, True
        return (
            told.name, edit_cards.name_hint(told), told.description, edit_cards.colour_options(told), told.colour,
            edit_cards.history(told), told.named_by is None, not told.edits,
        )  # fmt: skip

    @app.callback(Output(_id("pushes"), "children"), Input(_id("query"), "data"))
    def _push(query: dict[str, Any]) -> Any:
        slug = shown(services, query["dataset"]) or ""
        try:
            view = services.pushes.of_segment(slug, query["segment"])
        except KindredError:  # gone, or a model that cannot be loaded: the page says so above
            return ""
        return c.row(c.col(12, pushes_card(slug, query["segment"], view))) if view else ""

    _register_regrouping(app, services)

    @app.callback(
        Output(_id("changed"), "data"), Output(_id("outcome"), "children"),
        Input(_id("keep"), "n_clicks"), Input(_id("automatic"), "n_clicks"), Input(_id("undo"), "n_clicks"),
        State(_id("name"), "value"), State(_id("description"), "value"), State(_id("colour"), "value"),
        State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _edit(keep: int, automatic: int, undo: int, name: Any, text: Any, colour: Any, query: Any) -> tuple[Any, Any]:
        where = (shown(services, query["dataset"]) or "", query["segment"])
        try:
            said = _done(services, where, ctx.triggered_id, name or "", text or "", colour)
        except KindredError as error:
            return no_update, c.note("bad", "Nothing was changed", f"{sentence(str(error))}.")
        return [keep, automatic, undo], c.note("good", said)


def _register_regrouping(app: Dash, services: Any) -> None:
    c.register_job_box(app, services, REGROUP, "Regrouping")

    @app.callback(
        Output(_id("merge-with"), "options"), Output(_id("merge-with"), "value"), Output(_id("regroup"), "hidden"),
        Output(_id("version"), "data"), Input(_id("query"), "data"), Input(_id("changed"), "data"),
    )  # fmt: skip
    def _offer(query: dict[str, Any], _changed: Any) -> tuple[Any, ...]:
        try:
            offer = services.regrouping.offer(shown(services, query["dataset"]) or "", query["segment"])
        except KindredError:  # gone, Unassigned, or a model that cannot be loaded: the page offers no form
            return [], None, True, None
        options = [{"label": name, "value": slug} for slug, name in offer.others.items()]
        return options, next(iter(offer.others), None), False, offer.version

    @app.callback(
        Output(page_id(REGROUP, "job"), "data"), Input(_id("merge"), "n_clicks"), Input(_id("split"), "n_clicks"),
        State(_id("merge-with"), "value"), State(_id("version"), "data"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _regroup(_merge: int, _split: int, other: str | None, version: int, query: dict[str, Any]) -> Any:
        asked = {"version": version, "segment": query["segment"]}
        if ctx.triggered_id == _id("merge"):
            asked["merge_with"] = other
        return services.jobs.submit("regroup", asked, shown(services, query["dataset"]), ME)

    @app.callback(
        Output(_id("regrouped"), "children"), Input(page_id(REGROUP, "job-done"), "data"),
        State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _regrouped(done: dict[str, Any] | None, query: dict[str, Any]) -> Any:
        if not done or done["status"] != "done":
            return ""
        return regrouped_note(services.jobs.job(done["id"]).result, shown(services, query["dataset"]) or "")


def _done(services: Any, where: tuple[str, str], asked: Any, name: str, text: str, colour: int | None) -> str:
    """Do what was asked, and say so."""
    if asked == _id("undo"):
        services.editing.undo(*where, by=ME)
        return "The last change is taken back"
    if asked == _id("automatic"):
        return f"They are called “{services.editing.automatic_name(*where, by=ME)}” again"
    changed = services.editing.edit(*where, name=name, description=text, colour=colour, by=ME)
    return "Your changes are kept" if changed else "Nothing differs from what was kept"
