"""The customers of a dataset as training and scoring read them: one consistent view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from db.models import Attribute
from db.queries.datasets import attributes_of
from db.queries.purchases import newest_purchase
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import ConflictError
from segmentation.lookups import require_dataset
from segmentation.snapshots import Snapshots

ATTEMPTS = 3


@dataclass(frozen=True)
class Customers:
    """All customers of a dataset in one state, in the order of ``customer_id``, with every attribute.

    ``purchased`` is the day of the newest purchase stored with them, None without any.
    """

    dataset_id: int
    slug: str
    state: str
    updated_at: datetime
    attributes: Sequence[Attribute]
    frame: pd.DataFrame
    purchased: date | None


def read_customers(database: Database, settings: Settings, slug: str) -> Customers:
    """Read them; a file that is being imported meanwhile makes this start again."""
    for _attempt in range(ATTEMPTS):
        with database.reading() as session:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
        frame = Snapshots(database, settings).frame(slug)
        with database.reading() as session:
            unchanged = require_dataset(session, slug).state == dataset.state
            purchased = newest_purchase(session, slug)
        if unchanged:
            return Customers(dataset.id, slug, dataset.state, dataset.updated_at, attributes, frame, purchased)
    raise ConflictError(f"the customers of dataset {slug!r} keep changing; try again when the import is done")
