"""The second step: how the file was read, what it holds and where it goes."""

from contextlib import suppress
from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import components as c
from dashboard.cards import reading as cards
from dashboard.components.choice import choice, field
from dashboard.datasets import in_order
from dashboard.ids import page_id
from dashboard.wizard import state
from dashboard.wizard.file import settled
from dashboard.wizard.looking import JOB, Looking, Pending
from segmentation.errors import BadFileError, NotFoundError

_id = partial(page_id, "data")
KINDS = [("A customer", "customers"), ("A purchase", "transactions")]


def panel() -> html.Div:
    """What it is and where it goes, the first rows, how it was read: in the order the questions come up."""
    says = html.Span(id=_id("target-says"), **{"aria-live": "polite"})
    fields = [
        field("Each row is", choice(_id("kind"), "Each row is", KINDS, "customers"), html.Span(id=_id("kind-says"))),
        field(
            "Dataset",
            dbc.Select(id=_id("target"), options=[], value=state.NEW),
            html.Span(id=_id("target-why")),
            id=_id("target"),
        ),
        html.Div(
            field("Name", dbc.Input(id=_id("name"), value="", maxLength=80, debounce=True), says, id=_id("name")),
            id=_id("name-box"),
        ),
        field(
            "Currency",
            dbc.Input(id=_id("currency"), value="", maxLength=3, debounce=True),
            html.Span(id=_id("currency-says"), **{"aria-live": "polite"}),
            id=_id("currency"),
        ),
    ]
    where = c.card("What it is, and where it goes", html.Div(fields, className="k-where"))
    how = c.card(
        "How it was read",
        html.Div(id=_id("how"), className="k-how"),
        html.Div(c.button("As detected", _id("as-detected"), small=True), id=_id("as-detected-box"), hidden=True),
        caption=html.Span(id=_id("how-says")),
        footer="What you change is remembered for files with the same columns in this dataset",
    )
    return html.Div(
        [
            html.Div(id=_id("read-head")),
            html.Div(c.job_box(JOB), className="k-outcome"),
            html.Div(c.button("Read it again", _id("read-again"), primary=True), id=_id("unread"), hidden=True),
            html.Div(id=_id("unreadable"), className="k-outcome", **{"aria-live": "assertive"}),
            html.Div([where, html.Div(c.skeleton(), id=_id("first")), how], id=_id("read-stack"), className="k-stack"),
        ]
    )


