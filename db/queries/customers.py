"""Named selects on single customers: who they are, their segments over time, their purchases; and a run as columns."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from db.customers import select_batches
from db.models import Assignment, ModelVersion, RunSegment, ScoringRun, Segment, SegmentIdentity
from db.transactions import transactions_table

ASSIGNED = pa.schema(
    [
        pa.field("customer_id", pa.int64()),
        pa.field("segment_id", pa.int64()),
        pa.field("confidence", pa.float64()),
        pa.field("runner_up_id", pa.int64()),
    ]
)


def customer_row(session: Session, customers: sa.Table, key: str) -> dict[str, Any] | None:
    """Every column of the customer with this key; None when there is none."""
    row = session.execute(sa.select(customers).where(customers.c.customer_key == key)).one_or_none()
    return dict(row._mapping) if row else None


def customer_row_by_id(session: Session, customers: sa.Table, customer_id: int) -> dict[str, Any] | None:
    """Every column of the customer with this id; None when there is none."""
    row = session.execute(sa.select(customers).where(customers.c.customer_id == customer_id)).one_or_none()
    return dict(row._mapping) if row else None


def columns_with_values(session: Session, customers: sa.Table, names: Sequence[str]) -> set[str]:
    """Those of the named columns in which any customer has a value; of a filled column one row is read, mostly."""
    if not names:
        return set()
    known = [sa.exists().where(customers.c[name].is_not(None)).label(name) for name in names]
    row = session.execute(sa.select(*known)).one()
    return {name for name, found in zip(names, row, strict=True) if found}


def segments_over_time(session: Session, dataset_id: int, customer_id: int, most: int) -> Sequence[sa.Row]:
    """The segments of a customer in the last runs that are kept, the newest first.

    Columns: run_id, version, algorithm, as_of, created_at, slug, name, colour, confidence, distribution (of the
    segment's confidences), runner_up (its name). Runs that were pruned, or did not know the customer, are absent.
    """
    other, other_identity = aliased(Segment), aliased(SegmentIdentity)
    return session.execute(
        sa.select(
            ScoringRun.id.label("run_id"), ScoringRun.model_version_id.label("version"), ModelVersion.algorithm,
            ScoringRun.as_of, ScoringRun.created_at, SegmentIdentity.slug, SegmentIdentity.name,
            SegmentIdentity.colour, Assignment.confidence, RunSegment.confidence.label("distribution"),
            other_identity.name.label("runner_up"),
        )
        .join(ScoringRun, ScoringRun.id == Assignment.scoring_run_id)
        .join(ModelVersion, ModelVersion.id == ScoringRun.model_version_id)
        .join(Segment, Segment.id == Assignment.segment_id)
        .join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id)
        .outerjoin(
            RunSegment,
            (RunSegment.scoring_run_id == Assignment.scoring_run_id) & (RunSegment.segment_id == Assignment.segment_id),
        )
        .outerjoin(other, other.id == Assignment.runner_up_id)
        .outerjoin(other_identity, other_identity.id == other.identity_id)
        .where(Assignment.customer_id == customer_id, ScoringRun.dataset_id == dataset_id)
        .order_by(ScoringRun.id.desc())
        .limit(most)
    ).all()  # fmt: skip


def purchases_of(session: Session, slug: str, key: str, most: int) -> tuple[int, Sequence[sa.Row]] | None:
    """How many lines of purchases a customer has, and the newest; None where the dataset has no purchases.

    Columns: occurred_at, amount, quantity, category, invoice.
    """
    table = transactions_table(slug)
    if not sa.inspect(session.connection()).has_table(table.name):
        return None
    mine = table.c.customer_key == key
    shown = (table.c.occurred_at, table.c.amount, table.c.quantity, table.c.category, table.c.invoice)
    newest = sa.select(*shown).where(mine).order_by(table.c.occurred_at.desc(), table.c.invoice).limit(most)
    count = session.scalar(sa.select(sa.func.count()).select_from(table).where(mine)) or 0
    return count, session.execute(newest).all()


def assignment_batches(connection: sa.Connection, run_id: int) -> Iterator[pa.RecordBatch]:
    """Every assignment of a run in batches of about 50,000, by customer; schema `ASSIGNED`."""
    select = (
        f"SELECT {', '.join(ASSIGNED.names)} FROM assignment WHERE scoring_run_id = {int(run_id)} ORDER BY customer_id"
    )
    yield from select_batches(connection, select, ASSIGNED)
