"""Customers: everybody in a table that is searched, sorted and narrowed on the server."""

from functools import partial
from typing import Any

import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import customers as cards
from dashboard.components.choice import field
from dashboard.datasets import address, shown
from dashboard.ids import page_id
from dashboard.shell import Nav
from segmentation.customer_views import CustomerQuery
from segmentation.filters import RFM, WORDS
from segmentation.holdout import SEED

PATH, TITLE = "/customers", "Customers"
NAV = Nav("Understand", "people")
TYPING_MS = 350
_id = partial(page_id, "customers")
NOTHING: dict[str, Any] = {"prefix": "", "segment": "", "word": "", "conditions": [], "columns": []}


def layout(
    dataset: str | None = None, segment: str = "", confidence: str = "", filter: str = "", rfm: str = "", **_: Any
) -> html.Div:
    """What narrows, the table below it; segment, confidence, an RFM group and the name of a saved filter may stand in
    the address, nothing of a customer.
    """
    word = confidence if confidence in WORDS else ""
    query = {"dataset": dataset, "segment": segment, "word": word, "filter": filter, "rfm": rfm}
    search = dbc.Input(id=_id("prefix"), type="search", value="", placeholder="Begins with", autocomplete="off",
                       debounce=TYPING_MS)  # fmt: skip
    grid = dag.AgGrid(
        id=_id("grid"), rowModelType="infinite", columnDefs=[], defaultColDef=cards.DEFAULT_COLUMN,
        dashGridOptions=cards.GRID_OPTIONS, className="k-grid", style={"height": "100%", "width": "100%"},
    )  # fmt: skip
    return html.Div(
        [
            dcc.Store(id=_id("query"), data=query),
            dcc.Store(id=_id("conditions"), data=[]),
            dcc.Store(id=_id("asked"), data=NOTHING),
            dcc.Store(id=_id("done")),
            html.Div([html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)], id=_id("head")),
            html.Div(
                [
                    html.Div(
                        [
                            field("Customer", search, id=_id("prefix")),
                            field("Segment", _select("segment", []), id=_id("segment")),
                            field("Confidence", _select("word", cards.word_options()), id=_id("word")),
                        ],
                        className="k-narrow",
                    ),
                    html.Div(
                        [
                            cards.details("narrow", "Narrow by a column", *_narrowing()),
                            cards.details("keep", "Saved filters", *_keeping()),
                            cards.details("choose", "Columns", *_choosing()),
                            cards.details("take", "Download", *_taking()),
                        ],
                        className="k-narrow-more",
                    ),
                    html.Ul(id=_id("chips"), className="k-chip-list"),
                    html.Div(
                        [html.P(id=_id("says"), role="status"), html.P(id=_id("downloaded"), role="status")],
                        className="k-grid-says",
                    ),
                    html.Div(grid, className="k-grid-box", role="region", tabIndex=0,
                             **{"aria-label": "Table of customers"}),
                    html.P(id=_id("consent"), className="k-muted k-small"),
                ],
                id=_id("content"), hidden=True,
            ),
        ]
    )  # fmt: skip


def _select(name: str, options: list[Any]) -> dbc.Select:
    return dbc.Select(id=_id(name), options=options, value=cards.ALL)


def _narrowing() -> list[Any]:
    return [
        field("Column", _select("attribute", []), id=_id("attribute")),
        html.Div(
            [
                field("From", dbc.Input(id=_id("low"), value=""), "Included; may stay empty", id=_id("low")),
                field("To", dbc.Input(id=_id("high"), value=""), "Included; may stay empty", id=_id("high")),
            ],
            id=_id("range"), className="k-narrow-range", hidden=True,
        ),
        html.Div(
            field("Value", dbc.Select(id=_id("level"), options=[], value=""), id=_id("level")),
            id=_id("levels"), hidden=True,
        ),
        dbc.Switch(id=_id("missing"), label="Only where it is not available", value=False),
        c.button("Narrow", _id("add"), primary=True, small=True),
    ]  # fmt: skip


def _keeping() -> list[Any]:
    name = dbc.Input(id=_id("filter-name"), value="", maxLength=60, autocomplete="off")
    return [
        field("Use a saved filter", _select("saved", cards.saved_options([], "None is saved yet")), id=_id("saved")),
        field("Save what narrows the list now", name, "Such as: Big spenders in Oslo", id=_id("filter-name")),
        html.Div(
            [c.button("Save", _id("save"), primary=True, small=True),
             c.button("Delete the one in use", _id("delete"), small=True)],
            className="k-actions",
        ),
        html.P(id=_id("saved-says"), role="status", className="k-small k-muted"),
        html.P(id=_id("explore"), className="k-small"),
    ]  # fmt: skip


