"""Campaigns: all of a dataset."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, html

from dashboard import components as c
from dashboard.cards.campaigns import campaigns_page
from dashboard.cards.segments import nothing
from dashboard.datasets import shown
from dashboard.ids import page_id

PATH, TITLE = "/campaigns", "Campaigns"
_id = partial(page_id, "campaigns")


def layout(dataset: str | None = None, **_query: str) -> html.Div:
    """Title and grey lines; the callback brings the rest."""
    return c.page("campaigns", TITLE, dataset)


def register_callbacks(app: Dash, services: Any) -> None:
    """The body follows the dataset of the address."""

    @app.callback(Output(_id("body"), "children"), Input(_id("query"), "data"))
    def _show(query: dict[str, Any]) -> Any:
        slug = shown(services, query["dataset"])
        return campaigns_page(slug, services.campaigns.of_dataset(slug)) if slug else [*nothing(None)]
