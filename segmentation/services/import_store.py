"""The one transaction of an import; part of `segmentation.services.imports`."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import absent, before, customers
from db.base import Base
from db.bulk import bulk_insert
from db.merge import Matched, Merged, load_incoming, match, merge
from db.models import Attribute, AuditEvent, Dataset, FileFormat, ImportBatch
from db.queries.datasets import attributes_of
from db.queries.imports import file_format, newest_transactions
from db.session import Database, HeldConnection
from segmentation import gone
from segmentation.config import Settings
from segmentation.gone import is_mark
from segmentation.ingest.dialect import Dialect
from segmentation.ingest.mapping import Plan, require_room
from segmentation.ingest.names import attribute_name
from segmentation.ingest.problems import Checked
from segmentation.ingest.rejects import other_keys
from segmentation.ingest.staging import Staging
from segmentation.ingest.validation import typed_batches
from segmentation.progress import Progress, part
from segmentation.services.import_preview import ABSENT, ImportPreview, groups_of, preview_customers
from segmentation.services.import_views import CURRENCY, READ, ImportOptions, ImportResult, told_facts
from segmentation.services.rfm import refresh
from segmentation.space import require_space


class MovedOn(Exception):
    """Another import changed the dataset's attributes since this one was planned: plan again."""


class TriedOnly(Exception):
    """A dry run has counted; the transaction is rolled back."""


@dataclass(frozen=True)
class Received:
    """A file, where it goes, and who brought it; ``currency`` as the file's signs say, ``read`` how it was read."""

    slug: str
    file_name: str
    dialect: Dialect
    options: ImportOptions
    by: str
    currency: str | None = None
    read: dict[str, Any] = field(default_factory=dict)

    def currency_for(self, dataset: Dataset) -> str | None:
        """What was chosen, else what the dataset has, else what the file says."""
        if self.options.currency is not None:
            return self.options.currency.upper() or None
        return dataset.currency or self.currency


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
            loaded = _load(held, received, planned, checked, staging, known, part(progress, 0.0, 0.8))
            progress(0.8, "storing the customers")
            with held.writing() as session:
                result = _merge(session, settings, received, batch_id, staging, planned, checked, known, loaded)
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


@dataclass(frozen=True)
class _Loaded:
    """The file beside the store: its rows, and where absence is looked for the keys in rows that are not merged.

    ``matched``: whom the rows meet among the customers of a dataset in ``state``; None where there are none.
    """

    incoming: sa.Table
    present: sa.Table | None
    matched: Matched | None
    state: str | None


def _load(
    held: HeldConnection,
    received: Received,
    planned: Plan,
    checked: Checked,
    staging: Staging,
    known: Sequence[Attribute],
    progress: Progress,
) -> _Loaded:
    # whoever a file names is not gone, unless the file has a word on that itself
    marks = [each for each in known if is_mark(each) and each.name not in {column.name for column in planned.columns}]

    def watched() -> Iterator[pa.RecordBatch]:
        done = 0
        for batch in typed_batches(staging, planned, checked, {each.name: "false" for each in marks}):
            yield batch
            done += batch.num_rows
            progress(min(done / checked.rows, 1.0), "preparing the customers")

    options = received.options
    looked_for = planned.key is not None and (options.absent == "mark" or options.dry_run)
    with held.preparing() as connection:
        incoming = load_incoming(connection, [*planned.columns, *marks], watched(), repeated=checked.rounds > 1)
        present = absent.load_present(connection, other_keys(staging, planned, checked)) if looked_for else None
    progress(1.0, "comparing with the stored customers")
    with held.preparing() as connection, Session(connection) as session:
        # the state first: whatever is changed after it was read is seen in the merge
        dataset = session.scalar(sa.select(Dataset).where(Dataset.slug == received.slug))
        if dataset is None or dataset.customers == 0:
            return _Loaded(incoming, present, None, None)
        _expect(session, dataset, known)
        table = customers.customers_table(received.slug, known)
        return _Loaded(incoming, present, match(connection, table, incoming, **_policies(options)), dataset.state)


def _policies(options: ImportOptions) -> dict[str, bool]:
    return {"update": options.on_duplicate != "skip", "keep_blank": options.blank == "keep"}


