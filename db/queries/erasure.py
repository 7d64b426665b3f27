"""Deleting a dataset, or every trace of one customer, from the store."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select, Table, case, delete, func, literal, select, update
from sqlalchemy.orm import Session

from db.models import (
    Assignment,
    Campaign,
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
from db.queries.campaigns import forget_members
from db.queries.scenarios import forget_in_scenarios


def running_jobs(session: Session, slug: str) -> int:
    """How many jobs of a dataset are at work."""
    jobs = select(func.count()).select_from(Job).where(Job.queue == slug, Job.status == "running")
    return session.scalar(jobs) or 0


def received_files(session: Session, dataset_id: int) -> set[str]:
    """sha256 of every file received for a dataset, imported or as the results of a campaign."""
    outcomes = session.scalars(
        select(Campaign.outcome).where(Campaign.dataset_id == dataset_id, Campaign.outcome.is_not(None))
    )
    results = {received for told in outcomes if told for received in told.get("received", [])}
    return results | set(session.scalars(select(ImportBatch.sha256).where(ImportBatch.dataset_id == dataset_id)))


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


@dataclass(frozen=True)
class Leaving:
    """Customers who are about to be removed: their ids, and what is needed to count them out.

    ``table`` is the dataset's, with the columns ``value`` that add up to what a customer is worth; ``border`` gives
    the confidence under which an algorithm's customers are borderline.
    """

    ids: Select[tuple[int]]
    table: Table
    value: Sequence[str]
    border: Callable[[str], float]


def forget_customers(session: Session, dataset_id: int, leaving: Leaving) -> int:
    """Remove customers from runs, campaigns and scenarios before they leave the store; how many assignments they had.

    Assignments, map points and examples go, and the counts of the runs are what remains: a run then has as many people
    as assignments, and no page shows somebody who was erased or taken back. Averages and distributions stay those of
    the run until the next scoring.
    """
    algorithms = (
        select(ScoringRun.id, ModelVersion.algorithm)
        .join(ModelVersion, ModelVersion.id == ScoringRun.model_version_id)
        .where(ScoringRun.dataset_id == dataset_id)
    )
    forget_members(session, dataset_id, leaving.ids)
    forget_in_scenarios(session, dataset_id, leaving.ids)
    runs = {row.id: row.algorithm for row in session.execute(algorithms)}
    if not runs:
        return 0
    _count_out(session, runs, leaving)
    gone = set(session.scalars(leaving.ids))
    assignments = 0
    for table in (ProjectionPoint, Assignment):
        removed: Any = session.execute(
            delete(table).where(table.scoring_run_id.in_(list(runs)), table.customer_id.in_(leaving.ids)),
            execution_options={"synchronize_session": False},
        )
        assignments = int(removed.rowcount)
    for row in session.scalars(select(RunSegment).where(RunSegment.scoring_run_id.in_(list(runs)))):
        if not gone.isdisjoint([*row.typical, *row.border]):
            row.typical = [each for each in row.typical if each not in gone]
            row.border = [each for each in row.border if each not in gone]
    _forget_unusual(session, dataset_id, gone)
    return assignments


def _count_out(session: Session, runs: Mapping[int, str], leaving: Leaving) -> None:
    """Lower the counts of the runs; of what a customer is worth, what is stored of them now."""
    columns = [func.coalesce(leaving.table.c[name], 0.0) for name in leaving.value]
    worth = sum(columns[1:], columns[0]) if columns else literal(0.0)
    for border in {leaving.border(algorithm) for algorithm in runs.values()}:
        those = [run for run, algorithm in runs.items() if leaving.border(algorithm) == border]
        unsure = case((Assignment.confidence < border, 1), else_=0)
        counted = (
            select(Assignment.scoring_run_id, Assignment.segment_id, func.count(), func.sum(worth), func.sum(unsure))
            .join(leaving.table, leaving.table.c.customer_id == Assignment.customer_id)
            .where(Assignment.scoring_run_id.in_(those), Assignment.customer_id.in_(leaving.ids))
            .group_by(Assignment.scoring_run_id, Assignment.segment_id)
        )
        for run_id, segment_id, customers, value, borderline in session.execute(counted).all():
            counts = session.get_one(RunSegment, (run_id, segment_id))
            borderline = min(borderline, counts.borderline)  # Unassigned has none
            run = session.get_one(ScoringRun, run_id)
            for row in (counts, run):
                row.customers -= customers
                row.borderline -= borderline
                if row.value is not None:
                    row.value = row.value - value if row.customers else 0.0


def _forget_unusual(session: Session, dataset_id: int, gone: Collection[Any]) -> None:
    """Runs keep who is far from every segment, or between two: without these customers, nor their count."""
    for run in session.scalars(
        select(ScoringRun).where(ScoringRun.dataset_id == dataset_id, ScoringRun.unusual.is_not(None))
    ):
        told = {
            name: {**part, "top": [each for each in part["top"] if each["customer_id"] not in gone]} if part else part
            for name, part in (run.unusual or {}).items()
        }
        if unusual := told.get("unusual"):
            before = (run.unusual or {})["unusual"]["top"]
            lost = Counter(str(each["segment_id"]) for each in before if each["customer_id"] in gone)
            left = {key: customers - lost[key] for key, customers in unusual["by_label"].items()}
            told["unusual"] = {**unusual, "by_label": left, "customers": sum(left.values())}
        run.unusual = told


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
