"""Deleting a dataset, or every trace of one customer, from the store."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, Select, delete, func, select, update
from sqlalchemy.orm import Session

from db.models import (
    Assignment,
    Dataset,
    ImportBatch,
    ImportProblem,
    Job,
    ModelAlias,
    ModelVersion,
    ProjectionPoint,
    Recipe,
    RunSegment,
    ScoringRun,
    Segment,
    SegmentIdentity,
)


def running_jobs(session: Session, slug: str) -> int:
    """How many jobs of a dataset are at work."""
    jobs = select(func.count()).select_from(Job).where(Job.queue == slug, Job.status == "running")
    return session.scalar(jobs) or 0


def received_files(session: Session, dataset_id: int) -> set[str]:
    """sha256 of every file received for a dataset."""
    return set(session.scalars(select(ImportBatch.sha256).where(ImportBatch.dataset_id == dataset_id)))


def batch_ids(session: Session, dataset_id: int) -> list[int]:
    """Every file received for a dataset."""
    return list(session.scalars(select(ImportBatch.id).where(ImportBatch.dataset_id == dataset_id)))


def delete_dataset(session: Session, dataset_id: int, slug: str) -> None:
    """Every row of a dataset; its typed table is the caller's. Children first where no cascade leads."""
    versions = select(ModelVersion.id).where(ModelVersion.dataset_id == dataset_id)
    session.execute(delete(ScoringRun).where(ScoringRun.dataset_id == dataset_id))
    session.execute(delete(ModelAlias).where(ModelAlias.dataset_id == dataset_id))
    session.execute(delete(Segment).where(Segment.model_version_id.in_(versions)))
    session.execute(update(ModelVersion).where(ModelVersion.dataset_id == dataset_id).values(parent_id=None))
    session.execute(delete(ModelVersion).where(ModelVersion.dataset_id == dataset_id))
    session.execute(update(SegmentIdentity).where(SegmentIdentity.dataset_id == dataset_id).values(same_as_id=None))
    session.execute(delete(SegmentIdentity).where(SegmentIdentity.dataset_id == dataset_id))
    session.execute(delete(Recipe).where(Recipe.dataset_id == dataset_id))
    session.execute(delete(Job).where((Job.dataset_id == dataset_id) | (Job.queue == slug)))
    session.execute(delete(Dataset).where(Dataset.id == dataset_id).execution_options(synchronize_session=False))


def forget_customer(session: Session, dataset_id: int, customer_id: int) -> int:
    """Assignments, map points and examples of one customer; returns how many assignments there were."""
    runs = select(ScoringRun.id).where(ScoringRun.dataset_id == dataset_id)
    gone: Any = session.execute(
        delete(Assignment).where(Assignment.customer_id == customer_id, Assignment.scoring_run_id.in_(runs))
    )
    session.execute(
        delete(ProjectionPoint).where(
            ProjectionPoint.customer_id == customer_id, ProjectionPoint.scoring_run_id.in_(runs)
        )
    )
    for row in session.scalars(select(RunSegment).where(RunSegment.scoring_run_id.in_(runs))):
        if customer_id in row.typical or customer_id in row.border:
            row.typical = [each for each in row.typical if each != customer_id]
            row.border = [each for each in row.border if each != customer_id]
    _forget_unusual(session, dataset_id, {customer_id})
    return int(gone.rowcount)


def forget_created(session: Session, dataset_id: int, customers: Select[tuple[int]]) -> None:
    """Assignments, map points and examples of customers that are about to be removed; the runs keep their counts."""
    runs = list(session.scalars(select(ScoringRun.id).where(ScoringRun.dataset_id == dataset_id)))
    if not runs:
        return
    for table in (Assignment, ProjectionPoint):
        session.execute(
            delete(table).where(table.scoring_run_id.in_(runs), table.customer_id.in_(customers)),
            execution_options={"synchronize_session": False},
        )
    gone = set(session.scalars(customers))
    for row in session.scalars(select(RunSegment).where(RunSegment.scoring_run_id.in_(runs))):
        if not gone.isdisjoint([*row.typical, *row.border]):
            row.typical = [each for each in row.typical if each not in gone]
            row.border = [each for each in row.border if each not in gone]
    _forget_unusual(session, dataset_id, gone)


def _forget_unusual(session: Session, dataset_id: int, gone: Collection[Any]) -> None:
    """Runs keep who is far from every segment, or between two: without these customers. How many there were stays."""
    for run in session.scalars(
        select(ScoringRun).where(ScoringRun.dataset_id == dataset_id, ScoringRun.unusual.is_not(None))
    ):
        told = run.unusual or {}
        run.unusual = {
            name: {**part, "top": [each for each in part["top"] if each["customer_id"] not in gone]} if part else part
            for name, part in told.items()
        }


def forget_problems(session: Session, dataset_id: int, key: str) -> int:
    """Problems that show the key as their value or in a row that could not be cut; the counts of their batches stay."""
    batches = select(ImportBatch.id).where(ImportBatch.dataset_id == dataset_id)
    torn = (ImportProblem.cause == "wrong_cell_count") & ImportProblem.value.contains(key, autoescape=True)
    showing = (ImportProblem.value == key) | torn
    gone: Any = session.execute(
        delete(ImportProblem).where(ImportProblem.batch_id.in_(batches), showing),
        execution_options={"synchronize_session": False},
    )
    return int(gone.rowcount)


def forget_in_jobs(session: Session, dataset_id: int, key: str) -> None:
    """Jobs repeat the first problems of an import: without those that show the key."""
    for job in session.scalars(select(Job).where(Job.dataset_id == dataset_id, Job.result.is_not(None))):
        problems = (job.result or {}).get("problems")
        if problems:
            kept = [
                problem
                for problem in problems
                if problem["value"] != key and not (problem["cause"] == "wrong_cell_count" and key in problem["value"])
            ]
            job.result = {**(job.result or {}), "problems": kept}


def truncate_log(engine: Engine) -> None:
    """Empty SQLite's write-ahead log, where earlier states of the pages stand; PostgreSQL vacuums by itself."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            driver = connection.connection.dbapi_connection
            assert driver is not None
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
