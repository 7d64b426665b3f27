"""Overview: who the customers are, whether the answer can be trusted, and what to do next."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, html

from dashboard import components as c
from dashboard.cards import overview as cards
from dashboard.cards.verdict import stale_note
from dashboard.datasets import shown
from dashboard.ids import page_id
from dashboard.shell import Nav
from dashboard.theme import Theme, chosen

PATH, TITLE = "/", "Overview"
NAV = Nav("Understand", "home")
_id = partial(page_id, "overview")


def layout(dataset: str | None = None, **_query: str) -> html.Div:
    """Title and grey lines; the callback brings the rest."""
    return c.page("overview", TITLE, dataset)


def body(theme: Theme, overview: Any, view: Any, asked: Any = None) -> list[Any]:
    """The page of a dataset; `view` is its map, None before there is a model; `asked` what waits for an answer."""
    if overview.model is None:
        return [cards.head(overview), cards.first_steps(overview)]
    return [
        stale_note(overview.slug, overview.stale_since),
        cards.head(overview),
        cards.facts(overview),
        c.row(c.col(8, cards.segments_card(overview)), c.col(4, cards.trust_card(overview))),
        c.row(c.col(7, cards.attention_card(overview, asked)), c.col(5, cards.map_card(theme, overview, view))),
    ]


def register_callbacks(app: Dash, services: Any) -> None:
    """The body follows the dataset of the address."""

    @app.callback(Output(_id("body"), "children"), Input(_id("query"), "data"))
    def _show(query: dict[str, Any]) -> Any:
        slug = shown(services, query["dataset"])
        if slug is None:
            return cards.no_dataset()
        overview = services.profiles.overview(slug)
        if overview.model is None:
            return body(chosen(), overview, None)
        return body(chosen(), overview, services.profiles.projection(slug), services.identity.questions(slug))
