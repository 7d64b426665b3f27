"""Recipes: which columns form the segments, how each is prepared, and what that does."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import recipe_studies
from dashboard.cards import recipes as cards
from dashboard.datasets import shown
from dashboard.editor.deriving import register_deriving
from dashboard.editor.draft import HERE, PAGE, changed, feature_of, plain
from dashboard.editor.forms import all_cards
from dashboard.editor.saving import register_saving
from dashboard.editor.studies import register_studies
from dashboard.ids import page_id
from dashboard.pages.models import running_job
from dashboard.shell import Nav
from dashboard.theme import chosen as theme
from segmentation.errors import KindredError
from segmentation.recipe_views import changes, chosen

PATH, TITLE = "/recipes", "Recipes"
NAV = Nav("Set up", "gear")
_id = partial(page_id, "recipes")
ON = {"page": "recipes", "on": ALL}
LOOK = {"page": "recipes", "look": ALL}


def layout(dataset: str | None = None, recipe: str | None = None, **_: Any) -> html.Div:
    """The recipe being changed lives in one store of the browser, as the document that would be saved."""
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "recipe": recipe}),
            dcc.Store(id=_id("draft")),  # {"start", "label", "saved", "base": [...], "features": [...]}
            dcc.Store(id=_id("picked")),
            dcc.Store(id=_id("changed"), data=0),
            dcc.Store(id=_id("nothing")),
            html.Div([html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)], id=_id("head")),
            html.Div(all_cards(), id=_id("content")),
        ]
    )


def register_callbacks(app: Dash, services: Any) -> None:
    for box, title in (
        ("prepare", "Reading the columns"),
        ("train", "Training"),
        ("dependence", "Measuring"),
        ("compare", "Comparing"),
    ):
        c.register_job_box(app, services, f"recipes-{box}", title)
    _register_opening(app, services)
    _register_changing(app, services)
    register_deriving(app, services)
    register_saving(app, services)
    register_studies(app, services)


def _register_opening(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("start"), "options"), Output(_id("start"), "value"), Output(_id("own"), "children"),
        Output(_id("first"), "options"), Output(_id("second"), "options"), Output(_id("first"), "value"),
        Output(_id("second"), "value"), Output(_id("content"), "hidden"),
        Output(_id("head"), "children", allow_duplicate=True),
        Input(_id("query"), "data"), Input(_id("changed"), "data"), State(_id("start"), "value"),
        prevent_initial_call="initial_duplicate",
    )  # fmt: skip
    def _offer(query: dict[str, Any], saved: Any, start: str | None) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        if slug is None or not services.datasets.get(slug).customers:
            return [], None, "", [], [], None, None, True, cards.nothing(slug)
        views = services.recipes.list(slug)
        options = cards.recipe_options(views)
        names = [view.name for view in views if view.features]
        wanted = saved or start or query.get("recipe")
        value = wanted if wanted in names else names[0] if names else None
        fitting = [{"label": view.label, "value": view.name} for view in views if view.fits]
        both = [{"label": cards.sentence(PAGE), "value": HERE}, *fitting]
        first = value if any(each["value"] == value for each in fitting) else HERE
        return options, value, cards.saved_card(views), both, both, first, HERE, False, no_update

    @app.callback(
        Output(_id("draft"), "data"), Output(_id("columns"), "children"), Output(_id("columns-says"), "children"),
        Output(_id("find-box"), "hidden"), Output(_id("start-says"), "children"), Output(_id("name"), "value"),
        Output(_id("description"), "value"), Output(_id("picked"), "data"),
        Output(page_id("recipes-prepare", "job"), "data"),
        Input(_id("start"), "value"), Input(_id("changed"), "data"),
        Input(page_id("recipes-prepare", "job-done"), "data"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _open(start: str | None, _changed: Any, _done: Any, query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        if start is None:
            return (no_update,) * 9
        if not services.studies.is_ready(slug):
            asked = ctx.triggered_id != page_id("recipes-prepare", "job-done")  # one that failed is not asked for again
            job = running_job(services, slug, "snapshot")
            if job is None and asked:
                job = services.jobs.submit("snapshot", {}, slug, "dashboard")
            return (*(no_update,) * 8, job if job is not None else no_update)
        view = next(each for each in services.recipes.list(slug) if each.name == start)
        editor = services.studies.open(slug, start)
        features = [{**column.feature, "on": column.on, "sensitive": column.sensitive} for column in editor.columns]
        draft = {"start": start, "label": view.label, "saved": view.saved, "base": features, "features": features}
        first = next((column.name for column in editor.columns if column.on), None)
        return (
            draft, cards.columns_table(editor.columns), cards.columns_caption(editor.customers, editor.sample),
            len(editor.columns) <= cards.MANY, view.description, view.label if view.saved else "",
            view.description if view.saved else "", first, no_update,
        )  # fmt: skip

    app.clientside_callback(
        "function(typed) { return window.dash_clientside.recipes.find(typed); }",
        Output(_id("nothing"), "data"), Input(_id("find"), "value"), prevent_initial_call=True,
    )  # fmt: skip
    app.clientside_callback(
        "function() { return window.dash_clientside.recipes.look(); }",
        Output(_id("nothing"), "data", allow_duplicate=True), Input(LOOK, "n_clicks"), prevent_initial_call=True,
    )  # fmt: skip


def _register_changing(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("draft"), "data", allow_duplicate=True),
        Input(ON, "value"), State(ON, "id"), State(_id("draft"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _switch(values: list[bool], ids: list[dict[str, str]], draft: dict[str, Any] | None) -> Any:
        on = {each["on"]: bool(value) for each, value in zip(ids, values, strict=True)}
        return changed(draft, {name: {"on": value} for name, value in on.items()})

    @app.callback(
        Output(_id("picked"), "data", allow_duplicate=True), Input(LOOK, "n_clicks"), prevent_initial_call=True
    )
    def _look(_clicks: list[int]) -> Any:
        return ctx.triggered_id["look"] if ctx.triggered_id and ctx.triggered[0]["value"] else no_update

    @app.callback(
        Output(_id("transform"), "value"), Output(_id("clip"), "value"), Output(_id("weight"), "value"),
        Output(_id("controls"), "hidden"), Output(_id("picked-name"), "children"),
        Input(_id("picked"), "data"), State(_id("draft"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _pick(picked: str | None, draft: dict[str, Any] | None) -> tuple[Any, ...]:
        feature = feature_of(draft, picked)
        if feature is None:
            return "auto", True, 1, True, ""
        switches = feature.get("transform", "auto"), feature.get("clip", True), feature.get("weight", 1)
        return (*switches, False, feature["label"])

    @app.callback(
        Output(_id("draft"), "data", allow_duplicate=True),
        Input(_id("transform"), "value"), Input(_id("clip"), "value"), Input(_id("weight"), "value"),
        State(_id("picked"), "data"), State(_id("draft"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _prepare(
        transform: str, clip: bool, weight: float | None, picked: str | None, draft: dict[str, Any] | None
    ) -> Any:
        switches = {"transform": transform, "clip": bool(clip), "weight": weight if weight is not None else 1}
        return changed(draft, {picked: switches} if picked else {})

    @app.callback(
        Output(_id("preview"), "children"), Output(_id("preview-says"), "children"), Output(_id("numeric"), "hidden"),
        Output(_id("head"), "children"), Output(_id("changes"), "children"), Output(_id("dependence"), "children"),
        Output(_id("measure-box"), "hidden"),
        Input(_id("draft"), "data"), Input(_id("picked"), "data"),
        Input(page_id("recipes-dependence", "job-done"), "data"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _show(draft: dict[str, Any] | None, picked: str | None, _done: Any, query: dict[str, Any]) -> tuple[Any, ...]:
        if draft is None:
            return (no_update,) * 7
        slug = shown(services, query["dataset"])
        features = draft["features"]
        sensitive = [each["label"] for each in features if each["on"] and each.get("sensitive")]
        lines = changes(draft["base"], features)
        found = services.studies.dependence_of(slug, chosen(features)) if sensitive else None
        return (
            *_preview(services, slug, picked, features),
            cards.head(draft["label"], features, len(sensitive), bool(lines)),
            cards.changes_list(lines),
            recipe_studies.dependence_body(sensitive, found),
            not sensitive,
        )


def _preview(
    services: Any, slug: str | None, picked: str | None, features: Sequence[dict[str, Any]]
) -> tuple[Any, ...]:
    """(pictures, caption, whether the switches of numbers are hidden) of the column looked at."""
    if picked is None or not any(feature["name"] == picked for feature in features):
        return "", "Look at a column to see it before and after.", True
    try:
        seen = services.studies.preview(slug, picked, [plain(feature) for feature in features])
    except KindredError as refused:  # said where the switch is, not above the page
        return c.note("bad", "It cannot be prepared so. ", str(refused)), "", False
    return (
        cards.preview_body(theme(), seen),
        f"Preview of {cards.counted(seen.customers, 'customer')}",
        (seen.feature.kind != "number"),
    )
