"""Making a column of others."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboard.cards import derived
from dashboard.cards import recipes as cards
from dashboard.datasets import shown
from dashboard.editor.draft import plain
from dashboard.ids import page_id
from segmentation.errors import RecipeError
from segmentation.recipe_views import chosen

_id = partial(page_id, "recipes")


def register_deriving(app: Dash, services: Any) -> None:
    parts = [Input(_id(f"part-{letter}"), "value") for letter in derived.PARTS]

    @app.callback(
        *[Output(_id(f"part-{letter}"), "options") for letter in derived.PARTS],
        *[Output(_id(f"place-{place}"), "hidden") for place in (*derived.PARTS, "number")],
        Input(_id("operation"), "value"), Input(_id("draft"), "data"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _choices(operation: str, draft: dict[str, Any] | None, query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        attributes = services.datasets.attributes(slug) if slug else []
        options = [{"label": "–", "value": derived.NONE}]
        options += derived.choices(operation, attributes, draft["features"] if draft else [])
        return (*[options] * len(derived.PARTS), *(not shown_ for shown_ in derived.places(operation).values()))

    @app.callback(
        Output(_id("derived-says"), "children"),
        Input(_id("operation"), "value"), *parts, Input(_id("fixed"), "value"), State(_id("part-a"), "options"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _say(operation: str, *rest: Any) -> str:
        *values, fixed, options = rest
        made = derived.expression(operation, values, fixed)
        return derived.said(made, options or []) if made else ""

    @app.callback(
        Output(_id("draft"), "data", allow_duplicate=True), Output(_id("columns"), "children", allow_duplicate=True),
        Output(_id("picked"), "data", allow_duplicate=True), Output(_id("derived-wrong"), "children"),
        Output(_id("derived-name"), "value"),
        Input(_id("derive"), "n_clicks"),
        State(_id("operation"), "value"), *[State(_id(f"part-{letter}"), "value") for letter in derived.PARTS],
        State(_id("fixed"), "value"), State(_id("derived-name"), "value"), State(_id("draft"), "data"),
        State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _derive(_clicks: int, operation: str, *rest: Any) -> tuple[Any, ...]:
        *values, fixed, label, draft, query = rest
        slug = shown(services, query["dataset"])
        try:
            added = _derived(services, slug, derived.expression(operation, values, fixed), label or "", draft)
        except RecipeError as refused:
            return (no_update, no_update, no_update, cards.lines_note("It cannot be made so", refused.problems),
                    no_update)  # fmt: skip
        features = [added, *draft["features"]]
        columns = services.studies.columns(slug, [plain(feature) for feature in features])
        sensitive = {column.name: column.sensitive for column in columns}
        told = [{**feature, "sensitive": sensitive[feature["name"]]} for feature in features]
        return {**draft, "features": told}, cards.columns_table(columns), added["name"], "", ""


def _derived(services: Any, slug: str | None, made: Any, label: str, draft: dict[str, Any]) -> dict[str, Any]:
    """A new column for the draft; RecipeError says everything that is wrong with it."""
    wrong = [] if made else ["choose what it is made of"]
    wrong += [] if label.strip() else ["give the column a name"]
    if wrong:
        raise RecipeError(wrong)
    name = derived.free_name(label, [feature["name"] for feature in draft["features"]])
    added = {"name": name, "label": label.strip(), "expression": made, "on": True}
    alone = chosen([added, *({**feature, "on": False} for feature in draft["features"])])
    if wrong := services.recipes.check(slug, alone):
        raise RecipeError(wrong)
    return added
