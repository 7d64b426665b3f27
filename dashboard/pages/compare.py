"""Two model versions side by side."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import compare as cards
from dashboard.components.choice import field
from dashboard.datasets import address, shown
from dashboard.ids import page_id
from dashboard.pages.models import running_job
from segmentation.errors import NotFoundError

PATH, TITLE = "/models/compare", "Compare versions"
KIND = "compare_versions"  # of job
_id = partial(page_id, "compare")


def layout(dataset: str | None = None, a: str = "", b: str = "", **_query: str) -> html.Div:
    """The choice of versions stays while the comparison is filled in."""
    waiting = html.Div([html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60), c.skeleton()])
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "a": a, "b": b}),
            html.Div(waiting, id=_id("top")),
            html.Div(id=_id("moves")),
            html.Div(
                [c.button("Measure who moves where", _id("measure"), primary=True)],
                id=_id("ask"),
                hidden=True,
                className="k-actions k-above",
            ),
            c.job_box("compare"),
            html.Div(id=_id("metrics")),
            c.row(c.col(12, _choice())),
        ]
    )


def _choice() -> html.Section:
    return c.card(
        "Compare two others",
        html.Div(
            [
                field("First version", dbc.Select(id=_id("first"), options=[]), id=_id("first")),
                field("Second version", dbc.Select(id=_id("second"), options=[]), id=_id("second")),
                html.A("Compare", id=_id("go"), href="/models", className="btn btn-outline-secondary"),
            ],
            className="k-pick-two",
        ),
    )


def register_callbacks(app: Dash, services: Any) -> None:
    """The page follows the address; the measuring is a job."""
    c.register_job_box(app, services, "compare", "Comparing")

    @app.callback(
        Output(_id("top"), "children"), Output(_id("moves"), "children"), Output(_id("metrics"), "children"),
        Output(_id("ask"), "hidden"),
        Input(_id("query"), "data"), Input(_id("job-done"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], _done: Any) -> tuple[Any, ...]:
        told = services.comparison.compare(*_pair(services, query))
        moves = cards.moves_card(told) if told.moves else cards.unmeasured_card(told)
        return (
            [cards.head(told), cards.facts(told)],
            c.row(c.col(12, moves)),
            c.row(c.col(12, cards.metrics_card(told))),
            told.moves is not None or told.why_not is not None,
        )

    @app.callback(
        Output(_id("job"), "data"),
        Input(_id("measure"), "n_clicks"), Input(_id("query"), "data"), State(_id("job"), "data"),
    )  # fmt: skip
    def _measure(clicks: int, query: dict[str, Any], job: int | None) -> Any:
        first, second = _pair(services, query)
        slug = services.training.model(first).dataset
        if clicks:
            return services.jobs.submit(KIND, {"first": first, "second": second}, slug, "dashboard")
        running = running_job(services, slug, KIND)
        return running if running is not None and running != job else no_update

    @app.callback(
        Output(_id("first"), "options"), Output(_id("second"), "options"),
        Output(_id("first"), "value"), Output(_id("second"), "value"),
        Input(_id("query"), "data"),
    )  # fmt: skip
    def _offer(query: dict[str, Any]) -> tuple[Any, ...]:
        first, second = _pair(services, query)
        models = services.training.models(services.training.model(first).dataset)
        options = [
            {"label": f"Version {each.version}: {each.k} segments{', in use' * each.champion}", "value": each.version}
            for each in models
        ]
        return options, options, first, second

    @app.callback(
        Output(_id("go"), "href"),
        Input(_id("first"), "value"), Input(_id("second"), "value"), State(_id("query"), "data"),
    )  # fmt: skip
    def _lead(first: Any, second: Any, query: dict[str, Any]) -> str:
        return address(PATH, query["dataset"], a=str(first or ""), b=str(second or ""))


def _pair(services: Any, query: dict[str, Any]) -> tuple[int, int]:
    """The two versions of the address; what it does not name is the version in use, then the newest other one."""
    asked = [str(query.get(name) or "") for name in ("a", "b")]
    if all(text.isdigit() for text in asked):
        return int(asked[0]), int(asked[1])
    named = [int(text) for text in asked if text.isdigit()]
    slug = services.training.model(named[0]).dataset if named else shown(services, query["dataset"])
    models = sorted(services.training.models(slug), key=lambda each: not each.champion) if slug else []
    offered = [*named, *(each.version for each in models if each.version not in named)]
    if len(offered) < 2:
        raise NotFoundError("there are no two versions to compare; train another one on the models page")
    return offered[0], offered[1]