def register(app: Dash, services: Any, looking: Looking) -> None:
    c.register_job_box(app, services, JOB, "First look")

    @app.callback(
        Output(_id("read-head"), "children"), Output(_id("unreadable"), "children"),
        Output(_id("read-stack"), "hidden"), Output(page_id(JOB, "job"), "data"), Output(_id("unread"), "hidden"),
        Output(_id("first"), "children"), Output(_id("how"), "children"), Output(_id("how-says"), "children"),
        Output(_id("as-detected-box"), "hidden"),
        Input(_id("step"), "data"), Input(_id("file"), "data"), Input(page_id(JOB, "job-done"), "data"),
        Input(_id("read-again"), "n_clicks"),
    )  # fmt: skip
    def _read(step: int, file: dict[str, Any] | None, done: dict[str, Any] | None, _again: Any) -> tuple[Any, ...]:
        if step != state.READ or not file:
            raise PreventUpdate
        if ctx.triggered_id == page_id(JOB, "job-done") and done and done["status"] != "done":
            return cards.unread_head(file), "", True, no_update, False, *_NOTHING_READ
        return _drawn(services, looking, file)

    @app.callback(
        Output(_id("file"), "data", allow_duplicate=True),
        Input({"page": "data", "read": ALL}, "value"), State(_id("file"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _change(_values: list[Any], file: dict[str, Any] | None) -> dict[str, Any]:
        values = {each["id"]["read"]: each.get("value") for each in ctx.inputs_list[0]}
        if not file or not values:
            raise PreventUpdate
        return _changed(file, looking, values)

    @app.callback(
        Output(_id("file"), "data", allow_duplicate=True),
        Input(_id("as-detected"), "n_clicks"), State(_id("file"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _as_detected(_clicks: int, file: dict[str, Any]) -> dict[str, Any]:
        return {**file, "reading": {}, "sheet": None}

    app.clientside_callback(
        "function(form) { return window.dash_clientside.data.keepFocus(form); }",
        Output(_id("redrawn"), "data"), Input(_id("how"), "children"), prevent_initial_call=True,
    )  # fmt: skip

    _register_where(app, services, looking)


def _drawn(services: Any, looking: Looking, file: dict[str, Any]) -> tuple[Any, ...]:
    """What the step shows of a file: how it was read, that it still is, or why it cannot be."""
    try:
        found = looking.at(file)
    except Pending:
        return cards.reading_head(file), "", True, looking.ask(file), True, *_NOTHING_READ
    except (BadFileError, NotFoundError) as error:  # it expired, say: the way back stands in the head
        note = c.note("bad", "Nothing was stored", str(error))
        as_it_is = file["reading"] is None
        return cards.unreadable_head(file), note, as_it_is, no_update, True, *_NOTHING_READ[:-1], as_it_is
    if file["proposed"] is None:
        raise PreventUpdate  # where it goes is found next, and is drawn with it
    chosen = bool(cards.chosen_of(found, file) or file["sheet"])
    refusal = state.refusal(file, [dataset.slug for dataset in services.datasets.list()]) or state.no_currency(file)
    return (
        cards.read_head(file, found, refusal), "", False, no_update, True, cards.first_card(found, file["kind"]),
        cards.how_form(found, file), cards.how_caption(file), not chosen,
    )  # fmt: skip


_NOTHING_READ = (no_update,) * 4


def _changed(file: dict[str, Any], looking: Looking, values: dict[str, Any]) -> dict[str, Any]:
    """The file with the choices of the form; nothing to do when they are what it was read with."""
    try:
        found = looking.at(file)
        current, sheet = cards.chosen_of(found, file), found.dialect.get("sheet")
    except BadFileError:  # it cannot be read as chosen; the form still shows that
        current, sheet = file["reading"], file["sheet"]
    reading, same_sheet = state.reading_of(values), values.get("sheet") == sheet
    if reading == current and same_sheet:
        raise PreventUpdate
    return {**file, "sheet": file["sheet"] if same_sheet else values["sheet"], "reading": reading}


def _register_where(app: Dash, services: Any, looking: Looking) -> None:
    @app.callback(
        Output(_id("kind"), "value"), Output(_id("target"), "options"), Output(_id("target"), "value"),
        Output(_id("name"), "value"), Output(_id("file"), "data", allow_duplicate=True),
        Input(_id("step"), "data"), Input(page_id(JOB, "job-done"), "data"), State(_id("file"), "data"),
        prevent_initial_call="initial_duplicate",
    )  # fmt: skip
    def _begin(step: int, _done: Any, file: dict[str, Any] | None) -> tuple[Any, ...]:
        if step != state.READ or not file:
            raise PreventUpdate
        known, new = cards.target_options(in_order(services.datasets.list())), file
        with suppress(Pending, BadFileError, NotFoundError):  # the step says so itself
            new = settled(services, looking, file)
        return new["kind"], known, new["target"], new["name"], no_update if new is file else new

    @app.callback(
        Output(_id("file"), "data", allow_duplicate=True), Output(_id("edits"), "data", allow_duplicate=True),
        Input(_id("kind"), "value"), Input(_id("target"), "value"), Input(_id("name"), "value"),
        State(_id("file"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _where(kind: str, target: str, name: str | None, file: dict[str, Any] | None) -> tuple[Any, Any]:
        if not file or (kind, target, name) == (file["kind"], file["target"], file["name"]):
            raise PreventUpdate
        same = (kind, target) == (file["kind"], file["target"])
        return {**file, "kind": kind, "target": target, "name": name or ""}, no_update if same else state.NO_EDITS

    _register_currency(app, services, looking)

    @app.callback(
        Output(_id("name-box"), "hidden"), Output(_id("target-says"), "children"), Output(_id("kind-says"), "children"),
        Output(_id("target-why"), "children"),
        Input(_id("file"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _say(file: dict[str, Any] | None) -> tuple[Any, ...]:
        if not file:
            raise PreventUpdate
        known = [dataset.slug for dataset in services.datasets.list()]
        refusal = state.refusal(file, known)
        return (
            file["target"] != state.NEW, cards.target_says(file, state.slug(file), refusal), cards.kind_says(file),
            cards.target_why(file, others=bool(known)),
        )  # fmt: skip


def _register_currency(app: Dash, services: Any, looking: Looking) -> None:
    def known(file: dict[str, Any]) -> tuple[str, str]:
        stored = next((each.currency for each in services.datasets.list() if each.slug == file["target"]), None)
        return cards.currency_of(file, looking.at(file).currency, stored)

    @app.callback(
        Output(_id("currency"), "value"), Output(_id("currency-says"), "children"),
        Input(_id("step"), "data"), Input(_id("file"), "data"), Input(page_id(JOB, "job-done"), "data"),
    )  # fmt: skip
    def _show(step: int, file: dict[str, Any] | None, _done: Any) -> tuple[Any, Any]:
        if step != state.READ or not file:
            raise PreventUpdate
        with suppress(Pending, BadFileError, NotFoundError):  # the step says so itself
            code, says = known(file)
            refusal = state.no_currency(file)
            return code, html.Span(refusal, className="k-bad") if refusal else says
        raise PreventUpdate

    @app.callback(
        Output(_id("file"), "data", allow_duplicate=True),
        Input(_id("currency"), "value"), State(_id("file"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _say(typed: str | None, file: dict[str, Any] | None) -> dict[str, Any]:
        code = (typed or "").strip().upper()
        if not file or code == known(file)[0]:
            raise PreventUpdate
        return {**file, "currency": code}
