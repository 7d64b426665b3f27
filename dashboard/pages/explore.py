"""Explore: what the columns hold before any model."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components as c
from dashboard import theme
from dashboard.cards import explore as cards
from dashboard.cards.customers import ALL, saved_name, saved_options, saved_value
from dashboard.components.choice import field
from dashboard.datasets import shown
from dashboard.ids import page_id
from dashboard.pages.models import running_job
from dashboard.shell import Nav
from segmentation.explore_views import ORDERS
from segmentation.filters import Filter

PATH, TITLE = "/explore", "Explore"
NAV = Nav("Understand", "explore")
KIND = "explore"  # of job
TYPING_MS = 250
_id = partial(page_id, "explore")


def layout(dataset: str | None = None, column: str = "", filter: str = "", **_query: str) -> html.Div:
    """Head, the list of columns, one of them, and what goes together; a column and the name of a saved filter may
    stand in the address.
    """
    of_whom = dbc.Select(id=_id("filter"), options=[], value=ALL)
    find = dbc.Input(id=_id("find"), type="search", value="", debounce=TYPING_MS, autocomplete="off")
    order = dbc.Select(id=_id("order"), options=[{"label": label, "value": name} for name, label in ORDERS.items()],
                       value="position")  # fmt: skip
    chosen = dbc.Select(id=_id("column"), options=[], value="")
    content = html.Div(
        [
            html.Div([field("Column", chosen, id=_id("column"))], className="k-narrow k-above"),
            html.Div(id=_id("one")),
            html.Div(id=_id("together")),
            html.Div(
                [field("Find a column", find, id=_id("find")), field("Order", order, id=_id("order"))],
                className="k-narrow",
            ),
            html.Div(id=_id("list")),
            html.Div(
                [c.button("Show 25 more", _id("more"), small=True)], id=_id("more-box"), hidden=True,
                className="k-actions k-above",
            ),
        ],
        id=_id("content"), hidden=True,
    )  # fmt: skip
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "column": column, "filter": filter}),
            dcc.Store(id=_id("rows"), data=cards.ROWS),
            html.Div([html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)], id=_id("head")),
            html.Div([c.button("Look at every column", _id("look"), primary=True)], id=_id("ask"), hidden=True,
                     className="k-actions k-above"),
            c.job_box("explore"),
            html.Div([field("Customers", of_whom, id=_id("filter"))], id=_id("whom"), hidden=True,
                     className="k-narrow k-above"),
            content,
        ]
    )  # fmt: skip


def register_callbacks(app: Dash, services: Any) -> None:
    """The page follows the dataset; the looking at large ones is a job."""
    c.register_job_box(app, services, "explore", "Looking at the columns")

    def asked(slug: str, chosen: str) -> Filter | None:
        return services.filters.named(slug, saved_name(chosen)) if saved_name(chosen) else None

    @app.callback(
        Output(_id("filter"), "options"), Output(_id("filter"), "value"), Output(_id("whom"), "hidden"),
        Input(_id("query"), "data"),
    )  # fmt: skip
    def _whom(query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        kept = services.filters.list(slug) if slug else []
        wanted = query["filter"] if any(each.name == query["filter"] for each in kept) else ""
        return saved_options(kept, "Everybody"), saved_value(wanted), not kept

    @app.callback(
        Output(_id("head"), "children"), Output(_id("ask"), "hidden"), Output(_id("content"), "hidden"),
        Output(_id("column"), "options"), Output(_id("column"), "value"),
        Input(_id("filter"), "value"), Input(_id("job-done"), "data"),
        State(_id("query"), "data"), State(_id("column"), "value"),
    )  # fmt: skip
    def _start(chosen: str, _done: Any, query: dict[str, Any], at: str) -> tuple[Any, ...]:
        slug, name = shown(services, query["dataset"]), saved_name(chosen)
        view = services.exploring.view(slug, asked(slug, chosen)) if slug else None
        if slug is None or view is None or not view.columns:
            ask = view is not None and cards.can_look(view) and not name
            return cards.nothing(slug, view, name), not ask, True, [], ""
        options, known = cards.column_options(view), [each.name for each in view.columns]
        first = next((each for each in (at, query["column"]) if each in known), cards.telling(view))
        return [cards.head(slug, view, name), cards.facts(view)], view.state == "ready", False, options, first

    @app.callback(
        Output(_id("one"), "children"), Output(_id("together"), "children"),
        Input(_id("column"), "value"), Input(_id("column"), "options"), State(_id("filter"), "value"),
        State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _one(name: str, _options: list[Any], chosen: str, query: dict[str, Any]) -> tuple[Any, Any]:
        slug = shown(services, query["dataset"])
        if slug is None or not name:
            return no_update, no_update
        by, exploring = asked(slug, chosen), services.exploring
        view, (names, within) = exploring.view(slug, by), exploring.core(slug, by)
        one = cards.column_card(theme.chosen(), slug, view, name, saved_name(chosen))
        partners = cards.partners_card(view, name, exploring.pairs_of(slug, name, by))
        matrix = [c.row(c.col(12, cards.matrix_card(view, names, within)))] if within else []
        return c.row(c.col(7, one), c.col(5, partners)), matrix

    @app.callback(
        Output(_id("list"), "children"), Output(_id("rows"), "data"), Output(_id("more-box"), "hidden"),
        Input(_id("order"), "value"), Input(_id("find"), "value"), Input(_id("more"), "n_clicks"),
        Input(_id("column"), "options"), State(_id("rows"), "data"), State(_id("filter"), "value"),
        State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _list(order: str, find: str, _more: int, options: list[Any], rows: int, chosen: str,
              query: dict[str, Any]) -> Any:  # fmt: skip
        slug = shown(services, query["dataset"])
        if slug is None or not options:
            return "", cards.ROWS, True
        rows = rows + cards.ROWS if ctx.triggered_id == _id("more") else cards.ROWS
        view = services.exploring.view(slug, asked(slug, chosen))
        card, total = cards.list_card(slug, view, order, find or "", rows, saved_name(chosen))
        return c.row(c.col(12, card)), rows, total <= rows

    @app.callback(
        Output(_id("job"), "data"),
        Input(_id("look"), "n_clicks"), Input(_id("query"), "data"), State(_id("job"), "data"),
    )  # fmt: skip
    def _look(clicks: int, query: dict[str, Any], job: int | None) -> Any:
        slug = shown(services, query["dataset"])
        if slug and clicks and ctx.triggered_id == _id("look"):
            return services.jobs.submit(KIND, {}, slug, "dashboard")
        running = running_job(services, slug, KIND) if slug else None
        return running if running is not None and running != job else no_update
