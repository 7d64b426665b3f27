"""Named selects on who went where from one run to the next."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from db.models import Assignment, Segment, SegmentIdentity


def flows(session: Session, before: int, now: int) -> Sequence[tuple[int | None, int, int]]:
    """(segment id in run `before`, segment id in run `now`, customers); None: they were not there before."""
    then, here = aliased(Assignment), aliased(Assignment)
    same = sa.and_(then.scoring_run_id == before, then.customer_id == here.customer_id)
    rows = session.execute(
        sa.select(then.segment_id, here.segment_id, sa.func.count())
        .select_from(here)
        .outerjoin(then, same)
        .where(here.scoring_run_id == now)
        .group_by(then.segment_id, here.segment_id)
        .order_by(then.segment_id, here.segment_id)
    )
    return [(start, end, customers) for start, end, customers in rows]


def identities_by_segment(session: Session, segment_ids: Collection[int]) -> dict[int, SegmentIdentity]:
    """The identity of each of these segments, of whatever version; one that is gone is absent."""
    rows = session.execute(
        sa.select(Segment.id, SegmentIdentity)
        .join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id)
        .where(Segment.id.in_(list(segment_ids)))
    )
    return {row[0]: row[1] for row in rows}
