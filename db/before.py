"""What rows looked like before an import changed them, and taking an import back.

``customer_before_<slug>`` is typed like the customers table it belongs to, so that before-images are one
INSERT ... SELECT and numbers come back bit for bit. Nothing here commits; the caller's transaction decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from db import customers
from db.customers import Column

CHANGED_BY = "_changed_by"  # no attribute is called so: their names begin with a letter or digit


@dataclass(frozen=True)
class Undone:
    """What an undo did to the customers."""

    removed: int
    restored: int


def table_name(slug: str) -> str:
    """Name of the table with a dataset's before-images."""
    return f"customer_before_{slug}"


def before_table(slug: str, attributes: Iterable[Column]) -> sa.Table:
    """The before-images of dataset `slug`; described, not created.

    One row per batch and customer that the batch changed: the attributes as they were, and in
    ``import_batch_id`` the batch that had written them.

    >>> [column.name for column in before_table("mall", []).columns]
    ['_changed_by', 'customer_id', 'import_batch_id']
    """
    like = customers.customers_table(slug, attributes)
    return sa.Table(
        table_name(slug),
        sa.MetaData(),
        sa.Column(CHANGED_BY, sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("customer_id", like.c.customer_id.type, primary_key=True, autoincrement=False),
        *(sa.Column(each.name, each.type) for each in like.columns if each.name not in ("customer_id", "customer_key")),
    )


def create(connection: sa.Connection, slug: str, attributes: Sequence[Column]) -> sa.Table:
    """The table with a column for every attribute, made or completed as needed."""
    table = before_table(slug, attributes)
    there = sa.inspect(connection)
    if not there.has_table(table.name):
        table.create(connection)
        return table
    known = {column["name"] for column in there.get_columns(table.name)}
    missing = [attribute for attribute in attributes if attribute.name not in known]
    customers.add_columns_to(connection, table.name, missing)
    return table


def drop(connection: sa.Connection, slug: str) -> None:
    """Drop the dataset's table, if it is there."""
    before_table(slug, ()).drop(connection, checkfirst=True)


def forget(connection: sa.Connection, slug: str, customer_id: int) -> None:
    """Delete every before-image of one customer."""
    table = before_table(slug, ())
    if sa.inspect(connection).has_table(table.name):
        connection.execute(sa.delete(table).where(table.c.customer_id == customer_id))


def created_by(slug: str, batch_id: int) -> sa.Select[tuple[int]]:
    """Ids of the customers that a batch created, as long as nobody changed them since.

    Of the rows a batch wrote these are the ones without a before-image; true also before `undo` restored those.
    """
    table, images = customers.customers_table(slug, ()), before_table(slug, ())
    earlier = sa.select(1).where(images.c[CHANGED_BY] == batch_id, images.c.customer_id == table.c.customer_id)
    return sa.select(table.c.customer_id).where(table.c.import_batch_id == batch_id, ~sa.exists(earlier))


def undo(connection: sa.Connection, slug: str, attributes: Sequence[Column], batch_id: int) -> Undone:
    """Put back the rows a batch changed and delete those it created; no later batch may have met them."""
    table, images = customers.customers_table(slug, attributes), create(connection, slug, attributes)
    names = [column.name for column in table.columns if column.name not in ("customer_id", "customer_key")]
    restore = (
        sa.update(table)
        .values({name: images.c[name] for name in names})
        .where(images.c[CHANGED_BY] == batch_id, images.c.customer_id == table.c.customer_id)
    )
    restored = connection.execute(restore, execution_options={"preserve_rowcount": True}).rowcount
    remove = sa.delete(table).where(table.c.import_batch_id == batch_id)
    removed = connection.execute(remove, execution_options={"preserve_rowcount": True}).rowcount
    connection.execute(sa.delete(images).where(images.c[CHANGED_BY] == batch_id))
    return Undone(int(removed), int(restored))
