"""Simulator: a customer who does not exist yet, and the segment it would be in."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, MATCH, Dash, Input, Output, State, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import simulator as cards
from dashboard.cards.map import axis_ends, framed
from dashboard.components.choice import field
from dashboard.datasets import shown
from dashboard.figures.simulator import simulator_map_figure
from dashboard.ids import page_id
from dashboard.pages.map import read_map
from dashboard.shell import Nav
from dashboard.theme import chosen

PATH, TITLE = "/simulator", "Simulator"
NAV = Nav("Act", "sliders")
_id = partial(page_id, "simulator")


def layout(dataset: str | None = None, **_: Any) -> html.Div:
    """Three cards: the form, the answer, the place on the map. The values live in the form and nowhere else."""
    start = dbc.Select(id=_id("start"), options=cards.start_options([]), value=cards.EVERYONE)
    form = c.card(
        "Change a value, see the segment",
        field("Start from", start, id=_id("start")),
        html.Div(
            [html.Label("Find an input", htmlFor=_id("find"), className="visually-hidden"),
             dbc.Input(id=_id("find"), type="search", placeholder="Find an input", value="")],
            id=_id("find-box"), hidden=True, className="k-control",
        ),
        html.Div(c.skeleton(), id=_id("fields"), className="k-sim-form", role="group", **{"aria-label": "Values"}),
        caption="The marked part of a slider holds the middle half of the customers; where a few are far out, its left "
        "part is finer.",
    )  # fmt: skip
    graph = html.Div(
        [c.graph(_id("graph"), None, "Map of the customers with the simulated one", height=560),
         html.Div(id=_id("layer"), className="k-over")],
        className="k-under",
    )  # fmt: skip
    place = c.card("Where this customer lies", framed(graph, [], _id), caption=html.Span("", id=_id("map-says")))
    answer = html.Div(c.skeleton(), id=_id("answer"), className="k-fill")
    three = c.row(c.col(4, form), c.col(4, answer), c.col(4, place))
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset}),
            dcc.Store(id=_id("request")),
            dcc.Store(id=_id("answered")),
            dcc.Store(id=_id("places")),
            dcc.Store(id=_id("nothing")),
            html.Div(
                [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)],
                id=_id("head"),
                **{"aria-live": "polite"},
            ),
            html.Div(id=_id("now"), className="k-sim-now", **{"aria-hidden": "true"}),
            html.Div(three, id=_id("content")),
        ]
    )


def register_callbacks(app: Dash, services: Any) -> None:
    _register_form(app, services)
    _register_answer(app, services)


def _register_form(app: Dash, services: Any) -> None:
    value = {"name": ALL, "page": "simulator", "part": "value"}
    alone = {**value, "part": "alone"}  # has no slider: nothing to be paired with
    one_value, one_slid, one_scale = ({**value, "name": MATCH, "part": part} for part in ("value", "range", "scale"))

    @app.callback(
        Output(_id("start"), "options"), Output(_id("graph"), "figure"), Output(_id("map-says"), "children"),
        Output(_id("up"), "children"), Output(_id("down"), "children"), Output(_id("across"), "children"),
        Output(_id("content"), "hidden"), Output(_id("head"), "children"),
        Input(_id("query"), "data"),
    )  # fmt: skip
    def _start(query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        view = read_map(services, slug)
        if view is None:
            return [], no_update, "", "", "", [], True, cards.no_form(slug)
        figure = simulator_map_figure(chosen(), view.points, view.segments)
        options, ends = cards.start_options(view.segments), axis_ends(view.components)
        return options, figure, cards.map_caption(view), *ends, False, no_update

    @app.callback(
        Output(_id("fields"), "children"), Output(_id("find-box"), "hidden"),
        Input(_id("start"), "value"), State(_id("query"), "data"),
    )  # fmt: skip
    def _fill(start: str, query: dict[str, Any]) -> tuple[Any, bool]:
        slug = shown(services, query["dataset"])
        if slug is None or services.datasets.get(slug).champion is None:
            return "", True  # the page says so already
        form = services.simulation.form(slug, None if start == cards.EVERYONE else start)
        roles = {attribute.name: attribute.role for attribute in services.datasets.attributes(slug)}
        names = {segment.slug: segment.name for segment in services.profiles.segments(slug)}
        return cards.fields(form, roles, names.get(start, "everyone")), len(form.controls) <= cards.FEW

    app.clientside_callback(
        "function(slid, typed, scale) { return window.dash_clientside.simulator.pair(slid, typed, scale); }",
        Output(one_value, "value"), Output(one_slid, "value"),
        Input(one_slid, "value"), Input(one_value, "value"), State(one_scale, "data"), prevent_initial_call=True,
    )  # fmt: skip
    app.clientside_callback(
        "function() { return window.dash_clientside.simulator.ask(); }",
        Output(_id("nothing"), "data"),
        Input(value, "value"),
        Input(alone, "value"),
    )
    app.clientside_callback(
        "function(typed) { return window.dash_clientside.simulator.find(typed); }",
        Output(_id("nothing"), "data", allow_duplicate=True), Input(_id("find"), "value"), prevent_initial_call=True,
    )  # fmt: skip
    app.clientside_callback(
        "function(answered) { return window.dash_clientside.simulator.answered(); }",
        Output(_id("nothing"), "data", allow_duplicate=True), Input(_id("answered"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    app.clientside_callback(
        "function(places) { return window.dash_clientside.simulator_map.show(places); }",
        Output(_id("nothing"), "data", allow_duplicate=True), Input(_id("places"), "data"), prevent_initial_call=True,
    )  # fmt: skip


def _register_answer(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("answer"), "children"),
        Output(_id("now"), "children"),
        Output(_id("head"), "children", allow_duplicate=True),
        Output(_id("places"), "data"),
        Output(_id("answered"), "data"),
        Input(_id("request"), "data"),
        State(_id("query"), "data"),
        prevent_initial_call=True,
    )
    def _answer(request: dict[str, Any], query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        answer = services.simulation.simulate(slug, request["values"])
        head, places = cards.simulator_head(answer), {"now": answer.point[:2]}
        return cards.answer_card(answer, slug), cards.now(answer), head, places, request["sent"]
