"""The third step: what each column becomes, a page of columns at a time, and which one names the customer."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import components as c
from dashboard.cards import columns as cards
from dashboard.components.choice import choice, field
from dashboard.ids import page_id
from dashboard.wizard import state
from dashboard.wizard.looking import Looking

_id = partial(page_id, "data")


def panel() -> html.Div:
    """Key, search and filter stay; the forms of the columns are drawn a page at a time."""
    key = html.Div(
        field("The column that names the customer", dbc.Select(id=_id("key"), options=[], placeholder="Choose"),
              html.Span(id=_id("key-says"), **{"aria-live": "polite"}), id=_id("key")),
        id=_id("key-box"), className="k-key-box",
    )  # fmt: skip
    search = html.Div(
        [
            html.Label("Find a column", htmlFor=_id("search"), className="visually-hidden"),
            dbc.Input(id=_id("search"), type="search", placeholder="Find a column", debounce=0.3, value=""),
        ],
        className="k-find",
    )
    tools = html.Div(
        [
            search,
            choice(_id("which"), "Which columns", cards.FILTERS, "all"),
            html.Div(
                [
                    c.button("Leave all of these out", _id("leave-out"), small=True),
                    c.button("Take all of these", _id("take"), small=True),
                ],
                className="k-actions",
                id=_id("bulk"),
            ),
        ],
        id=_id("column-tools"), className="k-toolbar",
    )  # fmt: skip
    pager = html.Div(
        [
            html.Span(id=_id("pager-says"), role="status"),
            html.Span(className="k-spacer"),
            c.button("Previous", _id("previous"), small=True),
            c.button("Next columns", _id("next"), small=True),
        ],
        className="k-pager",
    )
    return html.Div(
        [
            dcc.Store(id=_id("page"), data=0),
            html.Div(id=_id("columns-head")),
            html.Div(id=_id("columns-note"), className="k-outcome", **{"aria-live": "polite"}),
            c.card(
                "What each column becomes",
                key, tools, html.Div(c.skeleton(), id=_id("columns")),
                caption="Proposed from the names and from every row. Change what is not right; the rest can stay",
                footer=pager,
            ),
        ]
    )  # fmt: skip


def register(app: Dash, services: Any, looking: Looking) -> None:
    _register_drawing(app, services, looking)
    _register_edits(app, looking)


def _register_drawing(app: Dash, services: Any, looking: Looking) -> None:
    @app.callback(
        Output(_id("columns"), "children"), Output(_id("pager-says"), "children"),
        Output(_id("previous"), "disabled"), Output(_id("next"), "disabled"), Output(_id("column-tools"), "hidden"),
        Input(_id("step"), "data"), Input(_id("page"), "data"), Input(_id("search"), "value"),
        Input(_id("which"), "value"), Input(_id("drawn"), "data"),
        State(_id("file"), "data"), State(_id("edits"), "data"),
    )  # fmt: skip
    def _draw(step: int, page: int, search: str | None, which: str, _again: Any, file: dict[str, Any] | None,
              edits: dict[str, Any]) -> tuple[Any, ...]:  # fmt: skip
        if step != state.COLUMNS or not file:
            raise PreventUpdate
        found, kind = looking.at(file), file["kind"]
        places = state.shown_places(found.columns, kind, edits, state.key_of(found, edits), search, which)
        page = min(page, max(len(places) - 1, 0) // cards.PAGE)
        part = places[page * cards.PAGE : (page + 1) * cards.PAGE]
        stored = [] if file["target"] == state.NEW else services.datasets.attributes(file["target"])
        table = cards.columns_table(found, kind, edits, stored, part)
        says = cards.pager_says(len(places), len(found.columns), page)
        few = len(found.columns) <= cards.FEW or kind == "transactions"
        return table, says, page == 0, (page + 1) * cards.PAGE >= len(places), few

    @app.callback(
        Output(_id("key"), "options"), Output(_id("key"), "value"), Output(_id("key-box"), "hidden"),
        Input(_id("step"), "data"), State(_id("file"), "data"), State(_id("edits"), "data"),
    )  # fmt: skip
    def _keys(step: int, file: dict[str, Any] | None, edits: dict[str, Any]) -> tuple[Any, ...]:
        if step != state.COLUMNS or not file:
            raise PreventUpdate
        found = looking.at(file)
        return cards.key_options(found), state.key_of(found, edits), file["kind"] == "transactions"

    @app.callback(
        Output(_id("columns-head"), "children"), Output(_id("columns-note"), "children"),
        Output(_id("key-says"), "children"),
        Input(_id("step"), "data"), Input(_id("edits"), "data"), State(_id("file"), "data"),
    )  # fmt: skip
    def _say(step: int, edits: dict[str, Any], file: dict[str, Any] | None) -> tuple[Any, ...]:
        if step != state.COLUMNS or not file:
            raise PreventUpdate
        found, kind = looking.at(file), file["kind"]
        counts, key = state.counts(found, kind, edits), state.key_of(found, edits)
        problem = cards.standing_in_the_way(kind, key, counts, state.lacking(found, edits), state.twice(found, edits))
        note = c.note("warn", "Not yet", problem) if problem else cards.too_many(found, kind, counts)
        return cards.columns_head(found, kind, counts, key, problem), note, cards.key_says(found, key)

    @app.callback(
        Output(_id("page"), "data"),
        Input(_id("previous"), "n_clicks"), Input(_id("next"), "n_clicks"), Input(_id("search"), "value"),
        Input(_id("which"), "value"), State(_id("page"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _turn(_back: int, _on: int, _search: str | None, _which: str, page: int) -> int:
        return {_id("previous"): max(page - 1, 0), _id("next"): page + 1}.get(ctx.triggered_id, 0)


def _register_edits(app: Dash, looking: Looking) -> None:
    @app.callback(
        Output(_id("edits"), "data", allow_duplicate=True),
        Input(_id("typed"), "data"), State(_id("file"), "data"), State(_id("edits"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _edit(typed: dict[str, Any] | None, file: dict[str, Any] | None, edits: dict[str, Any]) -> dict[str, Any]:
        forms = {int(place): form for place, form in (typed or {}).items()}
        new = state.edited(looking.at(file), file["kind"], edits, forms) if file else edits
        if new == edits:
            raise PreventUpdate
        return new

    @app.callback(
        Output(_id("edits"), "data", allow_duplicate=True), Output(_id("drawn"), "data"),
        Input(_id("key"), "value"), State(_id("edits"), "data"), State(_id("file"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _key(key: str, edits: dict[str, Any], file: dict[str, Any] | None) -> tuple[Any, str]:
        if not file or not key or key == state.key_of(looking.at(file), edits):
            raise PreventUpdate
        return {**edits, "key": key}, f"key {key}"

    @app.callback(
        Output(_id("edits"), "data", allow_duplicate=True), Output(_id("drawn"), "data", allow_duplicate=True),
        Input(_id("leave-out"), "n_clicks"), Input(_id("take"), "n_clicks"),
        State(_id("search"), "value"), State(_id("which"), "value"), State(_id("file"), "data"),
        State(_id("edits"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _bulk(out: int, take: int, search: str | None, which: str, file: dict[str, Any], edits: dict[str, Any]) -> Any:
        found, key = looking.at(file), state.key_of(looking.at(file), edits)
        places = state.shown_places(found.columns, file["kind"], edits, key, search, which)
        return state.in_bulk(found, edits, places, take=ctx.triggered_id == _id("take")), f"bulk {out} {take}"
