"""Which attribute would move most members of a segment, asked of all of them or of a sample."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from db.models import SegmentIdentity
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import NotFoundError
from segmentation.filters import Filter
from segmentation.identity import UNASSIGNED_COLOUR
from segmentation.services.customers import CustomerService
from segmentation.services.simulation import SimulationService
from segmentation.snapshots import Snapshots
from segmentation.whatif.group import Change, ranges
from segmentation.whatif.pushes import Push, pushes
from segmentation.withholding import too_few

SAMPLE = 2_000
SEED = 42


@dataclass(frozen=True)
class Destination:
    """A segment that members would go to, and the share of all that would."""

    slug: str
    name: str
    colour: int
    share: float


@dataclass(frozen=True)
class Moved:
    """One step of one attribute: the share of the members that would be elsewhere, and where."""

    change: Change
    label: str
    unit: str | None
    kind: str
    share: float
    to: list[Destination]


@dataclass(frozen=True)
class SegmentPushes:
    """Every step, the one that moves most first; ``asked`` of so many ``members``. ``locked`` are left alone."""

    asked: int
    members: int
    steps: list[Moved]
    locked: list[str]


class PushService:
    """See the module; nothing is stored."""

    def __init__(
        self, database: Database, settings: Settings, simulation: SimulationService, customers: CustomerService
    ) -> None:
        self._database, self._simulation, self._customers = database, simulation, customers
        self._snapshots = Snapshots(database, settings)

    def of_segment(self, slug: str, segment: str) -> SegmentPushes | None:
        """The steps for a segment of the version in use; None of fewer than ten members and of Unassigned.

        Of more than 2,000 members a sample is asked, the same each time.

        Raises
        ------
        NotFoundError
            There is no such dataset, model or segment.
        """
        with self._database.reading() as session:
            opened = self._simulation.opened(session, slug)
        by_slug = {identity.slug: identity for _, identity in opened.segments.values()}
        if segment not in by_slug:
            raise NotFoundError(f"dataset {slug!r} has no segment {segment!r}; its segments: {', '.join(by_slug)}")
        ids = np.sort(self._customers.ids(slug, Filter(segment)))
        if too_few(len(ids)) or by_slug[segment].colour == UNASSIGNED_COLOUR:
            return None
        rng = np.random.default_rng(SEED)
        chosen = np.sort(rng.choice(ids, SAMPLE, replace=False)) if len(ids) > SAMPLE else ids
        members = pd.concat(list(self._snapshots.parts(slug, list(opened.bundle.inputs), chosen)))
        form = opened.form
        found = pushes(
            opened.bundle, members, form.controls, form.limits,
            ranges(form.controls, form.everyone, opened.run.as_of), form.everyone,
        )  # fmt: skip
        identities = {label: identity for label, (_, identity) in opened.segments.items()}
        locked = [each.label for each in form.limits.values() if each.locked]
        return SegmentPushes(len(members), len(ids), [_moved(each, len(members), identities) for each in found], locked)


def _moved(push: Push, members: int, identities: dict[int, SegmentIdentity]) -> Moved:
    to = [
        Destination(identities[label].slug, identities[label].name, identities[label].colour, count / members)
        for label, count in push.to
    ]
    return Moved(push.change, push.label, push.unit, push.kind, push.moved / members, to)
