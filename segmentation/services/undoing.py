"""Taking an import back; part of `segmentation.services.imports`."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import before, customers, transactions
from db.models import Attribute, AuditEvent, Dataset, FileFormat, ImportBatch
from db.queries import erasure
from db.queries.datasets import attributes_of, has_models
from db.queries.imports import batches_of
from segmentation.config import Settings
from segmentation.errors import ConflictError, NotFoundError
from segmentation.gone import is_mark
from segmentation.services.import_views import currency_left, why_not_undoable
from segmentation.services.leaving import leaving
from segmentation.services.rfm import hand_over, refresh


def undo(session: Session, settings: Settings, batch_id: int, by: str) -> dict[str, Any]:
    """Restore the rows a batch changed, delete those it created, and mark it as undone; of purchases, the lines.

    Attributes that it brought go too once no customer has a value in them (the mark of those gone: once nobody has
    it), unless a model was trained: a model names
    its inputs.

    Raises
    ------
    NotFoundError
        There is no such batch.
    ConflictError
        It cannot be undone; the message says why.
    """
    batch = session.get(ImportBatch, batch_id)
    if batch is None:
        raise NotFoundError(f"there is no import {batch_id}; see: kindred imports --dataset SLUG")
    # other imports into the dataset wait here; on SQLite the transaction itself is alone
    dataset = session.scalar(sa.select(Dataset).where(Dataset.id == batch.dataset_id).with_for_update())
    assert dataset is not None
    reason = why_not_undoable(batch, batches_of(session, dataset.id))
    if reason:
        raise ConflictError(f"import {batch_id} ({batch.file_name}) cannot be undone: {reason}")
    attributes = attributes_of(session, dataset.id)
    before.create(session.connection(), dataset.slug, attributes)
    lines = 0
    if batch.kind == "transactions":
        hand_over(session, dataset, settings, batch_id)
        lines = transactions.remove(session.connection(), dataset.slug, batch_id)
    created = before.created_by(dataset.slug, batch_id)
    erasure.forget_customers(session, dataset.id, leaving(dataset, attributes, created))
    undone = before.undo(session.connection(), dataset.slug, attributes, batch_id)
    dataset.customers -= undone.removed
    batch.status = "undone"
    session.flush()
    stored = [each for each in reversed(batches_of(session, dataset.id)) if each.status == "committed"]
    dataset.currency = currency_left(dataset, stored)
    if any(attribute.computed for attribute in attributes):
        refresh(session, dataset, settings)
    _remove_attributes(session, dataset, [each for each in attributes if each.import_batch_id == batch_id])
    _forget_choices(session, dataset.id, batch)
    dataset.state = uuid.uuid4().hex
    dataset.updated_at = datetime.now(UTC)
    removed = lines if batch.kind == "transactions" else undone.removed
    told = {"batch": batch_id, "removed": removed, "restored": undone.restored}
    session.add(AuditEvent(at=datetime.now(UTC), actor=by, action="undo", dataset=dataset.slug, details=told))
    return told


def _forget_choices(session: Session, dataset_id: int, batch: ImportBatch) -> None:
    """What was said of the way this file is written holds no more, unless a file that stays was read so too."""
    said = batch.dialect.get("choices")
    stays = [each for each in batches_of(session, dataset_id) if each.status == "committed"]
    if said and not any(each.dialect.get("choices") == said for each in stays):
        for known in session.scalars(sa.select(FileFormat).where(FileFormat.dataset_id == dataset_id)):
            if {name: value for name, value in known.choices.items() if value not in (None, {})} == said:
                session.delete(known)


def _remove_attributes(session: Session, dataset: Dataset, brought: Sequence[Attribute]) -> None:
    if not brought or has_models(session, dataset.id):
        return
    table = customers.customers_table(dataset.slug, brought)
    counts = session.execute(sa.select(*(sa.func.count(_value(table, each)) for each in brought))).one()
    empty = [attribute for attribute, filled in zip(brought, counts, strict=True) if filled == 0]
    names = [attribute.name for attribute in empty]
    for attribute in empty:
        session.delete(attribute)
    session.flush()
    customers.drop_columns(session.connection(), customers.table_name(dataset.slug), names)
    customers.drop_columns(session.connection(), before.table_name(dataset.slug), names)


def _value(table: sa.Table, attribute: Attribute) -> sa.ColumnElement[Any]:
    """Missing where a customer needs the attribute no more; nobody is gone where nobody was absent."""
    column = table.c[attribute.name]
    return sa.case((column.is_(sa.true()), 1)) if is_mark(attribute) else column
