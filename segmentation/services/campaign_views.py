"""Campaigns as they are read: one as it is kept, and how its people are split."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import Campaign, Dataset, SegmentIdentity
from db.queries import campaigns as queries
from segmentation.campaigns.plan import fixed_split


@dataclass(frozen=True)
class Counted:
    """How many are in a group now, and how many of them may not be written to."""

    customers: int
    without_consent: int

    @property
    def people(self) -> int:
        return self.customers - self.without_consent


@dataclass(frozen=True)
class CampaignView:
    """One campaign as it is kept; ``segment`` is the address of its segment, None for any other group.

    ``planned`` is `segmentation.campaigns.plan.Planned` as JSON. ``treated`` and ``held`` are counts of the people it
    has, None before they were fixed; ``drawn_at`` is when that was. ``outcome`` is None before results came.
    """

    id: int
    name: str
    group: str
    group_name: str
    segment: str | None
    currency: str | None
    assumptions: dict[str, Any]
    holdout: float
    seed: int
    counted: Counted
    planned: dict[str, Any]
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    drawn_at: datetime | None
    treated: int | None
    held: int | None
    outcome: dict[str, Any] | None


def split_of(session: Session, row: Campaign) -> tuple[int, float]:
    """People in the file and the share held out: as they are once fixed, else as asked for."""
    if row.drawn_at is not None:
        return fixed_split(*queries.sides(session, row.id), row.holdout)
    return row.customers - row.without_consent, row.holdout


def campaign_view(session: Session, dataset: Dataset, row: Campaign) -> CampaignView:
    """A campaign with the counts of its people and the name that its segment has now."""
    treated, held = queries.sides(session, row.id) if row.drawn_at else (None, None)
    segment, name = None, row.target["name"]
    if row.identity_id is not None:
        identity = session.get_one(SegmentIdentity, row.identity_id)
        segment, name = identity.slug, identity.name
    return CampaignView(
        id=row.id, name=row.name, group=row.target["group"], group_name=name, segment=segment,
        currency=dataset.currency, assumptions=row.assumptions, holdout=row.holdout, seed=row.seed,
        counted=Counted(row.customers, row.without_consent), planned=row.planned, revision=row.revision,
        created_at=row.created_at, created_by=row.created_by, updated_at=row.updated_at, updated_by=row.updated_by,
        drawn_at=row.drawn_at, treated=treated, held=held, outcome=row.outcome,
    )  # fmt: skip