def _merge(
    session: Session,
    settings: Settings,
    received: Received,
    batch_id: int | None,
    staging: Staging,
    planned: Plan,
    checked: Checked,
    known: Sequence[Attribute],
    loaded: _Loaded,
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
        if is_empty(session, dataset):
            dataset.key_attribute = planned.key_header
    batch = session.get(ImportBatch, batch_id) if batch_id else None
    batch = batch or new_batch(session, dataset.id, received)
    _add_attributes(session, dataset, planned, len(known), batch.id)
    dataset.currency = received.currency_for(dataset)
    first_id = dataset.next_customer_id - 1  # rows count from 1
    merged = merge(
        session.connection(),
        customers.customers_table(dataset.slug, [*known, *new]),
        before.create(session.connection(), dataset.slug, [*known, *new]),
        loaded.incoming,
        first_id=first_id,
        batch_id=batch.id,
        matched=loaded.matched if dataset.state == loaded.state else None,
        rounds=checked.rounds,
        **_policies(options),
        empty=dataset.customers == 0,
    )
    if merged.created:
        dataset.next_customer_id += staging.last_row
        dataset.customers += merged.created
    if merged.created and any(each.computed for each in known):
        refresh(session, dataset, settings)
    note(batch, received)
    _close(session, batch, planned, checked, merged)
    preview = None
    if options.dry_run:
        attributes, told = (
            attributes_of(session, dataset.id),
            {"counts": counts_of(batch), "groups": groups_of(checked)},
        )
        preview = preview_customers(session.connection(), dataset.slug, attributes, batch.id, first_id, told)
    if loaded.present is not None:
        preview = _look_for_absent(session, dataset, batch, options, loaded, preview)
    if merged.created or merged.updated or new or (batch.facts or {}).get("gone"):
        dataset.state = uuid.uuid4().hex
        dataset.updated_at = datetime.now(UTC)
    remember_format(session, dataset.id, received)
    result = ImportResult(
        None if options.dry_run else batch.id, batch.rows_read, batch.created, batch.updated, batch.unchanged,
        batch.rejected, batch.problem_counts, checked.problems, batch.dialect, planned.as_json(), told_facts(batch),
        preview,
    )  # fmt: skip
    details = {"batch": result.batch, **counts_of(batch)}
    session.add(
        AuditEvent(at=datetime.now(UTC), actor=received.by, action="import", dataset=dataset.slug, details=details)
    )
    return result


def counts_of(batch: ImportBatch) -> dict[str, int]:
    """rows = created + updated + unchanged + rejected."""
    return {
        "rows": batch.rows_read, "created": batch.created, "updated": batch.updated, "unchanged": batch.unchanged,
        "rejected": batch.rejected,
    }  # fmt: skip


def _look_for_absent(
    session: Session,
    dataset: Dataset,
    batch: ImportBatch,
    options: ImportOptions,
    loaded: _Loaded,
    preview: ImportPreview | None,
) -> ImportPreview | None:
    """Mark the customers that the file does not name, where asked; a preview is told of them."""
    connection = session.connection()
    table = customers.customers_table(dataset.slug, ())
    missed = absent.find(connection, table, loaded.incoming, *([loaded.present] if loaded.present is not None else []))
    number = absent.count(connection, missed)
    if preview is not None:
        keys = absent.examples(connection, table, missed, ABSENT)
        preview = replace(preview, absent=number, absent_examples=keys)
    if options.absent == "mark":
        batch.facts = (batch.facts or {}) | {"gone": _mark(session, dataset, batch, missed) if number else 0}
        session.flush()
    return preview if preview is None else replace(preview, facts=told_facts(batch))


def _mark(session: Session, dataset: Dataset, batch: ImportBatch, missed: sa.Table) -> int:
    """Mark the customers in `missed`; the flag is made when it is needed for the first time."""
    connection = session.connection()
    known = attributes_of(session, dataset.id)
    flag = next((each for each in known if is_mark(each)), None)
    if flag is None:
        flag = Attribute(
            dataset_id=dataset.id, position=len(known), label=gone.LABEL, kind="flag", role="other",
            name=attribute_name(gone.NAME, len(known), {each.name for each in known}), source_header=gone.HEADER,
            import_batch_id=batch.id,
        )  # fmt: skip
        require_room(len(known), [flag.name])
        session.add(flag)
        session.flush()
        known = [*known, flag]
        customers.add_columns(connection, dataset.slug, [flag])
        absent.clear_all(connection, customers.customers_table(dataset.slug, known), flag.name)
    images = before.create(connection, dataset.slug, known)
    table = customers.customers_table(dataset.slug, known)
    marked, met = absent.mark(connection, table, images, missed, flag.name, batch.id)
    batch.depends_on = sorted({*(batch.depends_on or ()), *met} - {batch.id})
    return marked


def _expect(session: Session, dataset: Dataset | None, known: Sequence[Attribute]) -> None:
    now = attributes_of(session, dataset.id) if dataset else ()
    if [(each.name, each.kind) for each in now] != [(each.name, each.kind) for each in known]:
        raise MovedOn


def is_empty(session: Session, dataset: Dataset) -> bool:
    """Has the dataset nobody, and no purchases that name somebody, so that another key may be chosen?"""
    return dataset.customers == 0 and newest_transactions(session, dataset.id) is None


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
    """What was chosen about the file's writing holds for the next one with these columns; an empty choice forgets."""
    if received.options.reading is None:
        return
    known = file_format(session, dataset_id, received.dialect.guessed)
    if not received.options.reading:
        if known is not None:
            session.delete(known)
        return
    if known is None:
        known = FileFormat(dataset_id=dataset_id, signature=received.dialect.guessed)
        session.add(known)
    dates = received.dialect.choices.dates
    known.choices = received.options.reading | ({"dates": dates} if dates else {})
    known.updated_at, known.updated_by = datetime.now(UTC), received.by


def note(batch: ImportBatch, received: Received) -> None:
    """Keep with the batch how its file was read and what it said of the money, for files to come and for the undo."""
    money = {"chosen": received.options.currency, "signs": received.currency}
    batch.facts = (batch.facts or {}) | {READ: received.read, CURRENCY: money}


def store_problems(session: Session, batch: ImportBatch, checked: Checked) -> None:
    """The problems of a file, each with its row."""
    if checked.problems:
        rows = [{"batch_id": batch.id, **problem.as_json()} for problem in checked.problems]
        stored = pa.Table.from_pylist(rows).rename_columns({"row": "row_number"})
        bulk_insert(session.connection(), Base.metadata.tables["import_problem"], stored.to_batches())