def _taking() -> list[Any]:
    seed = dbc.Input(id=_id("seed"), type="number", value=SEED, min=0, step=1)
    return [
        html.P("The customers and columns shown, as a file for a spreadsheet, and for Kindred again.",
               className="k-small k-muted"),
        field("Hold out", dbc.Select(id=_id("holdout"), options=cards.HOLDOUTS, value=cards.ALL),
              "Customers to leave alone, so that what a campaign did can be measured", id=_id("holdout")),
        field("Seed", seed, "The same seed always holds out the same customers", id=_id("seed")),
        c.button("Download what is shown", _id("download"), icon_name="down", primary=True),
    ]  # fmt: skip


def _choosing() -> list[Any]:
    find = dbc.Input(id=_id("find"), type="search", value="", placeholder="Find a column")
    return [
        html.Label("Find a column", htmlFor=_id("find"), className="visually-hidden"),
        find,
        html.Fieldset(
            [html.Legend("Columns shown", className="visually-hidden"),
             dbc.Checklist(id=_id("columns"), options=[], value=[], className="k-column-list")]
        ),
    ]  # fmt: skip


def register_callbacks(app: Dash, services: Any) -> None:
    _register_start(app, services)
    _register_narrowing(app, services)
    _register_keeping(app, services)
    _register_rows(app, services)


