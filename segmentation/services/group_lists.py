"""A file of customer keys becomes a list of the customers who are stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from db.session import Database
from segmentation.config import Settings
from segmentation.errors import BadFileError
from segmentation.ingest.keys import KEY_HEADER, place_of
from segmentation.ingest.staging import staged
from segmentation.lookups import require_dataset
from segmentation.services.import_run import opened_for
from segmentation.services.import_views import ImportOptions
from segmentation.snapshots import Snapshots

MOST_LISTED = 100_000
EXAMPLES = 3


@dataclass(frozen=True)
class Listed:
    """The ids of the customers a file names; how many of its keys nobody has, and the first few of these."""

    ids: list[int]
    unknown: int
    examples: list[str]


def read_list(database: Database, settings: Settings, slug: str, path: Path) -> Listed:
    """The customers whose keys a file has: in the column the dataset is keyed by, or in its only one.

    Raises
    ------
    NotFoundError
        There is no such dataset.
    BadFileError
        The file cannot be read, has no such column, or names more than 100,000 customers or nobody who is stored.
    """
    with database.reading() as session:
        key = require_dataset(session, slug).key_attribute or KEY_HEADER
    with opened_for(database, settings, path, slug, ImportOptions()) as (plain, dialect):
        header = dialect.header
        place = 0 if len(header) == 1 else place_of(header, key, "the key column of the dataset")
        with staged(plain, dialect, settings.staging) as staging:
            found = staging.rows_of(f"SELECT DISTINCT c{place} FROM staged WHERE c{place} IS NOT NULL")
    keys = [each for [each] in found]
    customers = Snapshots(database, settings).table(slug, ["customer_key"])
    stored = customers.column("customer_key")
    if len(header) == 1 and header[0] not in keys and _has(stored, header[0]):
        keys.append(header[0])  # a list without a header: its first line is a key
    ids = customers.column("customer_id").filter(pc.is_in(stored, pa.array(keys, pa.string()))).to_pylist()
    unknown = sorted(set(keys) - set(_named(stored, keys)))
    if len(ids) > MOST_LISTED:
        raise BadFileError(
            f"{path.name} names {len(ids):,} customers; a list can have {MOST_LISTED:,}: use a saved filter"
        )
    if not ids:
        raise BadFileError(
            f"{path.name} names nobody who is stored: {', '.join(map(repr, unknown[:EXAMPLES]))} "
            f"and the like are no keys of dataset {slug!r}"
        )
    return Listed(ids, len(unknown), unknown[:EXAMPLES])


def _has(stored: pa.ChunkedArray, key: str) -> bool:
    return bool(pc.any(pc.equal(stored, key)).as_py())


def _named(stored: pa.ChunkedArray, keys: Sequence[str]) -> list[str]:
    wanted = pa.array(keys, pa.string())
    return wanted.filter(pc.is_in(wanted, stored.combine_chunks())).to_pylist()
