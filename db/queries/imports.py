"""Named selects on import batches and their problems."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Dataset, FileFormat, ImportBatch, ImportProblem


def batches_of(session: Session, dataset_id: int) -> Sequence[ImportBatch]:
    """The files received for a dataset, newest first."""
    return session.scalars(
        select(ImportBatch).where(ImportBatch.dataset_id == dataset_id).order_by(ImportBatch.id.desc())
    ).all()


def batches_before(session: Session, dataset_id: int, at: datetime) -> Sequence[ImportBatch]:
    """The files a dataset was made of at a moment, oldest first: stored by then, and not taken back since."""
    return session.scalars(
        select(ImportBatch)
        .where(ImportBatch.dataset_id == dataset_id, ImportBatch.status == "committed", ImportBatch.created_at <= at)
        .order_by(ImportBatch.id)
    ).all()


def problems_of(session: Session, batch_id: int, limit: int) -> Sequence[ImportProblem]:
    """The first problems of a batch, by row."""
    return session.scalars(
        select(ImportProblem)
        .where(ImportProblem.batch_id == batch_id)
        .order_by(ImportProblem.row_number, ImportProblem.id)
        .limit(limit)
    ).all()


def newest_transactions(session: Session, dataset_id: int) -> ImportBatch | None:
    """The newest committed batch of purchases; None when there is none (any more)."""
    return session.scalar(
        select(ImportBatch)
        .where(
            ImportBatch.dataset_id == dataset_id, ImportBatch.kind == "transactions", ImportBatch.status == "committed"
        )
        .order_by(ImportBatch.id.desc())
        .limit(1)
    )


def stored_lines(session: Session, dataset_id: int) -> Sequence[ImportBatch]:
    """The committed batches of purchases, oldest first."""
    return session.scalars(
        select(ImportBatch)
        .where(
            ImportBatch.dataset_id == dataset_id, ImportBatch.kind == "transactions", ImportBatch.status == "committed"
        )
        .order_by(ImportBatch.id)
    ).all()


def first_made_of(session: Session, dataset_id: int, beginning: str) -> ImportBatch | None:
    """The oldest committed batch of a dataset made from a file whose hash begins so; None when there is none."""
    return session.scalar(
        select(ImportBatch)
        .where(
            ImportBatch.dataset_id == dataset_id,
            ImportBatch.status == "committed",
            ImportBatch.sha256.startswith(beginning),
        )
        .order_by(ImportBatch.id)
        .limit(1)
    )


def committed_with(session: Session, sha256: str) -> Sequence[tuple[ImportBatch, Dataset]]:
    """Every committed batch made from a file with this hash, with its dataset, newest first."""
    rows = session.execute(
        select(ImportBatch, Dataset)
        .join(Dataset, Dataset.id == ImportBatch.dataset_id)
        .where(ImportBatch.sha256 == sha256, ImportBatch.status == "committed")
        .order_by(ImportBatch.id.desc())
    )
    return [(row[0], row[1]) for row in rows]


def newest_of_each(session: Session, kind: str) -> Sequence[tuple[ImportBatch, Dataset]]:
    """The newest committed batch of this kind of every dataset that has one, with the dataset."""
    newest = (
        select(func.max(ImportBatch.id))
        .where(ImportBatch.kind == kind, ImportBatch.status == "committed")
        .group_by(ImportBatch.dataset_id)
    )
    rows = session.execute(
        select(ImportBatch, Dataset)
        .join(Dataset, Dataset.id == ImportBatch.dataset_id)
        .where(ImportBatch.id.in_(newest))
    )
    return [(row[0], row[1]) for row in rows]


def file_format(session: Session, dataset_id: int, signature: str) -> FileFormat | None:
    """What was chosen for files with this header; None when nothing was."""
    return session.scalar(
        select(FileFormat).where(FileFormat.dataset_id == dataset_id, FileFormat.signature == signature)
    )


def examples_of(session: Session, batch_id: int, cause: str, limit: int) -> Sequence[ImportProblem]:
    """The first problems of one cause, by row."""
    return session.scalars(
        select(ImportProblem)
        .where(ImportProblem.batch_id == batch_id, ImportProblem.cause == cause)
        .order_by(ImportProblem.row_number, ImportProblem.id)
        .limit(limit)
    ).all()
