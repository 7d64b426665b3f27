"""Customers who are forgotten, or whose import is taken back, as the runs have to count them out."""

from collections.abc import Sequence

from sqlalchemy import Select

from db.customers import customers_table
from db.models import Attribute, Dataset
from db.queries.erasure import Leaving
from segmentation.borders import borderline_under
from segmentation.value import value_attributes


def leaving(dataset: Dataset, attributes: Sequence[Attribute], ids: Select[tuple[int]]) -> Leaving:
    """What `erasure.forget_customers` needs to know of them."""
    return Leaving(ids, customers_table(dataset.slug, attributes), value_attributes(attributes), borderline_under)
