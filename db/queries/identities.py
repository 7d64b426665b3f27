"""Named selects on what lasts of segments: who they are in which version, and what a version says became of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import AuditEvent, ModelVersion, Segment, SegmentIdentity


def identity_by_slug(session: Session, dataset_id: int, slug: str) -> SegmentIdentity | None:
    """The identity with this address; None when the dataset never had it."""
    return session.scalar(
        select(SegmentIdentity).where(SegmentIdentity.dataset_id == dataset_id, SegmentIdentity.slug == slug)
    )


def dataset_of_version(session: Session, version: int) -> int | None:
    """The id of the dataset a version belongs to, without reading the version; None when there is none."""
    return session.scalar(select(ModelVersion.dataset_id).where(ModelVersion.id == version))


def appearances(session: Session, identity_id: int) -> Sequence[Segment]:
    """The segments that are this identity, one per version, the oldest first."""
    return session.scalars(
        select(Segment).where(Segment.identity_id == identity_id).order_by(Segment.model_version_id)
    ).all()


def parents(session: Session, dataset_id: int) -> dict[int, int | None]:
    """The version each version of a dataset was compared with, None for the first."""
    rows = session.execute(select(ModelVersion.id, ModelVersion.parent_id).where(ModelVersion.dataset_id == dataset_id))
    return {row[0]: row[1] for row in rows}


def edits_of(session: Session, dataset: str, action: str, segment: str, since: datetime) -> Sequence[AuditEvent]:
    """What was done under `action` to the segment with this address since then, the newest first."""
    mine = (AuditEvent.action == action, AuditEvent.dataset == dataset, AuditEvent.at >= since)
    return session.scalars(
        select(AuditEvent)
        .where(*mine, AuditEvent.details["segment"].as_string() == segment)
        .order_by(AuditEvent.id.desc())
    ).all()
