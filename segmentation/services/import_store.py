"""The one transaction of an import; part of `segmentation.services.imports`."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import before, customers
from db.base import Base
from db.bulk import bulk_insert
from db.merge import Merged, load_incoming, merge
from db.models import Attribute, AuditEvent, Dataset, FileFormat, ImportBatch
from db.queries.datasets import attributes_of
from db.queries.imports import file_format
from db.session import Database, HeldConnection
from segmentation.config import Settings
from segmentation.ingest.dialect import Dialect
from segmentation.ingest.mapping import Plan
from segmentation.ingest.staging import Staging
from segmentation.ingest.validation import Checked, typed_batches
from segmentation.progress import Progress, part
from segmentation.services.import_views import ImportOptions, ImportResult
from segmentation.services.rfm import refresh
from segmentation.space import require_space


class MovedOn(Exception):
    """Another import changed the dataset's attributes since this one was planned: plan again."""


class TriedOnly(Exception):
    """A dry run has counted; the transaction is rolled back."""


@dataclass(frozen=True)
class Received:
    """A file, where it goes, and who brought it."""

    slug: str
    file_name: str
    dialect: Dialect
    options: ImportOptions
    by: str


def store(
    database: Database,
    settings: Settings,
    received: Received,
    batch_id: int | None,
    staging: Staging,
    planned: Plan,
    checked: Checked,
    known: Sequence[Attribute],
    progress: Progress,
) -> ImportResult:
    """Merge the accepted rows; the dataset, its attributes, the batch and its problems change with them or not at all.

    The rows are loaded beside the store first, so that others can write meanwhile.

    Raises
    ------
    MovedOn
        The dataset is no longer the one with the attributes `known`.
    """
    if database.is_sqlite:  # the customers, their index, and the log of the transaction
        require_space(settings.data_dir, 3 * received.dialect.size, "store the customers")
    result: ImportResult | None = None
    try:
        with database.held() as held:
            incoming = _load(held, planned, checked, staging, part(progress, 0.0, 0.8))
            progress(0.8, "storing the customers")
            with held.writing() as session:
                result = _merge(session, received, batch_id, staging, planned, checked, known, incoming)
                if received.options.dry_run:
                    raise TriedOnly
    except TriedOnly:
        pass
    except IntegrityError as error:
        if "uq_dataset_slug" not in str(error.orig):
            raise
        raise MovedOn from None  # another import created the dataset a moment ago (PostgreSQL)
    assert result is not None
    return result


