"""Named selects on what was computed at scoring time: profiles, the map, and a few customers by their ids."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Assignment, ProjectionPoint, SegmentIdentity, SegmentProfile
from db.models import Segment as SegmentTable

MOST_IDS = 5_000  # customers looked up at a time; never a scan


def profile_figures(session: Session, scoring_run_id: int) -> Sequence[sa.Row]:
    """Every profile row of a run without its histogram and quantiles, in the order they were stored.

    Columns: segment_id (None: everyone), attribute, label, kind, unit, used, customers, missing, mean, sd,
    levels, effect.
    """
    p = SegmentProfile
    figures = (p.segment_id, p.attribute, p.label, p.kind, p.unit, p.used, p.customers, p.missing, p.mean, p.sd)
    return session.execute(
        select(*figures, p.levels, p.effect).where(p.scoring_run_id == scoring_run_id).order_by(p.id)
    ).all()


def values_counted(session: Session, scoring_run_id: int) -> dict[str, int]:
    """How many customers of a run had a value, by attribute; text and keys are not counted."""
    everyone = (SegmentProfile.scoring_run_id == scoring_run_id) & SegmentProfile.segment_id.is_(None)
    rows = session.execute(select(SegmentProfile.attribute, SegmentProfile.customers).where(everyone))
    return {row.attribute: row.customers for row in rows}


def profiles_of_everyone(session: Session, scoring_run_id: int) -> Sequence[SegmentProfile]:
    """Whole profile rows of everyone, in the order they were stored."""
    return session.scalars(
        select(SegmentProfile)
        .where(SegmentProfile.scoring_run_id == scoring_run_id, SegmentProfile.segment_id.is_(None))
        .order_by(SegmentProfile.id)
    ).all()


def profiles_of_segment(session: Session, scoring_run_id: int, segment_id: int) -> Sequence[SegmentProfile]:
    """Whole profile rows of one segment, in the order they were stored."""
    return session.scalars(
        select(SegmentProfile)
        .where(SegmentProfile.scoring_run_id == scoring_run_id, SegmentProfile.segment_id == segment_id)
        .order_by(SegmentProfile.id)
    ).all()


def map_points(session: Session, scoring_run_id: int, customers: sa.Table) -> Sequence[sa.Row]:
    """The sampled customers of a run on the map, by customer.

    Columns: customer_key, segment_slug, x, y, z, confidence, customer_id. A customer who was erased since is left out.
    """
    point = ProjectionPoint
    return session.execute(
        select(
            customers.c.customer_key,
            SegmentIdentity.slug.label("segment_slug"),
            point.x, point.y, point.z, point.confidence, point.customer_id,
        )
        .join(customers, customers.c.customer_id == point.customer_id)
        .join(SegmentTable, SegmentTable.id == point.segment_id)
        .join(SegmentIdentity, SegmentIdentity.id == SegmentTable.identity_id)
        .where(point.scoring_run_id == scoring_run_id)
        .order_by(point.customer_id)
    ).all()  # fmt: skip


def customers_by_id(session: Session, customers: sa.Table, ids: Collection[int], names: Collection[str]) -> list[dict]:
    """``customer_id``, ``customer_key`` and the named attributes of at most 5,000 customers, by id."""
    columns = [customers.c[name] for name in ("customer_id", "customer_key", *names)]
    wanted = select(*columns).where(customers.c.customer_id.in_(list(ids)[:MOST_IDS]))
    return [dict(row._mapping) for row in session.execute(wanted.order_by(customers.c.customer_id))]


def assignments_by_id(session: Session, scoring_run_id: int, ids: Collection[int]) -> Sequence[Assignment]:
    """The assignments of at most 5,000 customers in one run, by id; none where the run was pruned."""
    return session.scalars(
        select(Assignment)
        .where(Assignment.scoring_run_id == scoring_run_id, Assignment.customer_id.in_(list(ids)[:MOST_IDS]))
        .order_by(Assignment.customer_id)
    ).all()
