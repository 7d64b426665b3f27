"""Map: where customers lie along the directions in which they differ most, in two and three dimensions."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import map as cards
from dashboard.cards.map_directions import directions_card, loadings_card, scree_card
from dashboard.components.choice import choice
from dashboard.datasets import shown
from dashboard.ids import page_id
from dashboard.shell import Nav
from dashboard.theme import chosen

PATH, TITLE = "/map", "Map"
DENSITY = "density"
NAV = Nav("Understand", "map")
_id = partial(page_id, "map")


def layout(dataset: str | None = None, view: str = "2", **_: Any) -> html.Div:
    """The choices above the map; head and map are filled in."""
    chips = dbc.Checklist(id=_id("segments"), options=[], value=None, className="k-chips", input_class_name="btn-check")
    choices = html.Div(
        [
            choice(
                _id("dimensions"),
                "View",
                [("2-D", "2"), ("Density", DENSITY), ("3-D", "3")],
                view if view in ("3", DENSITY) else "2",
            ),
            html.Label(["Colour by", dbc.Select(id=_id("by"), options=[], value="segment")], className="k-order"),
            html.Fieldset([html.Legend("Segments shown", className="visually-hidden"), chips]),
        ],
        id=_id("choices"),
        className="k-toolbar",
        hidden=True,
    )
    waiting = html.Div([html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)])
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset}),
            html.Div(waiting, id=_id("head")),
            choices,
            c.row(
                c.col(8, html.Div(c.skeleton(), id=_id("body"), className="k-fill")),
                c.col(4, html.Div(id=_id("directions"), className="k-fill")),
            ),
            dcc.Store(id=_id("picked")),
            html.Div(id=_id("picked-body"), role="status"),
            html.Div(
                [
                    c.button("Download all of them", _id("download"), icon_name="down"),
                    html.P(id=_id("downloaded"), role="status", className="k-muted k-small"),
                ],
                id=_id("picked-tools"), hidden=True, className="k-actions k-above",
            ),
            html.Div(id=_id("loadings")),
        ]
    )  # fmt: skip


def read_map(services: Any, slug: str | None) -> Any:
    """The projection of a dataset; None before its first model."""
    has_model = slug is not None and services.datasets.get(slug).champion is not None
    return services.profiles.projection(slug) if has_model else None


def register_callbacks(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("head"), "children"),
        Output(_id("choices"), "hidden"),
        Output(_id("segments"), "options"),
        Output(_id("segments"), "value"),
        Output(_id("by"), "options"),
        Output(_id("directions"), "children"),
        Output(_id("loadings"), "children"),
        Input(_id("query"), "data"),
    )
    def _start(query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        view = read_map(services, slug)
        if view is None:
            return cards.no_map(slug), True, [], [], [], "", ""
        slugs = [segment.slug for segment in view.segments]
        below = c.row(c.col(7, loadings_card(view)), c.col(5, scree_card(chosen(), view)))
        return (
            cards.map_head(view), False, cards.chip_options(view.segments), slugs, cards.colour_options(view),
            directions_card(chosen(), view), below,
        )  # fmt: skip

    @app.callback(
        Output(_id("body"), "children"),
        Input(_id("segments"), "value"),
        Input(_id("dimensions"), "value"),
        Input(_id("by"), "value"),
        State(_id("query"), "data"),
    )
    def _draw(slugs: list[str] | None, dimensions: str, by: str, query: dict[str, Any]) -> Any:
        if slugs is None:
            return no_update  # the page has not begun
        slug = shown(services, query["dataset"])
        view = read_map(services, slug)
        if view is None:
            return ""
        if dimensions == DENSITY:
            return cards.density_card(chosen(), view, slugs)
        shade = None if by in ("segment", "confidence") else services.profiles.map_shade(slug, by)
        return cards.map_card(chosen(), view, dimensions=int(dimensions), by=by, slugs=slugs, shade=shade)

    @app.callback(
        Output(_id("picked-body"), "children"), Output(_id("picked-tools"), "hidden"),
        Output(_id("downloaded"), "children", allow_duplicate=True),
        Input(_id("picked"), "data"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _list(ids: list[int] | None, query: dict[str, Any]) -> tuple[Any, bool, str]:
        slug = shown(services, query["dataset"])
        if not ids or slug is None:
            return "", True, ""
        page = services.customers.picked(slug, ids)
        return c.row(c.col(12, cards.picked_card(slug, page))), False, ""

    app.clientside_callback(
        "function(clicks, ids, query) { return window.dash_clientside.customers.download(clicks, {ids: ids}, query); }",
        Output(_id("downloaded"), "children"),
        Input(_id("download"), "n_clicks"), State(_id("picked"), "data"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
