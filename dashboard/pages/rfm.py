"""RFM: the eleven familiar groups, where their value lies, and where the segments hold them."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, html

from dashboard import components as c
from dashboard.cards import rfm as cards
from dashboard.datasets import shown
from dashboard.ids import page_id
from dashboard.shell import Nav

PATH, TITLE = "/rfm", "RFM"
NAV = Nav("Understand", "grid")
_id = partial(page_id, "rfm")


def needs(dataset: Any) -> str | None:
    """What the columns of a dataset lack for this page; None where they say all."""
    return dataset.rfm_needs


def layout(dataset: str | None = None, **_query: str) -> html.Div:
    """Title and grey lines; the callback brings the rest."""
    return c.page("rfm", TITLE, dataset)


def register_callbacks(app: Dash, services: Any) -> None:
    """The body follows the dataset of the address."""

    @app.callback(Output(_id("body"), "children"), Input(_id("query"), "data"))
    def _show(query: dict[str, Any]) -> Any:
        slug = shown(services, query["dataset"])
        view = services.rfm.view(slug) if slug else None
        if slug is None or view is None or not view.scored:
            return cards.nothing(slug, view)
        rows = [cards.grid_card(slug, view), cards.groups_card(slug, view), cards.segments_card(slug, view)]
        return [cards.head(slug, view), cards.facts(view), *(c.row(c.col(12, card)) for card in rows)]
