"""Overview: who the customers are, whether the answer can be trusted, and what to do next."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, html

from dashboard import components as c
from dashboard.datasets import shown
from dashboard.ids import page_id
from dashboard.shell import Nav

PATH, TITLE = "/", "Overview"
NAV = Nav("Understand", "home")
_id = partial(page_id, "overview")


def layout(dataset: str | None = None, **_query: str) -> html.Div:
    """Title and grey lines; the callback brings the rest."""
    return c.page("overview", TITLE, dataset)


def register_callbacks(app: Dash, services: Any) -> None:
    """The body follows the dataset of the address."""

    @app.callback(Output(_id("body"), "children"), Input(_id("query"), "data"))
    def _show(query: dict[str, Any]) -> Any:
        slug = shown(services, query["dataset"])
        if slug is None:
            action = c.link_button("Add a customer file", "/data", primary=True)
            return [
                c.page_head("No customers yet"),
                c.card("Start with a file", c.empty("Add a customer file.", action)),
            ]
        return c.page_head("Overview", f"Dataset {slug}")
