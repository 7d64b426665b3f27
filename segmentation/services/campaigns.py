"""Campaigns: planned for a group, their people fixed and written to a file, and measured by what came back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy.orm import Session

from db.bulk import bulk_insert
from db.customers import customers_table
from db.models import AuditEvent, Campaign, CampaignMember, Dataset
from db.queries import campaigns as queries
from db.queries.datasets import attributes_of
from db.queries.identities import identity_by_slug
from db.session import Database
from segmentation.campaigns.assumptions import assumed, checked_holdout, checked_name, checked_seed
from segmentation.campaigns.outcome import MISSING, outcome
from segmentation.campaigns.plan import planned
from segmentation.campaigns.returns import read_returns
from segmentation.config import Settings
from segmentation.errors import ConflictError, KindredError, NotFoundError
from segmentation.holdout import HOLDOUT, Holdout
from segmentation.ingest.keys import KEY_HEADER
from segmentation.ingest.staging import staged
from segmentation.ingest.traces import remove_files_with
from segmentation.lookups import require_dataset
from segmentation.services.campaign_groups import Choice, Group, Groups, People
from segmentation.services.campaign_views import CampaignView, Counted, campaign_view, split_of
from segmentation.services.customers import CustomerService
from segmentation.services.exports import ExportResult, ExportService
from segmentation.services.filters import FilterService
from segmentation.services.import_run import opened_for
from segmentation.services.import_views import ImportOptions
from segmentation.withholding import FEW, too_few

__all__ = ["CampaignService", "CampaignView", "Counted"]


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
            return [campaign_view(session, dataset, each) for each in queries.campaigns_of(session, dataset.id)]

    def of_segment(self, slug: str, segment: str) -> list[CampaignView]:
        """The campaigns of a segment's play, the newest first; [] of an address that no segment ever had."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            identity = identity_by_slug(session, dataset.id, segment)
            found = queries.campaigns_of_identity(session, identity.id) if identity else []
            return [campaign_view(session, dataset, each) for each in found]

    def read(self, slug: str, campaign: int) -> CampaignView:
        """One campaign; NotFoundError where there is none of this number in the dataset."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            return campaign_view(session, dataset, _require(session, dataset, campaign))

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
            row.planned = asdict(planned(told, *split_of(session, row), row.seed))
            row.revision, row.updated_at, row.updated_by = row.revision + 1, datetime.now(UTC), by
            session.flush()
            session.add(_audit(by, "save_campaign", slug, row.id))
            return campaign_view(session, dataset, row)

    def delete(self, slug: str, campaign: int, by: str) -> None:
        """Delete a campaign with its people, its results and their files; NotFoundError where there is none."""
        with self._database.writing() as session:
            row = _require(session, require_dataset(session, slug), campaign, lock=True)
            received = _received(row)
            session.delete(row)
            session.add(_audit(by, "delete_campaign", slug, campaign))
        remove_files_with(self._settings, hashes=received)

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

    def measure(self, slug: str, campaign: int, path: Path, name: str, missing_as: str, by: str) -> CampaignView:
        """Keep what the results of a campaign tell, in counts; results of an earlier file are replaced.

        Parameters
        ----------
        path : Path
            A file with the key of the dataset, ``responded``, and where known ``amount`` and ``contacted``.
        name : str
            What the file is called.
        missing_as : {"left_out", "no_response"}
            What people of the campaign count as who are not in the file.

        Raises
        ------
        NotFoundError
            There is no such campaign.
        ConflictError
            Its people are not fixed yet.
        BadFileError
            The file cannot be read or cannot answer; nothing is kept.
        """
        if missing_as not in MISSING:
            raise KindredError(f"{missing_as!r} is none of {', '.join(MISSING)}")
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            row = _require(session, dataset, campaign)
            if row.drawn_at is None:
                raise ConflictError("the campaign has no people yet; make its file first, then send what came back")
            attributes = attributes_of(session, dataset.id)
            members = queries.member_keys(session, campaign, customers_table(slug, attributes))
            key = dataset.key_attribute or KEY_HEADER
            own = [str(each.source_header) for each in attributes]
        with (
            opened_for(self._database, self._settings, path, slug, ImportOptions()) as (plain, dialect),
            staged(plain, dialect, self._settings.staging) as staging,
        ):
            returns = read_returns(staging, key, own)
        told = outcome(returns, {each.customer_key: each.held for each in members}, missing_as)
        with self._database.writing() as session:
            row = _require(session, dataset, campaign, lock=True)
            received = sorted({*_received(row), dialect.sha256})
            row.outcome = asdict(told) | {
                "file": name, "received": received, "at": datetime.now(UTC).isoformat(), "by": by
            }  # fmt: skip
            session.add(_audit(by, "measure_campaign", slug, campaign))
            return campaign_view(session, dataset, row)

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


def _received(row: Campaign) -> list[str]:
    """sha256 of every file that results came from."""
    return (row.outcome or {}).get("received", [])


def _require_enough(counted: Counted) -> None:
    if too_few(counted.people):
        raise KindredError(
            f"{counted.people:,} people may be written to, fewer than the {FEW} a campaign needs; choose a larger group"
        )


def _audit(by: str, action: str, slug: str, campaign: int) -> AuditEvent:
    return AuditEvent(at=datetime.now(UTC), actor=by, action=action, dataset=slug, details={"campaign": campaign})
