"""Campaigns: planned for a group, their people fixed and written to a file, and measured by what came back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy.orm import Session

from db.bulk import bulk_insert
from db.models import AuditEvent, Campaign, CampaignMember, Dataset, SegmentIdentity
from db.queries import campaigns as queries
from db.queries.identities import identity_by_slug
from db.session import Database
from segmentation.campaigns.assumptions import assumed, checked_holdout, checked_name, checked_seed
from segmentation.campaigns.plan import fixed_split, planned
from segmentation.config import Settings
from segmentation.errors import ConflictError, KindredError, NotFoundError
from segmentation.holdout import HOLDOUT, Holdout
from segmentation.lookups import require_dataset
from segmentation.services.campaign_groups import Choice, Group, Groups, People
from segmentation.services.customers import CustomerService
from segmentation.services.exports import ExportResult, ExportService
from segmentation.services.filters import FilterService
from segmentation.withholding import FEW, too_few

__all__ = ["CampaignService", "CampaignView", "Counted"]


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


class CampaignService:
    """See the module."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        customers: CustomerService,
        filters: FilterService,
        exports: ExportService,
    ) -> None:
        self._database, self._settings = database, settings
        self._groups, self._exports = Groups(database, settings, customers, filters), exports

    def choices(self, slug: str) -> list[Choice]:
        """The groups a campaign can be for."""
        return self._groups.choices(slug)

    def count(self, slug: str, group: str) -> Counted:
        """How many are in a group, as the form says it, now.

        Raises
        ------
        KindredError
            There is no such segment in the version in use, no such filter, or nothing is chosen.
        """
        people = self._groups.people(slug, self._groups.find(slug, group))
        return Counted(people.customers, people.without_consent)

    def of_dataset(self, slug: str) -> list[CampaignView]:
        """Every campaign of a dataset, the newest first."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            return [_view(session, dataset, each) for each in queries.campaigns_of(session, dataset.id)]

    def of_segment(self, slug: str, segment: str) -> list[CampaignView]:
        """The campaigns of a segment's play, the newest first; [] of an address that no segment ever had."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            identity = identity_by_slug(session, dataset.id, segment)
            found = queries.campaigns_of_identity(session, identity.id) if identity else []
            return [_view(session, dataset, each) for each in found]

    def read(self, slug: str, campaign: int) -> CampaignView:
        """One campaign; NotFoundError where there is none of this number in the dataset."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            return _view(session, dataset, _require(session, dataset, campaign))

    def save(
        self, slug: str, campaign: int | None, fields: Mapping[str, Any], *, revision: int = 0, by: str
    ) -> CampaignView:
        """Keep a plan, a new one or as a change of `campaign`.

        Parameters
        ----------
        fields : mapping
            ``name``, ``group`` as the form says it, ``assumptions`` as `assumed` reads them, ``holdout``, ``seed``.
            Once the people are fixed only the name and the assumptions count.
        revision : int
            Of the plan these fields were written over.

        Raises
        ------
        KindredError
            A field cannot be kept; or the group has fewer than ten people.
        NotFoundError
            There is no such campaign, segment or filter.
        ConflictError
            Somebody saved the plan meanwhile.
        """
        name, given = checked_name(fields.get("name")), fields.get("assumptions") or {}
        told = assumed(given)
        holdout, seed = checked_holdout(fields.get("holdout")), checked_seed(fields.get("seed"))
        kept = self.read(slug, campaign) if campaign is not None else None
        drawn = kept is not None and kept.drawn_at is not None
        group = None if drawn else self._groups.find(slug, str(fields.get("group") or ""))
        counted = self.count(slug, group.group) if group else None
        if counted is not None:
            _require_enough(counted)
        with self._database.writing() as session:
            dataset = require_dataset(session, slug)
            row = _require(session, dataset, campaign, lock=True) if campaign is not None else None
            if row is not None and row.revision != revision:
                raise ConflictError(
                    f"{row.updated_by} changed the campaign meanwhile; load the page again to see it, then change it"
                )
            if row is not None and (row.drawn_at is not None) != drawn:
                raise ConflictError("the people of the campaign were fixed meanwhile; load the page again")
            if row is None:
                row = Campaign(dataset_id=dataset.id, revision=0, created_at=datetime.now(UTC), created_by=by)
                session.add(row)
            if group is not None and counted is not None:
                row.target, row.identity_id = group.as_json(), group.identity_id
                row.holdout, row.seed = holdout, seed
                row.customers, row.without_consent = counted.customers, counted.without_consent
            row.name, row.assumptions = name, {name: asdict(each) for name, each in told.estimates.items()}
            row.planned = asdict(planned(told, *_split(session, row), row.seed))
            row.revision, row.updated_at, row.updated_by = row.revision + 1, datetime.now(UTC), by
            session.flush()
            session.add(_audit(by, "save_campaign", slug, row.id))
            return _view(session, dataset, row)

    def delete(self, slug: str, campaign: int, by: str) -> None:
        """Delete a campaign with its people and results; NotFoundError where there is none."""
        with self._database.writing() as session:
            row = _require(session, require_dataset(session, slug), campaign, lock=True)
            session.delete(row)
            session.add(_audit(by, "delete_campaign", slug, campaign))

    def export(self, slug: str, campaign: int, out: Path, by: str) -> ExportResult:
        """Write the people of a campaign with ``holdout_group``: who is treated, who is held out.

        The first time fixes who they are and on which side: those of the group who may be written to now. Later files
        have the same people, without whoever was erased or took the consent back.

        Raises
        ------
        NotFoundError
            There is no such campaign, or its segment is not in the version in use any more.
        KindredError
            Fewer than ten people may be written to, or nobody would be held out.
        """
        view = self.read(slug, campaign)
        if view.drawn_at is None:
            self._draw(slug, campaign, by)
        with self._database.reading() as session:
            ids = queries.members_held(session, campaign)
        split = Holdout(view.holdout, view.seed)
        return self._exports.export(slug, out, only=ids, holdout=split)

    def _draw(self, slug: str, campaign: int, by: str) -> None:
        with self._database.reading() as session:
            row = _require(session, require_dataset(session, slug), campaign)
            target, identity_id, split = row.target, row.identity_id, Holdout(row.holdout, row.seed)
        group: Group = self._groups.kept(slug, target, identity_id)
        people: People = self._groups.people(slug, group)
        _require_enough(Counted(people.customers, people.without_consent))
        held = np.array([split.side(key) == HOLDOUT for key in people.keys])
        if not held.any() or held.all():
            raise KindredError(
                f"a holdout of {split.share:.0%} leaves nobody on one side of {len(held):,} people; hold out more"
            )
        with self._database.writing() as session:
            dataset = require_dataset(session, slug)
            row = _require(session, dataset, campaign, lock=True)
            if row.drawn_at is not None:
                return  # two asked at once: the first has drawn
            columns = {"campaign_id": pa.array(np.full(len(held), campaign)), "customer_id": people.ids, "held": held}
            bulk_insert(session.connection(), CampaignMember.__table__, [pa.record_batch(columns)])  # type: ignore[arg-type]
            row.target, row.customers, row.without_consent = group.as_json(), people.customers, people.without_consent
            row.planned = asdict(planned(assumed(row.assumptions), len(held), float(held.mean()), row.seed))
            row.drawn_at, row.revision = datetime.now(UTC), row.revision + 1
            session.add(_audit(by, "draw_campaign", slug, campaign))


def _require(session: Session, dataset: Dataset, campaign: int, *, lock: bool = False) -> Campaign:
    found = queries.campaign_of(session, dataset.id, campaign, lock=lock)
    if found is None:
        raise NotFoundError(
            f"dataset {dataset.slug!r} has no campaign {campaign}; it may have been deleted, the list has all there are"
        )
    return found


def _require_enough(counted: Counted) -> None:
    if too_few(counted.people):
        raise KindredError(
            f"{counted.people:,} people may be written to, fewer than the {FEW} a campaign needs; choose a larger group"
        )


def _split(session: Session, row: Campaign) -> tuple[int, float]:
    """People in the file and the share held out: as they are once fixed, else as asked for."""
    if row.drawn_at is not None:
        return fixed_split(*queries.sides(session, row.id), row.holdout)
    return row.customers - row.without_consent, row.holdout


def _view(session: Session, dataset: Dataset, row: Campaign) -> CampaignView:
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


def _audit(by: str, action: str, slug: str, campaign: int) -> AuditEvent:
    return AuditEvent(at=datetime.now(UTC), actor=by, action=action, dataset=slug, details={"campaign": campaign})