def _register_start(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("head"), "children"), Output(_id("content"), "hidden"),
        Output(_id("segment"), "options"), Output(_id("segment"), "value"), Output(_id("word"), "value"),
        Output(_id("columns"), "options"), Output(_id("columns"), "value"), Output(_id("attribute"), "options"),
        Output(_id("consent"), "children"), Output(_id("saved"), "value"),
        Output(_id("conditions"), "data", allow_duplicate=True),
        Input(_id("query"), "data"), prevent_initial_call="initial_duplicate",
    )  # fmt: skip
    def _start(query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        view = services.customers.columns(slug) if slug else None
        if slug is None or view is None or not view.customers:
            return cards.no_customers(slug), True, *[no_update] * 9
        known = [each[0] for each in view.segments]
        top = [cards.head(slug, view)] + ([] if known else [cards.without_segments(slug)])
        return (
            top, False, cards.segment_options(view), query["segment"] if query["segment"] in known else cards.ALL,
            query["word"] if known and query["word"] else cards.ALL, cards.column_options(view),
            cards.shown_first(view), cards.narrow_options(view), cards.below(view),
            cards.saved_value(query["filter"]), cards.of_group(view, query.get("rfm")) or no_update,
        )  # fmt: skip

    @app.callback(
        Output(_id("grid"), "columnDefs"),
        Input(_id("columns"), "value"),
        State(_id("query"), "data"),
        prevent_initial_call=True,
    )
    def _columns(chosen: list[str], query: dict[str, Any]) -> list[dict[str, Any]]:
        slug = shown(services, query["dataset"]) or ""
        return cards.column_defs(slug, services.customers.columns(slug), chosen[: cards.MOST_AT_ONCE])


def _register_narrowing(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("range"), "hidden"), Output(_id("levels"), "hidden"), Output(_id("level"), "options"),
        Output(_id("level"), "value"), Output(_id("low"), "value"), Output(_id("high"), "value"),
        Output(_id("low"), "type"), Output(_id("high"), "type"), Output(_id("missing"), "value"),
        Input(_id("attribute"), "value"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _ask(name: str, query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"]) or ""
        kinds = {RFM: "category"} | {each.name: each.kind for each in services.customers.columns(slug).attributes}
        kind = kinds.get(name, "")
        kind_of_input = "date" if kind == "date" else "number"
        levels = ["yes", "no"] if kind == "flag" else []
        levels = services.customers.levels(slug, name) if kind in ("category", "text") else levels
        options = [{"label": level, "value": level} for level in levels]
        first = levels[0] if levels else ""
        return (kind not in ("number", "date"), not levels, options, first, "", "", kind_of_input, kind_of_input, False)

    @app.callback(
        Output(_id("conditions"), "data"),
        Input(_id("add"), "n_clicks"), Input({"page": "customers", "part": "drop", "at": ALL}, "n_clicks"),
        State(_id("conditions"), "data"), State(_id("attribute"), "value"), State(_id("low"), "value"),
        State(_id("high"), "value"), State(_id("level"), "value"), State(_id("missing"), "value"),
        State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _narrow(add: int, _drop: list[int], kept: list[Any], name: str, low: Any, high: Any, level: str,
                missing: bool, query: dict[str, Any]) -> Any:  # fmt: skip
        asked = ctx.triggered_id
        if isinstance(asked, dict):
            return [each for at, each in enumerate(kept) if at != asked["at"]] if any(_drop) else no_update
        if not add:
            return no_update
        new = {"attribute": name, "low": low, "high": high, "level": level, "missing": missing}
        wanted = [*(each for each in kept if each["attribute"] != name), new]
        slug = shown(services, query["dataset"]) or ""
        return services.filters.read(slug, {"conditions": wanted}).as_json()["conditions"]

    @app.callback(
        Output(_id("chips"), "children"),
        Input(_id("conditions"), "data"),
        State(_id("query"), "data"),
        prevent_initial_call=True,
    )
    def _chips(conditions: list[Any], query: dict[str, Any]) -> Any:
        return cards.chips(services.customers.columns(shown(services, query["dataset"]) or ""), conditions)

    app.clientside_callback(
        "function(typed) { return window.dash_clientside.customers.find(typed); }",
        Output(_id("done"), "data", allow_duplicate=True), Input(_id("find"), "value"), prevent_initial_call=True,
    )  # fmt: skip


def _register_keeping(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("saved"), "options"), Output(_id("saved-says"), "children"), Output(_id("filter-name"), "value"),
        Input(_id("query"), "data"), Input(_id("save"), "n_clicks"), Input(_id("delete"), "n_clicks"),
        State(_id("filter-name"), "value"), State(_id("saved"), "value"), State(_id("asked"), "data"),
    )  # fmt: skip
    def _keep(
        query: dict[str, Any], _save: int, _delete: int, name: str, chosen: str, asked: dict[str, Any]
    ) -> tuple[Any, ...]:
        slug, says = shown(services, query["dataset"]), ""
        if slug is None:
            return cards.saved_options([], "None is saved yet"), "", no_update
        if ctx.triggered_id == _id("save"):
            services.filters.save(slug, name or "", asked, by="dashboard")
            says = f"Saved as {' '.join(name.split())}."
        elif ctx.triggered_id == _id("delete") and cards.saved_name(chosen):
            services.filters.delete(slug, cards.saved_name(chosen), by="dashboard")
            says = f"{cards.saved_name(chosen)} is deleted; the list stays as it is."
        kept = services.filters.list(slug)
        return cards.saved_options(kept, *[] if kept else ["None is saved yet"]), says, "" if says else no_update

    @app.callback(
        Output(_id("segment"), "value", allow_duplicate=True), Output(_id("word"), "value", allow_duplicate=True),
        Output(_id("conditions"), "data", allow_duplicate=True), Output(_id("explore"), "children"),
        Input(_id("saved"), "value"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _use(chosen: str, query: dict[str, Any]) -> tuple[Any, ...]:
        slug, name = shown(services, query["dataset"]), cards.saved_name(chosen)
        if slug is None or not name:
            return no_update, no_update, no_update, ""
        wanted = services.filters.named(slug, name)
        links = [html.A("Explore these customers", href=address("/explore", slug, filter=name)), " · ",
                 html.A("What if they all changed", href=address("/simulator/group", slug, filter=name))]  # fmt: skip
        return wanted.segment or cards.ALL, wanted.word or cards.ALL, wanted.as_json()["conditions"], links


def _register_rows(app: Dash, services: Any) -> None:
    app.clientside_callback(
        "function(...asked) { return window.dash_clientside.customers.ask(...asked); }",
        Output(_id("asked"), "data"),
        Input(_id("prefix"), "value"), Input(_id("segment"), "value"), Input(_id("word"), "value"),
        Input(_id("conditions"), "data"), Input(_id("columns"), "value"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    app.clientside_callback(
        "function(asked) { return window.dash_clientside.customers.again(); }",
        Output(_id("done"), "data"), Input(_id("asked"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    app.clientside_callback(
        "function(...asked) { return window.dash_clientside.customers.download(...asked); }",
        Output(_id("downloaded"), "children"),
        Input(_id("download"), "n_clicks"), State(_id("asked"), "data"), State(_id("query"), "data"),
        State(_id("holdout"), "value"), State(_id("seed"), "value"),
        prevent_initial_call=True,
    )  # fmt: skip

    @app.callback(
        Output(_id("grid"), "getRowsResponse"), Output(_id("says"), "children"),
        Input(_id("grid"), "getRowsRequest"), State(_id("asked"), "data"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _rows(request: dict[str, Any] | None, asked: dict[str, Any], query: dict[str, Any]) -> tuple[Any, Any]:
        slug = shown(services, query["dataset"])
        if request is None or slug is None or not asked.get("ready"):
            return {"rowData": [], "rowCount": 0}, no_update
        question = read(asked, request.get("sortModel"))
        page = services.customers.page(
            slug, question, request["startRow"], request["endRow"], asked["columns"], asked["conditions"]
        )
        rows = [cards.row(slug, each, page.attributes) for each in page.rows]
        return {"rowData": rows, "rowCount": page.total}, cards.says(page.total, page.customers)


def read(asked: dict[str, Any], sort: list[dict[str, str]] | None = None) -> CustomerQuery:
    """The question of the page but for its conditions, which the service checks against the attributes."""
    order = sort[0] if sort else {}
    return CustomerQuery(
        prefix=(asked.get("prefix") or "").strip(), segment=asked.get("segment") or None,
        word=asked.get("word") or None, sort=order.get("colId"), descending=order.get("sort") == "desc",
    )  # fmt: skip
