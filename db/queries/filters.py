"""Named selects on saved filters."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import SavedFilter


def saved_filters(session: Session, dataset_id: int) -> Sequence[SavedFilter]:
    """The saved filters of a dataset, by name."""
    mine = select(SavedFilter).where(SavedFilter.dataset_id == dataset_id)
    return session.scalars(mine.order_by(SavedFilter.name)).all()


def saved_filter(session: Session, dataset_id: int, name: str) -> SavedFilter | None:
    """The saved filter of this name; None when there is none."""
    mine = select(SavedFilter).where(SavedFilter.dataset_id == dataset_id, SavedFilter.name == name)
    return session.scalar(mine)
