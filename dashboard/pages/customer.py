"""One customer: why they are in their segment, and what they are like beside it."""

from functools import partial
from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, html

from dashboard import components as c
from dashboard.cards import customer as cards
from dashboard.datasets import shown
from dashboard.ids import page_id
from segmentation.errors import NotFoundError

PATH, PATH_TEMPLATE, TITLE = "/customers/none", "/customers/<customer>", "Customer"
_id = partial(page_id, "customer")


def layout(customer: str = "", dataset: str | None = None, **_query: str) -> html.Div:
    """Title and grey lines; the callback brings the rest."""
    return c.page("customer", TITLE, dataset, customer=unquote(customer))


def exists(services: Any, dataset: str | None, customer: str = "") -> bool:
    """Whether the dataset has this customer."""
    try:
        return bool(services.customers.is_there(shown(services, dataset) or "", customer))
    except NotFoundError:
        return False


def body(slug: str, detail: Any) -> list[Any]:
    """The page of a customer: the answer, why, then everything else."""
    top = [cards.head(slug, detail), cards.note(slug, detail), cards.facts(slug, detail)]
    reasons, history = cards.reasons_card(detail), cards.history_card(slug, detail)
    purchases, attributes = cards.purchases_card(detail), cards.attributes_card(detail)
    beside = [each for each in (reasons, history, purchases) if each is not None]
    rows = c.row(c.col(6, *beside), c.col(6, attributes)) if beside else c.row(c.col(12, attributes))
    return [*(each for each in top if each is not None), rows]


def register_callbacks(app: Dash, services: Any) -> None:
    """The body follows the address."""

    @app.callback(Output(_id("body"), "children"), Input(_id("query"), "data"))
    def _show(query: dict[str, Any]) -> list[Any]:
        slug = shown(services, query["dataset"]) or ""
        return body(slug, services.customers.customer(slug, query["customer"]))
