"""Models: train, see why this number of segments, take another version into use."""

from functools import partial
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import models as cards
from dashboard.cards.leaderboard import BOARD, TRAIN_WITH, board, compare_card, compare_options, options_of
from dashboard.cards.training import SETTINGS, failed_note, says, shown_for, train_card, train_options
from dashboard.datasets import shown
from dashboard.ids import page_id
from dashboard.shell import Nav
from dashboard.theme import chosen

PATH, TITLE = "/models", "Models"
NAV = Nav("Check", "check")
IDLE_MS = 5000
_id = partial(page_id, "models")
_board = partial(page_id, BOARD)
PROMOTE = {"page": "models", "promote": ALL}
TRAIN_ROW = {"page": "models", TRAIN_WITH: ALL}
KEPT = 100  # jobs looked through for the newest comparison


def layout(dataset: str | None = None, **_: Any) -> html.Div:
    """The training form stays while everything around it is filled in."""
    waiting = html.Div([html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)])
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset}),
            dcc.Store(id=_id("asked")),
            dcc.Store(id=_id("changed"), data=0),
            dcc.Interval(id=_id("idle"), interval=IDLE_MS),
            html.Div(waiting, id=_id("head")),
            html.Div(id=_id("outcome"), className="k-outcome", **{"aria-live": "polite"}),
            c.row(
                c.col(8, html.Div(c.skeleton(), id=_id("criteria"), className="k-fill")),
                c.col(4, html.Div(train_card(), id=_id("train-card"), tabIndex=-1, className="k-fill")),
            ),
            html.Div(_question(), id=_id("question"), hidden=True, className="k-outcome"),
            html.Div(id=_id("registry")),
            html.Div(id=_id("body")),
            html.Div(c.row(c.col(12, compare_card())), id=_id("compare-card")),
        ]
    )


def _question() -> html.Div:
    return html.Div(
        [
            c.icon("info"),
            html.Div([html.Strong("Take this version into use?"), html.Span(id=_id("question-text"))]),
            html.Div(
                [
                    c.button("Use it", _id("promote"), primary=True, small=True),
                    c.button("Leave it", _id("leave"), small=True),
                ],
                className="k-actions",
            ),
        ],
        className="alert",
        role="status",
    )


def register_callbacks(app: Dash, services: Any) -> None:
    c.register_job_box(app, services, "models", "Training")
    c.register_job_box(app, services, BOARD, "Comparison")
    _register_form(app, services)
    _register_comparison(app, services)
    _register_training(app, services)
    _register_versions(app, services)


