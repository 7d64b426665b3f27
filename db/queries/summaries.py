"""Named selects on what was computed over all customers of a dataset."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from db.models import Attribute, Correlation, Summary


def summary_of(session: Session, dataset_id: int, kind: str) -> Summary | None:
    """The newest summary of a kind; None before the first."""
    return session.get(Summary, (dataset_id, kind))


def buying_attributes(session: Session) -> Sequence[Attribute]:
    """The attributes of every dataset that tell when, how often and for how much somebody bought, in their order."""
    told = or_(Attribute.role.in_(("recency", "frequency", "value")), Attribute.computed)
    return session.scalars(select(Attribute).where(told).order_by(Attribute.dataset_id, Attribute.position)).all()


def correlations_of(
    session: Session, dataset_id: int, attribute: str | None = None, most: int = 1000
) -> Sequence[Correlation]:
    """The pairs of a dataset, or of one attribute, the strongest first."""
    mine = select(Correlation).where(Correlation.dataset_id == dataset_id)
    if attribute is not None:
        mine = mine.where(or_(Correlation.first == attribute, Correlation.second == attribute))
    strongest = mine.order_by(Correlation.strength.desc(), Correlation.first, Correlation.second)
    return session.scalars(strongest.limit(most)).all()


def correlations_among(session: Session, dataset_id: int, attributes: Collection[str]) -> Sequence[Correlation]:
    """The pairs within a few attributes."""
    within = Correlation.first.in_(attributes), Correlation.second.in_(attributes)
    return session.scalars(select(Correlation).where(Correlation.dataset_id == dataset_id, *within)).all()


def forget_correlations(session: Session, dataset_id: int) -> None:
    """Delete every pair of a dataset."""
    session.execute(delete(Correlation).where(Correlation.dataset_id == dataset_id))
