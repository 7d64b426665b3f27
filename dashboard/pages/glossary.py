"""Glossary: the words of the pages."""

from typing import Any

from dash import Dash, html

from dashboard.cards.glossary import glossary
from dashboard.shell import Nav

PATH, TITLE = "/glossary", "Glossary"
NAV = Nav("Set up", "info")


def layout(**_query: Any) -> html.Div:
    """All of it: it is the same for every dataset."""
    return html.Div(glossary())


def register_callbacks(_app: Dash, _services: Any) -> None:
    """Nothing changes on this page."""
