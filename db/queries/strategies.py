"""Named selects on what is done for segments, and what was done to it."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models import SegmentIdentity, Strategy, StrategyChange


def plays_of(session: Session, identity_ids: Collection[int]) -> dict[int, Strategy]:
    """The play of each identity, by identity; one without a play is absent."""
    rows = session.scalars(select(Strategy).where(Strategy.identity_id.in_(list(identity_ids))))
    return {row.identity_id: row for row in rows}


def plays_elsewhere(session: Session, dataset_id: int, identity_ids: Collection[int]) -> list[SegmentIdentity]:
    """The identities of a dataset that have a play and are none of these, by name."""
    return list(
        session.scalars(
            select(SegmentIdentity)
            .join(Strategy, Strategy.identity_id == SegmentIdentity.id)
            .where(SegmentIdentity.dataset_id == dataset_id, SegmentIdentity.id.not_in(list(identity_ids)))
            .order_by(SegmentIdentity.name, SegmentIdentity.id)
        )
    )


def changes_of(session: Session, identity_id: int) -> Sequence[StrategyChange]:
    """Every change of the play of an identity, the newest first."""
    return session.scalars(
        select(StrategyChange).where(StrategyChange.identity_id == identity_id).order_by(StrategyChange.id.desc())
    ).all()


def move_changes(session: Session, from_id: int, to_id: int) -> None:
    """The history of one identity's play is another's from now on."""
    session.execute(update(StrategyChange).where(StrategyChange.identity_id == from_id).values(identity_id=to_id))