def new_batch(session: Session, dataset_id: int, received: Received) -> ImportBatch:
    """The record of the file, running."""
    options = received.options
    batch = ImportBatch(
        dataset_id=dataset_id, file_name=received.file_name, sha256=received.dialect.sha256, kind=options.kind,
        dialect=received.dialect.as_json(), mapping={}, on_duplicate=options.on_duplicate, blank=options.blank,
        status="running", problem_counts={}, created_at=datetime.now(UTC), created_by=received.by,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


def _load(held: HeldConnection, planned: Plan, checked: Checked, staging: Staging, progress: Progress) -> sa.Table:
    def watched() -> Iterator[pa.RecordBatch]:
        done = 0
        for batch in typed_batches(staging, planned, checked):
            yield batch
            done += batch.num_rows
            progress(min(done / checked.rows, 1.0), "preparing the customers")

    with held.preparing() as connection:
        return load_incoming(connection, planned.columns, watched())


def _merge(
    session: Session,
    received: Received,
    batch_id: int | None,
    staging: Staging,
    planned: Plan,
    checked: Checked,
    known: Sequence[Attribute],
    incoming: sa.Table,
) -> ImportResult:
    options = received.options
    new = [column for column in planned.columns if column.new]
    # other imports into the dataset wait here; on SQLite the transaction itself is alone
    dataset = session.scalar(sa.select(Dataset).where(Dataset.slug == received.slug).with_for_update())
    _expect(session, dataset, known)
    if dataset is None:
        dataset = new_dataset(session, received, planned.key_header)
        customers.create(session.connection(), dataset.slug, new)
    else:
        customers.add_columns(session.connection(), dataset.slug, new)
    batch = session.get(ImportBatch, batch_id) if batch_id else None
    batch = batch or new_batch(session, dataset.id, received)
    _add_attributes(session, dataset, planned, len(known), batch.id)
    merged = merge(
        session.connection(),
        customers.customers_table(dataset.slug, [*known, *new]),
        before.create(session.connection(), dataset.slug, [*known, *new]),
        incoming,
        first_id=dataset.next_customer_id - 1,  # rows count from 1
        batch_id=batch.id,
        rounds=checked.rounds,
        update=options.on_duplicate != "skip",
        keep_blank=options.blank == "keep",
        empty=dataset.customers == 0,
    )
    if merged.created:
        dataset.next_customer_id += staging.last_row
        dataset.customers += merged.created
    if merged.created and any(each.computed for each in known):
        refresh(session, dataset)
    if merged.created or merged.updated or new:
        dataset.state = uuid.uuid4().hex
        dataset.updated_at = datetime.now(UTC)
    _close(session, batch, planned, checked, merged)
    remember_format(session, dataset.id, received)
    result = ImportResult(
        None if options.dry_run else batch.id, batch.rows_read, batch.created, batch.updated, batch.unchanged,
        batch.rejected, batch.problem_counts, checked.problems, batch.dialect, planned.as_json(),
    )  # fmt: skip
    counts = {name: getattr(result, name) for name in ("batch", "rows", "created", "updated", "unchanged", "rejected")}
    session.add(
        AuditEvent(at=datetime.now(UTC), actor=received.by, action="import", dataset=dataset.slug, details=counts)
    )
    return result


def _expect(session: Session, dataset: Dataset | None, known: Sequence[Attribute]) -> None:
    now = attributes_of(session, dataset.id) if dataset else ()
    if [(each.name, each.kind) for each in now] != [(each.name, each.kind) for each in known]:
        raise MovedOn


def new_dataset(session: Session, received: Received, key_header: str | None) -> Dataset:
    """The row of a dataset that comes into being with this file."""
    now = datetime.now(UTC)
    dataset = Dataset(
        slug=received.slug,
        name=received.options.dataset_name or received.slug.replace("_", " ").capitalize(),
        key_attribute=key_header,
        customers=0,
        next_customer_id=1,
        created_at=now,
        updated_at=now,
    )
    session.add(dataset)
    session.flush()
    return dataset


def _add_attributes(session: Session, dataset: Dataset, planned: Plan, known: int, batch_id: int) -> None:
    for position, column in enumerate((each for each in planned.columns if each.new), start=known):
        session.add(
            Attribute(
                dataset_id=dataset.id, position=position, name=column.name, label=column.label, kind=column.kind,
                role=column.role, unit=column.unit, source_header=column.header, sensitive=column.sensitive,
                import_batch_id=batch_id,
            )
        )  # fmt: skip
    session.flush()


def _close(session: Session, batch: ImportBatch, planned: Plan, checked: Checked, merged: Merged) -> None:
    batch.mapping = planned.as_json()
    batch.status, batch.finished_at = "committed", datetime.now(UTC)
    batch.rows_read, batch.rejected = checked.rows, checked.rejected
    batch.created, batch.updated, batch.unchanged = merged.created, merged.updated, merged.unchanged + checked.skipped
    batch.problem_counts = dict(checked.counts)
    batch.depends_on = sorted(merged.met)
    session.flush()
    store_problems(session, batch, checked)


def remember_format(session: Session, dataset_id: int, received: Received) -> None:
    """What was chosen about the file's writing holds for the next one with these columns."""
    if not received.options.reading:
        return
    known = file_format(session, dataset_id, received.dialect.guessed)
    if known is None:
        known = FileFormat(dataset_id=dataset_id, signature=received.dialect.guessed)
        session.add(known)
    known.choices, known.updated_at, known.updated_by = received.options.reading, datetime.now(UTC), received.by


def store_problems(session: Session, batch: ImportBatch, checked: Checked) -> None:
    """The problems of a file, each with its row."""
    if checked.problems:
        rows = [{"batch_id": batch.id, **problem.as_json()} for problem in checked.problems]
        stored = pa.Table.from_pylist(rows).rename_columns({"row": "row_number"})
        bulk_insert(session.connection(), Base.metadata.tables["import_problem"], stored.to_batches())
