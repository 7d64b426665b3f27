"""Named selects for writing members of segments."""

from collections.abc import Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from db.models import Assignment, ModelAlias, ScoringRun, Segment, SegmentIdentity


def newest_run(session: Session, dataset_id: int) -> int | None:
    """The newest scoring run of the dataset's champion whose assignments are kept; None without one."""
    return session.scalar(
        select(ScoringRun.id)
        .join(ModelAlias, ModelAlias.model_version_id == ScoringRun.model_version_id)
        .where(
            ModelAlias.dataset_id == dataset_id,
            ModelAlias.alias == "champion",
            ModelAlias.until.is_(None),
            ScoringRun.pruned_at.is_(None),
        )
        .order_by(ScoringRun.id.desc())
        .limit(1)
    )


def segments_of_run(session: Session, run_id: int) -> dict[int, tuple[str, str]]:
    """(name, slug) of every segment of a run's model version, by segment id; also of empty segments."""
    rows = session.execute(
        select(Segment.id, SegmentIdentity.name, SegmentIdentity.slug)
        .join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id)
        .join(ScoringRun, ScoringRun.model_version_id == Segment.model_version_id)
        .where(ScoringRun.id == run_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def segment_names(session: Session) -> set[tuple[str, str]]:
    """(name, slug) of every segment there ever was, of any dataset."""
    rows = session.execute(select(SegmentIdentity.name, SegmentIdentity.slug).distinct())
    return {(row[0], row[1]) for row in rows}


def assignments_of(session: Session, run_id: int, first: int, last: int) -> Sequence[Row[int, int, float]]:
    """(customer_id, segment_id, confidence) of the customers with ids from `first` to `last`."""
    return session.execute(
        select(Assignment.customer_id, Assignment.segment_id, Assignment.confidence).where(
            Assignment.scoring_run_id == run_id, Assignment.customer_id.between(first, last)
        )
    ).all()
