"""Compare segments: all attributes over all segments, and two to four segments side by side."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, dcc, html

from dashboard import components as c
from dashboard.cards import contrast as cards
from dashboard.datasets import shown
from dashboard.ids import page_id

PATH, TITLE = "/segments/compare", "Compare segments"
_id = partial(page_id, "contrast")


def layout(dataset: str | None = None, segments: str = "", order: str = cards.APART, **_query: str) -> html.Div:
    """The choices stay; the callbacks bring head and pictures. `segments` are slugs, by comma."""
    waiting = html.Div([html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60), c.skeleton()])
    chips = dbc.Checklist(id=_id("chosen"), options=[], value=None, className="k-chips", input_class_name="btn-check")
    select = dbc.Select(id=_id("order"), options=[], value=order)
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "segments": [s for s in segments.split(",") if s]}),
            html.Div(waiting, id=_id("head")),
            html.Div(
                [
                    html.Div(html.Label(["Order by", select], className="k-order"), className="k-toolbar"),
                    html.Div(id=_id("heat")),
                    html.H2("Side by side", className="k-part"),
                    html.P("Choose two to four segments.", className="k-muted k-part-says"),
                    html.Fieldset(
                        [html.Legend("Segments side by side", className="visually-hidden"), chips],
                        className="k-toolbar",
                    ),
                    html.Div(id=_id("beside")),
                ],
                id=_id("all"),
                hidden=True,
            ),
        ]
    )


def register_callbacks(app: Dash, services: Any) -> None:
    """The page follows the address and its choices."""

    def read(query: dict[str, Any]) -> tuple[str | None, Any]:
        slug = shown(services, query["dataset"])
        return slug, services.profiles.contrasts(slug) if slug else None

    @app.callback(
        Output(_id("head"), "children"), Output(_id("all"), "hidden"), Output(_id("order"), "options"),
        Output(_id("chosen"), "value"), Input(_id("query"), "data"),
    )  # fmt: skip
    def _start(query: dict[str, Any]) -> tuple[Any, ...]:
        slug, view = read(query)
        if view is None:
            return cards.nothing(slug, services.profiles.segments(slug) if slug else []), True, [], None
        return cards.head(slug or "", view), False, cards.orders(view), cards.chosen_of(view, query["segments"])

    @app.callback(Output(_id("heat"), "children"), Input(_id("order"), "value"), Input(_id("query"), "data"))
    def _heat(order: str, query: dict[str, Any]) -> Any:
        _slug, view = read(query)
        return "" if view is None else c.row(c.col(12, cards.heat_card(view, order)))

    @app.callback(
        Output(_id("beside"), "children"), Output(_id("chosen"), "options"),
        Input(_id("chosen"), "value"), State(_id("query"), "data"),
    )  # fmt: skip
    def _beside(chosen: list[str] | None, query: dict[str, Any]) -> tuple[Any, Any]:
        slug, view = read(query)
        if view is None or chosen is None:
            return "", []
        kept = cards.chosen_of(view, chosen)
        pictures = c.row(c.col(8, cards.apart_card(view, kept)), c.col(4, cards.sizes_card(slug or "", view, kept)))
        return pictures, cards.chip_options(view, kept)
