"""Strategy: what is done for every segment."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from dash import Dash, Input, Output, html

from dashboard import components as c
from dashboard.cards.strategy import board_page
from dashboard.datasets import shown
from dashboard.ids import page_id
from dashboard.shell import Nav

PATH, TITLE = "/strategy", "Strategy"
NAV = Nav("Act", "flag")
ALSO = ("/campaigns",)
_id = partial(page_id, "strategy")


def layout(dataset: str | None = None, **_query: str) -> html.Div:
    """Title and grey lines; the callback brings the rest."""
    return c.page("strategy", TITLE, dataset)


def register_callbacks(app: Dash, services: Any) -> None:
    """The body follows the dataset of the address."""

    @app.callback(Output(_id("body"), "children"), Input(_id("query"), "data"))
    def _show(query: dict[str, Any]) -> Any:
        slug = shown(services, query["dataset"])
        return board_page(slug, services.strategy.board(slug) if slug else None, datetime.now(UTC).date())
