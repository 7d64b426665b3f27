"""What if a whole group changed: everyone, a segment, a saved filter, or a list of customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from db.queries.datasets import attributes_of
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import KindredError
from segmentation.filters import Filter
from segmentation.lookups import require_dataset
from segmentation.progress import Progress, no_progress
from segmentation.scoring import borderline_under
from segmentation.services.customers import CustomerService
from segmentation.services.filters import FilterService
from segmentation.services.group_lists import MOST_LISTED, Listed, read_list
from segmentation.services.simulation import Opened, SimulationService
from segmentation.snapshots import Snapshots
from segmentation.value import value_attributes
from segmentation.whatif.group import parse_changes, ranges
from segmentation.whatif.moves import GroupResult, Moves

__all__ = ["Group", "GroupResult", "GroupService"]

AT_ONCE = 20_000  # customers; of more a job asks


@dataclass(frozen=True)
class Group:
    """Whom it is about: a segment's slug, or a saved filter's name, or the ids of listed customers; none: everyone."""

    segment: str | None = None
    filter: str | None = None
    ids: tuple[int, ...] | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Self:
        """As the browser, a job and the store have it; KindredError for more than one group at once."""
        ids = asked.get("ids")
        found = cls(asked.get("segment") or None, asked.get("filter") or None, None if ids is None else tuple(ids))
        if sum(each is not None for each in (found.segment, found.filter, found.ids)) > 1:
            raise KindredError("choose one group: a segment, a saved filter, or a list of customers")
        if found.ids is not None and len(found.ids) > MOST_LISTED:
            raise KindredError(f"a list of {len(found.ids):,} customers is too long; {MOST_LISTED:,} are the most")
        return found

    def as_json(self) -> dict[str, Any]:
        return {"segment": self.segment, "filter": self.filter, "ids": None if self.ids is None else list(self.ids)}


@dataclass(frozen=True)
class _Asked:
    """A group found: who (None: everyone), how many were asked for, and what it is called."""

    ids: np.ndarray | None
    customers: int
    name: str


class GroupService:
    """Scores the customers of a group before and after a change; nothing is stored."""

    def __init__(
        self, database: Database, settings: Settings, simulation: SimulationService, customers: CustomerService,
        filters: FilterService,
    ) -> None:  # fmt: skip
        self._database, self._settings, self._simulation = database, settings, simulation
        self._customers, self._filters = customers, filters
        self._snapshots = Snapshots(database, settings)

    def listed(self, slug: str, path: Path) -> Listed:
        """The customers a file of keys names; errors as for `read_list`."""
        return read_list(self._database, self._settings, slug, path)

    def size(self, slug: str, group: Group) -> int:
        """How many customers a group has, without those of a list who are gone; errors as for `run`."""
        return self._found(slug, group).customers

    def check(self, slug: str, changes: Sequence[Mapping[str, Any]]) -> None:
        """Raises as `run` does for changes that cannot be, before anybody is looked for."""
        with self._database.reading() as session:
            parse_changes(changes, self._simulation.opened(session, slug).form.controls)

    def run(
        self, slug: str, group: Group, changes: Sequence[Mapping[str, Any]], progress: Progress = no_progress
    ) -> GroupResult:
        """Who of a group moves where with these changes, as the champion's newest run sees them.

        Every customer is scored by `segmentation.scoring.assign`, before and after, a part of the customers at a time.

        Raises
        ------
        KindredError
            Nothing to change, a change that cannot be, or nobody in the group.
        NotFoundError
            There is no such dataset, segment or filter, or no model yet.
        """
        with self._database.reading() as session:
            opened = self._simulation.opened(session, slug)
            values = value_attributes(attributes_of(session, opened.dataset.id))
        controls = opened.form.controls
        asked = parse_changes(changes, controls)
        found = self._found(slug, group)
        if not found.customers:
            raise KindredError(f"nobody is in the group {found.name!r}; choose another one")
        limits = ranges(controls, opened.form.everyone, opened.run.as_of)
        moves = Moves(len(opened.segments), values, borderline_under(opened.bundle.algorithm))
        seen = 0
        for frame in self._snapshots.parts(slug, list(dict.fromkeys([*opened.bundle.inputs, *values])), found.ids):
            progress(min(seen / found.customers, 0.99), "scoring the customers before and after the change")
            moves.add(opened.bundle, frame, asked, controls, limits)
            seen += len(frame)
        if not seen:
            raise KindredError(f"nobody of the group {found.name!r} is stored any more; choose another one")
        progress(1.0, "done")
        gone = max(found.customers - seen, 0)
        return moves.result(
            _segments(opened), asked, version=opened.model.id, as_of=opened.run.as_of, group=found.name, gone=gone
        )

    def _found(self, slug: str, group: Group) -> _Asked:
        if group.ids is not None:
            listed = np.unique(np.array(group.ids, dtype=np.int64))
            return _Asked(listed, len(listed), "a list of customers")
        if group.filter is not None:
            return self._narrowed(slug, self._filters.named(slug, group.filter), group.filter)
        if group.segment is not None:
            names = self._names(slug)
            return self._narrowed(slug, Filter(group.segment), names.get(group.segment, group.segment))
        with self._database.reading() as session:
            return _Asked(None, require_dataset(session, slug).customers, "Everyone")

    def _narrowed(self, slug: str, by: Filter, name: str) -> _Asked:
        ids = np.sort(self._customers.ids(slug, by))
        return _Asked(ids, len(ids), name)

    def _names(self, slug: str) -> dict[str, str]:
        with self._database.reading() as session:
            opened = self._simulation.opened(session, slug)
        return {identity.slug: identity.name for _, identity in opened.segments.values()}


def _segments(opened: Opened) -> list[tuple[str, str, int]]:
    identities = [opened.segments[label][1] for label in sorted(opened.segments)]
    return [(each.slug, each.name, each.colour) for each in identities]
