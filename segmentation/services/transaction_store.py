"""The one transaction of an import of purchases; part of `segmentation.services.imports`."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import customers, transactions
from db.models import AuditEvent, Dataset, ImportBatch
from db.queries.datasets import attributes_of
from db.queries.imports import first_made_of
from db.queries.purchases import strangers
from db.session import Database
from segmentation.as_of import parse_as_of
from segmentation.config import Settings
from segmentation.ingest.line_checks import line_batches
from segmentation.ingest.problems import MOST_PROBLEMS, Checked, Problem
from segmentation.ingest.staging import Staging
from segmentation.ingest.transactions import LinePlan
from segmentation.progress import Progress
from segmentation.purchases import STATE, Purchases, new_state, passing, write_lines
from segmentation.services.import_preview import ImportPreview, groups_of, preview_lines
from segmentation.services.import_store import (
    MovedOn,
    Received,
    TriedOnly,
    counts_of,
    is_empty,
    new_batch,
    new_dataset,
    note,
    remember_format,
    store_problems,
)
from segmentation.services.import_views import SIGNS, ImportResult, told_facts
from segmentation.services.rfm import refresh
from segmentation.space import require_space


def store_lines(
    database: Database,
    settings: Settings,
    received: Received,
    batch_id: int | None,
    staging: Staging,
    plan: LinePlan,
    checked: Checked,
    progress: Progress,
) -> ImportResult:
    """Add the accepted lines and recompute the measures of the customers: all of it or nothing.

    Raises
    ------
    MovedOn
        The stored invoices that told returns from sales changed meanwhile.
    """
    if database.is_sqlite:
        require_space(settings.data_dir, 3 * received.dialect.size, "store the purchases")

    def watched() -> Iterator[pa.RecordBatch]:
        done = 0
        for batch in line_batches(staging, plan, checked):
            yield batch
            done += batch.num_rows
            progress(0.7 * min(done / max(checked.rows, 1), 1.0), "preparing the purchases")

    lines = staging.folder / "lines.parquet"
    result: ImportResult | None = None
    try:
        with database.held() as held:
            with held.preparing() as connection:
                incoming = transactions.load_lines(connection, passing(lines, watched()))
            progress(0.7, "storing the purchases")
            with held.writing() as session:
                result = _add(session, settings, received, batch_id, plan, checked, incoming, lines)
                if received.options.dry_run:
                    raise TriedOnly
    except TriedOnly:
        pass
    assert result is not None
    if result.batch is not None and result.created:
        with database.reading() as session:
            Purchases(settings).keep(session, received.slug, result.batch, lines)
    return result


def _add(
    session: Session,
    settings: Settings,
    received: Received,
    batch_id: int | None,
    plan: LinePlan,
    checked: Checked,
    incoming: sa.Table,
    lines: Path,
) -> ImportResult:
    connection = session.connection()
    dataset = session.scalar(sa.select(Dataset).where(Dataset.slug == received.slug).with_for_update())
    if dataset is None:
        dataset = new_dataset(session, received, plan.key_header)
        customers.create(connection, dataset.slug, ())
    elif is_empty(session, dataset):
        dataset.key_attribute = plan.key_header
    dataset.currency = received.currency_for(dataset)
    batch = session.get(ImportBatch, batch_id) if batch_id else None
    batch = batch or new_batch(session, dataset.id, received)
    signs = transactions.invoice_balance(connection, dataset.slug) if plan.by_stored else {}
    if plan.by_stored and plan.lettered != (sum(signs.values()) > 0):
        raise MovedOn
    # what a batch rejected was not stored until then, even where an equal line was
    from_file = received.dialect.rejected_from
    source = first_made_of(session, dataset.id, from_file) if from_file else None
    added = transactions.add(
        connection, dataset.slug, incoming, batch.id, plan.told, after=source.id if source else 0, most=MOST_PROBLEMS
    )
    _tell(plan, added, checked)
    asked = parse_as_of(received.options.as_of)
    batch.facts = _facts(connection, dataset.slug, batch.id, added, str(asked) if asked else None)
    batch.facts = batch.facts | ({SIGNS: {str(number): balance for number, balance in signs.items()}} if signs else {})
    batch.depends_on = sorted(added.met | ({source.id} if source else set()))
    note(batch, received)
    batch.mapping = plan.as_json()
    batch.rows_read, batch.rejected = checked.rows, checked.rejected
    batch.created, batch.unchanged = added.created, added.unchanged
    batch.status, batch.finished_at = "committed", datetime.now(UTC)
    session.flush()
    if added.unchanged and added.created:  # others than the file has
        write_lines(lines, transactions.read_lines(connection, dataset.slug, batch.id))
    if added.created or asked:
        if found := strangers(session, dataset.slug, batch.id, dataset.next_customer_id):
            checked.add([_unknown(plan, found)])
        created = refresh(session, dataset, settings, fresh={batch.id: lines} if added.created else None)
        batch.facts = {**batch.facts, "customers_created": created}
        dataset.state = uuid.uuid4().hex
        dataset.updated_at = datetime.now(UTC)
    batch.problem_counts = dict(checked.counts)
    store_problems(session, batch, checked)
    remember_format(session, dataset.id, received)
    result = ImportResult(
        None if received.options.dry_run else batch.id, batch.rows_read, batch.created, 0, batch.unchanged,
        batch.rejected, batch.problem_counts, checked.problems, batch.dialect, batch.mapping,
        told_facts(batch),
        _preview(session, dataset, batch, checked) if received.options.dry_run else None,
    )  # fmt: skip
    counts = {"batch": batch.id, "rows": batch.rows_read, "created": batch.created, "rejected": batch.rejected}
    session.add(
        AuditEvent(at=datetime.now(UTC), actor=received.by, action="import", dataset=dataset.slug, details=counts)
    )
    return result


def _tell(plan: LinePlan, added: transactions.Added, checked: Checked) -> None:
    """What could be meant otherwise: further lines of stored invoices, and lines that only look like stored ones."""
    for found, total, header, expected, cause in (
        (
            added.first_further, added.further, plan.invoice_header,
            "an invoice that is not stored yet; this one has other lines, and the line is stored as a further one",
            "further_line",
        ),
        (
            added.first_equal, added.equal, plan.key_header,
            "a purchase that is not stored yet; without an invoice, an equal line counts as the stored one",
            "stored_line",
        ),
    ):  # fmt: skip
        checked.add([Problem(row, header, value, expected, cause, "warning") for row, value in found], total)
    checked.problems.sort(key=lambda problem: problem.row)


def _unknown(plan: LinePlan, keys: tuple[str, str]) -> Problem:
    """Nobody who bought is a customer of the dataset: their keys may be written in two ways."""
    told = f"a customer of this dataset, like {keys[1]}; not one of the customers in this file is known"
    return Problem(1, plan.key_header, keys[0], told, "unknown_customers", "warning")


def _preview(session: Session, dataset: Dataset, batch: ImportBatch, checked: Checked) -> ImportPreview:
    told = {"counts": counts_of(batch), "groups": groups_of(checked), "facts": told_facts(batch)}
    attributes = attributes_of(session, dataset.id)
    return preview_lines(session.connection(), dataset.slug, attributes, batch.id, told)


def _facts(
    connection: sa.Connection, slug: str, batch_id: int, added: transactions.Added, asked: str | None
) -> dict[str, Any]:
    """Lines that no customer's measures count, and returns, among those this batch stored."""
    lost = transactions.without_customer(connection, slug, batch_id)
    facts: dict[str, Any] = {
        STATE: new_state(),
        "without_customer": lost,
        "without_customer_share": lost / added.created if added.created else 0.0,
        "returns": transactions.returns(connection, slug, batch_id),
    }
    return {**facts, "as_of_asked": asked} if asked else facts
