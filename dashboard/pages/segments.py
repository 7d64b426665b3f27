"""Segments: all of them side by side."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, html

from dashboard import components as c
from dashboard.cards import segments as cards
from dashboard.cards.verdict import stale_note
from dashboard.datasets import shown
from dashboard.ids import page_id
from dashboard.shell import Nav

PATH, TITLE = "/segments", "Segments"
NAV = Nav("Understand", "segments")
_id = partial(page_id, "segments")


def layout(dataset: str | None = None, **_query: str) -> html.Div:
    """Title and grey lines; the callback brings the rest."""
    return c.page("segments", TITLE, dataset)


def register_callbacks(app: Dash, services: Any) -> None:
    """The body follows the dataset of the address."""

    @app.callback(Output(_id("body"), "children"), Input(_id("query"), "data"))
    def _show(query: dict[str, Any]) -> Any:
        slug = shown(services, query["dataset"])
        segments = services.profiles.segments(slug) if slug else []
        if slug is None or not segments:
            return cards.nothing(slug)
        found = services.profiles.effects(slug)
        apart = [cards.effects_card(found)] if found else []
        rows = [c.row(c.col(12, card)) for card in [cards.list_card(slug, segments), *apart]]
        head = cards.head(slug, segments, services.profiles.trust(slug))
        return [stale_note(slug, services.profiles.stale_since(slug)), head, *rows]
