"""The slow looks into recipes: what hangs on sensitive columns, and how two differ."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update

from dashboard.cards import recipe_studies
from dashboard.datasets import shown
from dashboard.editor.draft import HERE, label_of
from dashboard.ids import page_id
from dashboard.pages.models import running_job
from segmentation.recipe_views import chosen

_id = partial(page_id, "recipes")


def register_studies(app: Dash, services: Any) -> None:
    @app.callback(
        Output(page_id("recipes-dependence", "job"), "data"),
        Input(_id("measure"), "n_clicks"), Input(_id("query"), "data"), State(_id("draft"), "data"),
    )  # fmt: skip
    def _measure(_clicks: int, query: dict[str, Any], draft: dict[str, Any] | None) -> Any:
        slug = shown(services, query["dataset"])
        if ctx.triggered_id == _id("measure") and draft:
            asked = {"features": chosen(draft["features"]), "label": label_of(draft)}
            return services.jobs.submit("dependence", asked, slug, "dashboard")
        return running_job(services, slug, "dependence") or no_update

    @app.callback(
        Output(page_id("recipes-compare", "job"), "data"),
        Input(_id("compare"), "n_clicks"), Input(_id("query"), "data"), State(_id("first"), "value"),
        State(_id("second"), "value"), State(_id("draft"), "data"),
    )  # fmt: skip
    def _compare(
        _clicks: int, query: dict[str, Any], first: str | None, second: str | None, draft: dict[str, Any] | None
    ) -> Any:
        slug = shown(services, query["dataset"])
        if ctx.triggered_id == _id("compare") and draft:
            page = {"features": chosen(draft["features"]), "label": label_of(draft)}
            asked = [page if name == HERE else {"recipe": name} for name in (first, second)]
            return services.jobs.submit("compare_recipes", {"first": asked[0], "second": asked[1]}, slug, "dashboard")
        return running_job(services, slug, "compare_recipes") or no_update

    @app.callback(
        Output(_id("comparison"), "children"),
        Input(page_id("recipes-compare", "job-done"), "data"), Input(_id("query"), "data"),
    )  # fmt: skip
    def _compared(_done: Any, query: dict[str, Any]) -> Any:
        slug = shown(services, query["dataset"])
        return recipe_studies.comparison_body(services.studies.newest_comparison(slug)) if slug else ""
