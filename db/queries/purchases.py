"""Named selects on the purchases of a dataset."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.customers import table_name
from db.transactions import transactions_table


def newest_purchase(session: Session, slug: str) -> date | None:
    """The day of the newest stored purchase; None where the dataset has none."""
    table = transactions_table(slug)
    if not sa.inspect(session.connection()).has_table(table.name):
        return None
    newest = session.scalar(sa.select(sa.func.max(table.c.occurred_at)))
    return newest.date() if newest else None


def strangers(session: Session, slug: str, batch_id: int, first_id: int) -> tuple[str, str] | None:
    """A key of those who bought in a batch and one of the customers before it; None where any of the former is known.

    Customers beyond `first_id` were created by the batch.
    """
    lines = transactions_table(slug)
    people = sa.table(table_name(slug), sa.column("customer_id"), sa.column("customer_key"))
    bought = sa.select(lines.c.customer_key).where(lines.c.import_batch_id == batch_id)
    known = people.c.customer_id < first_id
    if session.scalar(sa.select(sa.exists().where(known, people.c.customer_key.in_(bought)))):
        return None
    new = session.scalar(bought.where(lines.c.customer_key.is_not(None)).limit(1))
    old = session.scalar(sa.select(people.c.customer_key).where(known).limit(1))
    return None if new is None or old is None else (new, old)
