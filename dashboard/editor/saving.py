"""Saving a recipe, training with it, taking one off the list."""

from functools import partial
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from dashboard.cards import recipes as cards
from dashboard.cards.models import trained_note
from dashboard.datasets import shown
from dashboard.ids import page_id
from segmentation.errors import RecipeError
from segmentation.recipe_views import changes, chosen

REMOVE = {"page": "recipes", "remove": ALL}
_id = partial(page_id, "recipes")


def register_saving(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("saved"), "children"), Output(_id("changed"), "data"),
        Output(page_id("recipes-train", "job"), "data"), Output(_id("note"), "value"),
        Input(_id("save"), "n_clicks"), Input(_id("train"), "n_clicks"),
        State(_id("name"), "value"), State(_id("description"), "value"), State(_id("note"), "value"),
        State(_id("draft"), "data"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _save(
        _save_clicks: int, _train_clicks: int, name: str | None, description: str | None, note: str | None,
        draft: dict[str, Any], query: dict[str, Any],
    ) -> tuple[Any, ...]:  # fmt: skip
        slug, trains = shown(services, query["dataset"]), ctx.triggered_id == _id("train")
        lines = changes(draft["base"], draft["features"])
        if trains and not lines and (draft["saved"] or not name):
            return (
                "",
                no_update,
                services.jobs.submit("train", {"recipe": draft["start"]}, slug, "dashboard"),
                no_update,
            )
        try:
            view = services.recipes.save(
                slug, name or "", chosen(draft["features"]), "dashboard", description=description or "",
                note=note or "; ".join(lines), based_on=draft["start"],
            )  # fmt: skip
        except RecipeError as refused:
            return (
                cards.lines_note("This recipe cannot be saved yet", refused.problems),
                no_update,
                no_update,
                no_update,
            )
        job = services.jobs.submit("train", {"recipe": view.name}, slug, "dashboard") if trains else no_update
        return cards.saved_note(view), view.name, job, ""

    @app.callback(
        Output(_id("trained"), "children"), Output(_id("own"), "children", allow_duplicate=True),
        Input(page_id("recipes-train", "job-done"), "data"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _trained(done: dict[str, Any] | None, query: dict[str, Any]) -> tuple[Any, Any]:
        if not done or done["status"] != "done":
            return "", no_update
        slug = shown(services, query["dataset"])
        return trained_note(services.jobs.job(done["id"]), slug), cards.saved_card(services.recipes.list(slug))

    @app.callback(
        Output(_id("changed"), "data", allow_duplicate=True), Output(_id("start"), "value", allow_duplicate=True),
        Input(REMOVE, "n_clicks"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _remove(_clicks: list[int], query: dict[str, Any]) -> tuple[Any, Any]:
        if not ctx.triggered_id or not ctx.triggered[0]["value"]:
            return no_update, no_update
        services.recipes.remove(shown(services, query["dataset"]), ctx.triggered_id["remove"], "dashboard")
        return "", None