def _register_training(app: Dash, services: Any) -> None:
    @app.callback(Output(_id("recipe"), "options"), Output(_id("recipe"), "value"), Input(_id("query"), "data"))
    def _offer(query: dict[str, Any]) -> tuple[list[Any], str | None]:
        slug = shown(services, query["dataset"])
        fits = services.training.recipes(slug) if slug else []
        return cards.recipe_options(fits), next((fit.name for fit in fits if fit.fits), None)

    @app.callback(Output(_id("recipe-says"), "children"), Input(_id("recipe"), "value"), State(_id("query"), "data"))
    def _explain(recipe: str | None, query: dict[str, Any]) -> Any:
        fits = services.training.recipes(shown(services, query["dataset"])) if recipe else []
        return next((cards.recipe_says(fit) for fit in fits if fit.name == recipe), "")

    @app.callback(
        Output(_id("job"), "data"),
        Input(_id("train"), "n_clicks"),
        Input(_id("query"), "data"),
        Input(_id("idle"), "n_intervals"),
        State(_id("recipe"), "value"), State(_id("k"), "value"), State(_id("seed"), "value"),
        State(_id("as-of"), "value"), State(_id("plain"), "value"), State(_id("job"), "data"),
        State(_id("algorithm"), "value"), State(_id("sample"), "value"), State(_id("eps"), "value"),
        State(_id("min-cluster-size"), "value"), State(_id("min-samples"), "value"),
    )  # fmt: skip
    def _train(
        _clicks: int, query: dict[str, Any], _idle: int, recipe: str | None, k: str, seed: int | None,
        as_of: str | None, plain: bool, job: int | None, algorithm: str, sample: int | None, *settings: Any,
    ) -> Any:  # fmt: skip
        slug = shown(services, query["dataset"])
        if ctx.triggered_id == _id("train"):
            options = train_options(recipe, algorithm, k, seed, as_of, plain, sample, *settings)
            return services.jobs.submit("train", options, slug, "dashboard")
        running = running_job(services, slug, "train")
        return running if running is not None and running != job else no_update

    app.clientside_callback(
        "function(hidden) { return !hidden; }", Output(_id("train"), "disabled"), Input(_id("job-actions"), "hidden")
    )

    @app.callback(
        Output(_id("outcome"), "children"), Output(_id("changed"), "data"),
        Input(_id("job-done"), "data"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _ended(done: dict[str, Any] | None, query: dict[str, Any]) -> tuple[Any, Any]:
        if not done or done["status"] != "done":
            return "", no_update
        return cards.trained_note(services.jobs.job(done["id"]), shown(services, query["dataset"])), done["id"]


def _register_form(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("algorithm-says"), "children"), Output(_id("k-field"), "hidden"), Output(_id("eps-field"), "hidden"),
        Output(_id("min-cluster-size-field"), "hidden"), Output(_id("min-samples-field"), "hidden"),
        Output(_id("advanced"), "open"), Input(_id("algorithm"), "value"), State(_id("query"), "data"),
    )  # fmt: skip
    def _suit(algorithm: str, query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        obstacle = services.training.obstacle(slug, algorithm) if slug else ""
        return (says(algorithm, obstacle), *shown_for(algorithm), algorithm in SETTINGS or bool(obstacle))


def _register_comparison(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_board("job"), "data"),
        Input(_id("compare"), "n_clicks"), Input(_id("query"), "data"), State(_id("algorithms"), "value"),
        State(_id("recipe"), "value"), State(_id("k"), "value"), State(_id("seed"), "value"),
        State(_id("as-of"), "value"), State(_id("plain"), "value"), State(_id("sample"), "value"),
    )  # fmt: skip
    def _compare(_clicks: int, query: dict[str, Any], algorithms: list[str], *form: Any) -> Any:
        slug = shown(services, query["dataset"])
        if ctx.triggered_id == _id("compare"):
            return services.jobs.submit("compare", compare_options(algorithms, *form), slug, "dashboard")
        return running_job(services, slug, "compare") or no_update

    @app.callback(
        Output(_id("job"), "data", allow_duplicate=True),
        Input(TRAIN_ROW, "n_clicks"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _train_this(clicks: list[int], query: dict[str, Any]) -> Any:
        if not any(clicks):
            return no_update
        slug = shown(services, query["dataset"])
        options = options_of(latest(services, slug), ctx.triggered_id[TRAIN_WITH])
        return services.jobs.submit("train", options, slug, "dashboard")

    @app.callback(
        Output(_id("board"), "children"), Output(_id("compare-card"), "hidden"),
        Input(_id("query"), "data"), Input(_board("job-done"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], _done: Any) -> tuple[Any, bool]:
        slug = shown(services, query["dataset"])
        return board(latest(services, slug)), slug is None


def latest(services: Any, slug: str | None) -> Any:
    """The result of the newest comparison of a dataset; None before the first."""
    done = (job for job in services.jobs.recent(slug, KEPT) if job.kind == "compare" and job.result) if slug else ()
    return next((job.result for job in done), None)


def running_job(services: Any, slug: str | None, kind: str) -> int | None:
    """The work of this kind that is waiting or running for a dataset: what a reload finds again."""
    jobs = services.jobs.recent(slug, 5) if slug else []
    return next((job.id for job in jobs if job.kind == kind and job.active), None)


def _register_versions(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("head"), "children"), Output(_id("criteria"), "children"), Output(_id("body"), "children"),
        Output(_id("registry"), "children"), Output(_id("train-card"), "hidden"),
        Input(_id("query"), "data"), Input(_id("changed"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], _changed: Any) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        models = services.training.models(slug) if slug else []
        trust, jobs = (services.profiles.trust(slug), services.jobs.recent(slug, 20)) if slug else ([], [])
        head = [cards.models_head(models, slug, trust), failed_note(jobs)]
        return (head, *cards.models_body(chosen(), models, slug), slug is None)

    @app.callback(
        Output(_id("asked"), "data"), Input(PROMOTE, "n_clicks"), Input(_id("leave"), "n_clicks"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _ask(_clicks: list[int], _leave: int) -> Any:
        if isinstance(ctx.triggered_id, dict):
            return ctx.triggered_id["promote"] if ctx.triggered[0]["value"] else no_update
        return None

    @app.callback(
        Output(_id("question"), "hidden"), Output(_id("question-text"), "children"),
        Input(_id("asked"), "data"), State(_id("query"), "data"),
    )  # fmt: skip
    def _confirm(version: int | None, query: dict[str, Any]) -> tuple[bool, Any]:
        if version is None:
            return True, ""
        models = services.training.models(shown(services, query["dataset"]))
        return False, cards.promote_question(services.training.model(version), cards.champion_of(models))

    @app.callback(
        Output(_id("changed"), "data", allow_duplicate=True), Output(_id("asked"), "data", allow_duplicate=True),
        Input(_id("promote"), "n_clicks"), State(_id("asked"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _promote(clicks: int, version: int | None) -> tuple[Any, None]:
        if clicks and version is not None:
            services.training.promote(version, "dashboard")
        return f"promoted {version} {clicks}", None
