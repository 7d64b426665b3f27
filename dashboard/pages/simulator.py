"""Simulator: a customer who does not exist yet, and the segment it would be in."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import simulator as cards
from dashboard.cards import ways as cards_of_ways
from dashboard.cards.map import axis_ends, framed
from dashboard.cards.scenarios import refused_note, save_form, saved_note
from dashboard.cards.simulator_form import FEW, form_html
from dashboard.cards.ways import ASSOCIATIONS
from dashboard.components.choice import field
from dashboard.datasets import shown
from dashboard.figures.simulator import simulator_map_figure
from dashboard.ids import page_id
from dashboard.pages.map import read_map
from dashboard.shell import Nav
from dashboard.theme import chosen
from segmentation.errors import KindredError, NotFoundError
from segmentation.whatif.starts import AT_RISK, BORDERLINE, question

PATH, TITLE = "/simulator", "Simulator"
NAV = Nav("Act", "sliders")
PICKS = 50  # customers of a list
_id = partial(page_id, "simulator")


def layout(dataset: str | None = None, customer: str | None = None, **_: Any) -> html.Div:
    """The form, the answer and the place on the map; what it would take below. The values live in the form alone."""
    begun = cards.CUSTOMER if customer else cards.EVERYONE
    start = dbc.Select(id=_id("start"), options=cards.start_options([]), value=begun)
    key = dbc.Input(id=_id("key"), type="search", placeholder="Key of the customer", value=customer, debounce=True)
    form = c.card(
        "Change a value, see the segment",
        field("Start from", start, id=_id("start")),
        html.Div(
            field("Which of them", dbc.Select(id=_id("pick"), options=[], value=""), id=_id("pick")),
            id=_id("pick-box"), hidden=True,
        ),
        html.Div(
            [field("Which customer", key, id=_id("key")),
             html.P("", id=_id("key-says"), className="k-small k-bad", role="alert")],
            id=_id("key-box"), hidden=not customer,
        ),
        html.Div(
            [html.Label("Find an input", htmlFor=_id("find"), className="visually-hidden"),
             dbc.Input(id=_id("find"), type="search", placeholder="Find an input", value="")],
            id=_id("find-box"), hidden=True, className="k-control",
        ),
        html.Div(id=_id("fields"), className="k-sim-form", role="group", **{"aria-label": "Values"}),
        html.Div(c.skeleton(), className="k-until"),
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
    ways = c.card(
        "What would it take",
        field("Move to", dbc.Select(id=_id("target"), options=[], value=None), id=_id("target")),
        html.Div(c.skeleton(), id=_id("ways"), **{"aria-live": "polite"}),
        caption="The smallest changes that lead there, each checked by scoring it like any customer. What is locked "
        "stays.",
        footer=ASSOCIATIONS,
    )
    below = c.row(c.col(8, ways), c.col(4, html.Div(c.skeleton(), id=_id("like"), className="k-fill")))
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset}),
            dcc.Store(id=_id("request")),
            dcc.Store(id=_id("form")),
            dcc.Store(id=_id("strips")),
            dcc.Store(id=_id("answered")),
            dcc.Store(id=_id("begin")),
            dcc.Store(id=_id("settled")),
            dcc.Store(id=_id("after")),
            dcc.Store(id=_id("nothing")),
            html.Div(
                [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)],
                id=_id("head"),
                **{"aria-live": "polite"},
            ),
            html.Div(id=_id("now"), className="k-sim-now", **{"aria-hidden": "true"}),
            html.Div([three, below, c.row(c.col(12, save_form(_id)))], id=_id("content")),
        ]
    )


def _begun(services: Any, slug: str, start: str, key: str | None) -> tuple[Any, str]:
    """The form as it starts, and whose values count as usual."""
    if start in (cards.CUSTOMER, cards.EMPTY):
        values = services.whatif.customer(slug, key) if start == cards.CUSTOMER else {}
        return cards.started(services.simulation.form(slug), values), "everyone"
    names = {segment.slug: segment.name for segment in services.profiles.segments(slug)}
    return services.simulation.form(slug, names.get(start) and start), names.get(start, "everyone")


def register_callbacks(app: Dash, services: Any) -> None:
    _register_form(app, services)
    _register_lists(app, services)
    _register_answer(app, services)
    _register_ways(app, services)
    _register_keeping(app, services)


def _register_form(app: Dash, services: Any) -> None:
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
        Output(_id("form"), "data"), Output(_id("find-box"), "hidden"), Output(_id("key-box"), "hidden"),
        Output(_id("key-says"), "children"), Output(_id("begin"), "data"),
        Input(_id("start"), "value"), Input(_id("key"), "value"), State(_id("query"), "data"),
    )  # fmt: skip
    def _fill(start: str, key: str | None, query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        if slug is None or services.datasets.get(slug).champion is None:
            return "", True, True, "", no_update  # the page says so already
        if start in (BORDERLINE, AT_RISK):
            return no_update, no_update, True, "", no_update  # until one is picked
        if start == cards.CUSTOMER and not key:
            return no_update, no_update, False, "", no_update
        try:
            form, of = _begun(services, slug, start, key)
        except NotFoundError as error:
            return no_update, no_update, False, str(error), no_update
        roles = {attribute.name: attribute.role for attribute in services.datasets.attributes(slug)}
        return form_html(form, roles, of), len(form.controls) <= FEW, start != cards.CUSTOMER, "", key or start

    for told, does in {
        ("form", "data"): "simulator.fill",
        ("find", "value"): "simulator.find",
        ("strips", "data"): "simulator.strips",
        ("answered", "data"): "simulator.answered",
        ("begin", "data"): "simulator_map.begin",
        ("after", "data"): "simulator_map.after",
    }.items():
        app.clientside_callback(
            f"function(told) {{ return window.dash_clientside.{does}(told); }}",
            Output(_id("nothing"), "data", allow_duplicate=True),
            Input(_id(told[0]), told[1]),
            prevent_initial_call=True,
        )


def _register_lists(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("pick"), "options"), Output(_id("pick-box"), "hidden"),
        Input(_id("start"), "value"), State(_id("pick"), "value"), State(_id("query"), "data"),
    )  # fmt: skip
    def _list(start: str, picked: str, query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        if start not in (BORDERLINE, AT_RISK) or slug is None:
            return no_update, not (start == cards.CUSTOMER and picked)
        roles = {each.name: each.role for each in services.datasets.attributes(slug)}
        valued = services.customers.columns(slug).value_label is not None
        asked = question(start, services.simulation.form(slug).controls, roles, valued)
        page = services.customers.page(slug, asked, 0, PICKS) if asked else None
        return cards.picks(page, start), False

    @app.callback(
        Output(_id("start"), "value"), Output(_id("key"), "value"),
        Input(_id("pick"), "value"), prevent_initial_call=True,
    )  # fmt: skip
    def _pick(key: str) -> tuple[Any, Any]:
        return (cards.CUSTOMER, key) if key else (no_update, no_update)


def _register_answer(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("answer"), "children"),
        Output(_id("now"), "children"),
        Output(_id("head"), "children", allow_duplicate=True),
        Output(_id("answered"), "data"),
        Input(_id("request"), "data"),
        State(_id("query"), "data"),
        prevent_initial_call=True,
    )
    def _answer(request: dict[str, Any], query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        answer = services.simulation.simulate(slug, request["values"])
        answered = {"now": answer.point[:2], "sent": request["sent"]}
        return cards.answer_card(answer, slug), cards.now(answer), cards.simulator_head(answer, slug), answered


def _register_ways(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("target"), "options"), Output(_id("target"), "value"), Output(_id("like"), "children"),
        Output(_id("strips"), "data"),
        Input(_id("settled"), "data"), State(_id("target"), "value"), State(_id("begin"), "data"),
        State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _settle(
        settled: dict[str, Any], target: str | None, begun: str | None, query: dict[str, Any]
    ) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        answer = services.simulation.simulate(slug, settled["values"])
        options = cards_of_ways.target_options(services.profiles.segments(slug), answer.slug)
        known = [option["value"] for option in options]
        nearest, among, customers = services.whatif.nearest(slug, settled["values"], begun)
        play = services.strategy.read(slug, answer.slug) if answer.colour else None
        like = cards_of_ways.like_card(nearest, among, customers, play, slug)
        along, segments = services.whatif.along(slug, settled["values"])
        strips = {each.name: cards_of_ways.strip_of(each, segments) for each in along}
        new = target if target in known else answer.runner_up_slug if answer.runner_up_slug in known else None
        return options, new, like, strips

    @app.callback(
        Output(_id("ways"), "children"), Output(_id("after"), "data"),
        Input(_id("target"), "value"), Input(_id("settled"), "data"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _ways(target: str | None, settled: dict[str, Any] | None, query: dict[str, Any]) -> tuple[Any, Any]:
        if not target or not settled:
            return c.empty("Choose a segment above."), None
        slug = shown(services, query["dataset"])
        controls = services.simulation.form(slug).controls
        way = services.whatif.path_with(slug, settled["values"], target, settled["locked"])
        places = [each.landing.place for each in way.found.ways[:1]]
        return cards_of_ways.ways_body(way, settled["values"], controls), places


def _register_keeping(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("scenario-says"), "children"),
        Input(_id("scenario-save"), "n_clicks"), State(_id("scenario-name"), "value"),
        State(_id("scenario-note"), "value"), State(_id("settled"), "data"), State(_id("start"), "value"),
        State(_id("key"), "value"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _keep(
        clicks: int, name: str, note: str, settled: Any, start: str, key: str | None, query: dict[str, Any]
    ) -> Any:
        if not clicks or not settled:
            return no_update
        slug = shown(services, query["dataset"])
        stored = key if start == cards.CUSTOMER else None
        try:
            form, _ = _begun(services, slug or "", start, key)
            begun = {control.name: control.value for control in form.controls}
            kept = services.scenarios.save_customer(
                slug, name, settled["values"], note=note, customer=stored, start=begun, by="dashboard"
            )
        except KindredError as error:
            return refused_note(error)
        return saved_note(kept)
