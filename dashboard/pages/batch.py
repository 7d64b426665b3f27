"""One import: what became of the file, its problems, what to do next, and undoing it."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import components as c
from dashboard.cards import batch as cards
from dashboard.ids import page_id
from dashboard.shell import AGAIN
from segmentation.errors import NotFoundError

PATH, PATH_TEMPLATE, TITLE = "/data/none", "/data/<batch>", "Import"
_id = partial(page_id, "batch")
SCORE = "batch-score"


def layout(batch: str = "", dataset: str | None = None, **_: Any) -> html.Div:
    """Heading, what became of it, what can be done; filled by the callback."""
    waiting = [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)]
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "batch": batch}),
            dcc.Store(id=_id("changed")),
            dcc.Store(id=_id("told")),
            html.Div(waiting, id=_id("head")),
            html.Div(
                [
                    html.Div(
                        c.button("Score these customers now", _id("score"), primary=True),
                        id=_id("score-box"),
                        hidden=True,
                    ),
                    html.Div(id=_id("next")),
                ],
                className="k-actions k-next",
            ),
            html.Div(c.job_box(SCORE), className="k-outcome"),
            html.Div(id=_id("scored"), className="k-outcome", **{"aria-live": "polite"}),
            html.Div(c.job_box("batch"), className="k-outcome"),
            html.Div(c.skeleton(), id=_id("body")),
            html.Div(_undo(), id=_id("undo-box"), hidden=True, tabIndex=-1),
        ]
    )


def _undo() -> Any:
    question = html.Div(
        [
            c.icon("warn"),
            html.Div([html.Strong("Undo this import?"), html.Span(id=_id("question-text"))]),
            html.Div(
                [c.button("Undo it", _id("undo-yes"), small=True), c.button("Keep it", _id("undo-no"), small=True)],
                className="k-actions",
            ),
        ],
        className="alert warn",
        role="alertdialog",
        **{"aria-label": "Undo this import?"},
    )
    return c.card(
        "Taking it back",
        html.P(id=_id("undo-says")),
        html.Div(
            c.button("Undo this import", _id("undo"), icon_name="reset"), className="k-gap", id=_id("undo-button")
        ),
        html.Div(question, id=_id("question"), hidden=True, className="k-gap"),
    )


def _number(batch: str) -> int:
    """The batch of an address; NotFoundError for what is no number."""
    if not batch.isdigit() or len(batch) > 18:
        raise NotFoundError(f"there is no import {batch!r}; the history on the data page lists them")
    return int(batch)


def exists(services: Any, _dataset: str | None, batch: str = "") -> bool:
    """Whether there is this import."""
    try:
        services.imports.dataset_of(_number(batch))
    except NotFoundError:
        return False
    return True


def found(services: Any, batch: str) -> tuple[Any, Any]:
    """The import and its dataset."""
    slug = services.imports.dataset_of(_number(batch))
    view = next(each for each in services.imports.history(slug) if each.batch == int(batch))
    return view, services.datasets.get(slug)


def register_callbacks(app: Dash, services: Any) -> None:
    c.register_job_box(app, services, "batch", "Undo")
    c.register_job_box(app, services, SCORE, "Scoring")
    _register_body(app, services)
    _register_undo(app, services)
    _register_score(app, services)
    app.clientside_callback(
        "function(changed) { return changed; }",
        Output(AGAIN, "data", allow_duplicate=True), Input(_id("changed"), "data"), prevent_initial_call=True,
    )  # fmt: skip


def _register_body(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("head"), "children"), Output(_id("next"), "children"), Output(_id("score-box"), "hidden"),
        Output(_id("body"), "children"), Output(_id("undo-box"), "hidden"), Output(_id("undo-says"), "children"),
        Output(_id("undo-button"), "hidden"), Output(_id("question-text"), "children"),
        Input(_id("query"), "data"), Input(_id("changed"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], _changed: Any) -> tuple[Any, ...]:
        batch, dataset = found(services, query["batch"])
        groups = services.imports.problem_groups(batch.batch)
        labels = {each.name: each.label for each in services.datasets.attributes(dataset.slug)}
        says, possible = cards.undo_says(batch)
        return (
            cards.head(batch, dataset), cards.next_card(batch, dataset),
            dataset.champion is None or batch.status != "committed",
            cards.body(batch, dataset, groups, services.imports.rejects(batch.batch) is not None, labels),
            batch.status not in ("committed", "undone"), says, not possible, cards.undo_question(batch),
        )  # fmt: skip


def _register_undo(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("question"), "hidden"),
        Input(_id("undo"), "n_clicks"), Input(_id("undo-no"), "n_clicks"), Input(page_id("batch", "job"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _ask(asked: int | None, left: int | None, job: int | None) -> bool:
        return (asked or 0) <= (left or 0) or job is not None

    @app.callback(
        Output(page_id("batch", "job"), "data"),
        Input(_id("undo-yes"), "n_clicks"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _take_back(clicks: int | None, query: dict[str, Any]) -> int:
        if not clicks:
            raise PreventUpdate
        batch, dataset = found(services, query["batch"])
        return int(services.jobs.submit("undo", {"batch": batch.batch}, dataset.slug, "dashboard"))

    @app.callback(
        Output(_id("changed"), "data"), Input(page_id("batch", "job-done"), "data"), prevent_initial_call=True
    )
    def _taken_back(done: dict[str, Any] | None) -> Any:
        return done if done and done["status"] == "done" else no_update


def _register_score(app: Dash, services: Any) -> None:
    @app.callback(
        Output(page_id(SCORE, "job"), "data"),
        Input(_id("score"), "n_clicks"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _score(clicks: int | None, query: dict[str, Any]) -> int:
        if not clicks:
            raise PreventUpdate
        return int(services.jobs.submit("score", {}, services.imports.dataset_of(int(query["batch"])), "dashboard"))

    @app.callback(
        Output(_id("scored"), "children"), Input(page_id(SCORE, "job-done"), "data"), prevent_initial_call=True
    )
    def _scored(done: dict[str, Any] | None) -> Any:
        if not done or done["status"] != "done":
            return ""
        return cards.scored_note(services.jobs.job(done["id"]))
