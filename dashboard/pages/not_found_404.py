"""An address without a page."""

from typing import Any

from dash import Dash, html

from dashboard import components as c

PATH, TITLE = "/404", "Page not found"


def layout(**_query: str) -> html.Div:
    """Says so and leads back."""
    head = c.page_head("There is no page at this address", "The link may be old, or a letter is missing.")
    return html.Div([head, c.link_button("Go to the overview", "/", primary=True)])


def register_callbacks(app: Dash, services: Any) -> None:
    """Nothing to answer."""
