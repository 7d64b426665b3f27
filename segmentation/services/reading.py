"""The customers of a dataset as training and scoring read them: one consistent view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from db.models import Attribute
from db.queries.datasets import attributes_of
from db.queries.purchases import newest_purchase
from db.session import Database
from segmentation.as_of import choose_as_of, parse_as_of
from segmentation.config import Settings
from segmentation.errors import ConflictError
from segmentation.features.recipes import Match, check_fit, match
from segmentation.lookups import require_dataset, require_recipe
from segmentation.progress import Progress
from segmentation.snapshots import Snapshots

ATTEMPTS = 3


@dataclass(frozen=True)
class Customers:
    """All customers of a dataset in one state, with every attribute, in the order of `in_order`.

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
            frame = in_order(frame, keyed=dataset.key_attribute is not None)
            return Customers(dataset.id, slug, dataset.state, dataset.updated_at, attributes, frame, purchased)
    raise ConflictError(f"the customers of dataset {slug!r} keep changing; try again when the import is done")


def in_order(frame: pd.DataFrame, *, keyed: bool) -> pd.DataFrame:
    """The customers in an order that follows from who they are, not from where they stood in a file.

    Samples, starts and sums depend on the order of rows; this way the same customers get the same segments from a
    file in any order.

    Parameters
    ----------
    frame : DataFrame, index customer_id
        With ``customer_key`` and every attribute.
    keyed : bool
        The file has a key. Where it is the number of the row, the values decide.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_key": ["2", "1"], "age": [30.0, 40.0]}, index=[7, 8])
    >>> in_order(people, keyed=True).index.tolist(), in_order(people, keyed=False).index.tolist()
    ([8, 7], [7, 8])
    """
    names = ["customer_key"] if keyed else [name for name in frame if name != "customer_key"]
    if not names:
        return frame
    sorting = pa.table({str(at): pa.array(frame[name], from_pandas=True) for at, name in enumerate(names)})
    order = pc.sort_indices(sorting, sort_keys=[(name, "ascending") for name in sorting.column_names]).to_numpy()
    return frame if (order[1:] > order[:-1]).all() else frame.iloc[order]


@dataclass(frozen=True)
class Asked:
    """A recipe met the customers of a dataset; ``as_of`` is the day ages and tenures are counted to."""

    customers: Customers
    matched: Match
    as_of: date


def read_asked(
    database: Database, settings: Settings, slug: str, recipe: str, as_of: date | str | None, progress: Progress
) -> Asked:
    """What training and comparing begin with.

    Raises
    ------
    NotFoundError, TrainingError
        There is no such dataset or recipe, the recipe does not fit, or `as_of` is no day; told before anything is
        read where that is possible.
    """
    with database.reading() as session:
        chosen = require_recipe(session, require_dataset(session, slug).id, recipe)
    asked = parse_as_of(as_of)
    progress(0.0, "reading the customers")
    customers = read_customers(database, settings, slug)
    matched = match(chosen, customers.attributes)
    check_fit(matched, customers.attributes, slug)
    day = choose_as_of(asked, customers.frame, customers.attributes, customers.updated_at.date(), customers.purchased)
    return Asked(customers, matched, day)
