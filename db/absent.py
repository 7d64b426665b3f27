"""Customers of a dataset that a file does not name: found, and marked in a flag of the dataset.

Nothing here commits; the caller's transaction decides.
"""

from collections.abc import Iterable

import pyarrow as pa
import sqlalchemy as sa

from db.before import CHANGED_BY
from db.bulk import bulk_insert

PRESENT, ABSENT = "also_present", "absent"


def load_present(connection: sa.Connection, batches: Iterable[pa.RecordBatch]) -> sa.Table:
    """A temporary table of the keys that the file names in rows which are not merged; ``customer_key``."""
    table = sa.Table(PRESENT, sa.MetaData(), sa.Column("customer_key", sa.Text), prefixes=["TEMPORARY"])
    table.create(connection, checkfirst=False)
    bulk_insert(connection, table, batches)
    return table


def find(connection: sa.Connection, customers: sa.Table, *named: sa.Table) -> sa.Table:
    """A temporary table of the customers whose key is in none of the tables `named`: ``customer_id``, ``previous``.

    ``previous`` is the batch that had written them.
    """
    table = sa.Table(
        ABSENT,
        sa.MetaData(),
        sa.Column("customer_id", customers.c.customer_id.type, primary_key=True, autoincrement=False),
        sa.Column("previous", sa.Integer),
        prefixes=["TEMPORARY"],
    )
    table.create(connection, checkfirst=False)
    keys = sa.except_(sa.select(customers.c.customer_key), *(sa.select(each.c.customer_key) for each in named))
    rows = sa.select(customers.c.customer_id, customers.c.import_batch_id).where(customers.c.customer_key.in_(keys))
    connection.execute(sa.insert(table).from_select(["customer_id", "previous"], rows))
    return table


def count(connection: sa.Connection, absent: sa.Table) -> int:
    """How many there are."""
    return connection.scalar(sa.select(sa.func.count()).select_from(absent)) or 0


def examples(connection: sa.Connection, customers: sa.Table, absent: sa.Table, limit: int) -> list[str]:
    """The keys of the first ones."""
    found = (
        sa.select(customers.c.customer_key)
        .join(absent, absent.c.customer_id == customers.c.customer_id)
        .order_by(customers.c.customer_id)
        .limit(limit)
    )
    return list(connection.scalars(found))


def mark(
    connection: sa.Connection, customers: sa.Table, before: sa.Table, absent: sa.Table, flag: str, batch_id: int
) -> tuple[int, frozenset[int]]:
    """Set the flag of the absent customers, with before-images; how many, and the batches that had written them.

    Who has the flag already is left as he is, but counts as met: the batch says so too.
    """
    of_absent = customers.c.customer_id.in_(sa.select(absent.c.customer_id))
    not_yet = sa.and_(of_absent, customers.c[flag].is_not(sa.true()))
    names = [column.name for column in before.columns if column.name != CHANGED_BY]
    images = sa.select(sa.literal(batch_id), *(customers.c[name] for name in names)).where(not_yet)
    connection.execute(sa.insert(before).from_select([CHANGED_BY, *names], images))
    change = sa.update(customers).values({flag: sa.true(), "import_batch_id": batch_id}).where(not_yet)
    marked = connection.execute(change, execution_options={"preserve_rowcount": True}).rowcount
    met = connection.scalars(sa.select(absent.c.previous).distinct().where(absent.c.previous.is_not(None)))
    return int(marked), frozenset(met)


def clear_all(connection: sa.Connection, customers: sa.Table, flag: str) -> None:
    """Nobody has the flag."""
    connection.execute(sa.update(customers).values({flag: sa.false()}))
