"""Named selects on import batches and their problems."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import ImportBatch, ImportProblem


def batches_of(session: Session, dataset_id: int) -> Sequence[ImportBatch]:
    """The files received for a dataset, newest first."""
    return session.scalars(
        select(ImportBatch).where(ImportBatch.dataset_id == dataset_id).order_by(ImportBatch.id.desc())
    ).all()


def problems_of(session: Session, batch_id: int, limit: int) -> Sequence[ImportProblem]:
    """The first problems of a batch, by row."""
    return session.scalars(
        select(ImportProblem)
        .where(ImportProblem.batch_id == batch_id)
        .order_by(ImportProblem.row_number, ImportProblem.id)
        .limit(limit)
    ).all()
