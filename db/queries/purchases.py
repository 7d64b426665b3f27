"""Named selects on the purchases of a dataset."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.transactions import transactions_table


def newest_purchase(session: Session, slug: str) -> date | None:
    """The day of the newest stored purchase; None where the dataset has none."""
    table = transactions_table(slug)
    if not sa.inspect(session.connection()).has_table(table.name):
        return None
    newest = session.scalar(sa.select(sa.func.max(table.c.occurred_at)))
    return newest.date() if newest else None
