"""Named selects on what was computed over all customers of a dataset."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.models import Attribute, Summary


def summary_of(session: Session, dataset_id: int, kind: str) -> Summary | None:
    """The newest summary of a kind; None before the first."""
    return session.get(Summary, (dataset_id, kind))


def buying_attributes(session: Session) -> Sequence[Attribute]:
    """The attributes of every dataset that tell when, how often and for how much somebody bought, in their order."""
    told = or_(Attribute.role.in_(("recency", "frequency", "value")), Attribute.computed)
    return session.scalars(select(Attribute).where(told).order_by(Attribute.dataset_id, Attribute.position)).all()
