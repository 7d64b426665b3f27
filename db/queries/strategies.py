"""Named selects on what is done for segments."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Strategy


def plays_of(session: Session, identity_ids: Collection[int]) -> dict[int, Strategy]:
    """The play of each identity, by identity; one without a play is absent."""
    rows = session.scalars(select(Strategy).where(Strategy.identity_id.in_(list(identity_ids))))
    return {row.identity_id: row for row in rows}
