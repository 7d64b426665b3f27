"""What if a stored or imagined customer were different, and what it would take to be in another segment."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from db.models import SegmentIdentity
from db.queries.datasets import attributes_of
from db.queries.profiles import profiles_of_segment
from db.session import Database
from segmentation import scoring, simulator
from segmentation.config import Settings
from segmentation.controls import Control, at_median
from segmentation.errors import KindredError, NotFoundError
from segmentation.lookups import near
from segmentation.services.customer_reading import find
from segmentation.services.neighbours import Neighbour, Neighbours
from segmentation.services.scoring import ScoringService
from segmentation.services.simulation import Opened, SimulationService
from segmentation.simulator import LEANING
from segmentation.snapshots import Snapshots
from segmentation.whatif.group import SET, Change, changed
from segmentation.whatif.limits import Limits, relocked, written
from segmentation.whatif.paths import Path, Way, find_path, reach_of
from segmentation.whatif.safer import safer
from segmentation.whatif.sensitivity import Along, sensitivity
from segmentation.withholding import too_few

__all__ = ["Asked", "WayOut", "WhatIfService"]


@dataclass(frozen=True)
class WayOut:
    """What it would take to be in the target. ``reach`` are the bounds of what may change, ``found`` the ways."""

    target: str
    target_slug: str
    colour: int
    here: bool
    found: Path
    locked: list[str]
    reach: dict[str, list[Any]]


@dataclass(frozen=True)
class Asked:
    """The customer of a question: the values before, those now, and what of them was changed."""

    customer: str | None
    start: dict[str, Any]
    values: dict[str, Any]

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.values.items() if value != self.start[name]}


class WhatIfService:
    """Asks the champion what would be different; nothing is stored."""

    def __init__(
        self, database: Database, settings: Settings, simulation: SimulationService, scoring_: ScoringService
    ) -> None:
        self._database, self._simulation, self._scoring = database, simulation, scoring_
        self._neighbours = Neighbours(Snapshots(database, settings))

    def customer(self, slug: str, key: str) -> dict[str, Any]:
        """The values a stored customer has of every input.

        Raises
        ------
        NotFoundError
            There is no such dataset, no model yet, or no such customer.
        """
        with self._database.reading() as session:
            opened = self._simulation.opened(session, slug)
            row = find(session, opened.dataset, attributes_of(session, opened.dataset.id), key)
        if row is None:
            raise NotFoundError(f"dataset {slug!r} has no customer {key!r}; look the key up in the list of customers")
        return {control.name: _as_given(row.get(control.name), control) for control in opened.form.controls}

    def nearest(self, slug: str, values: Mapping[str, Any], but: str | None = None) -> tuple[list[Neighbour], int, int]:
        """The stored customers most like these values; how many were compared with, and how many there are."""
        opened = self._opened(slug)
        complete = simulator.typed(values, opened.form.controls)
        crowd = self._neighbours.crowd(slug, opened.dataset.state, opened.run.id, opened.bundle)
        x = scoring.prepare(opened.bundle, simulator.rows([complete], opened.form.controls))[0]
        return crowd.nearest(x, but=but), len(crowd.keys), crowd.customers

    def path(
        self,
        slug: str,
        values: Mapping[str, Any],
        target: str,
        lock: Collection[str] = (),
        unlock: Collection[str] = (),
    ) -> WayOut:
        """What it would take a customer with these values to be in the segment `target` (its slug or name).

        Parameters
        ----------
        lock, unlock : names of inputs
            Locked beside those nobody can influence (age, gender, tenure); released from these.

        Raises
        ------
        KindredError
            A value is impossible, or an input is none of the model's.
        NotFoundError
            There is no such dataset, no model, no such segment.
        """
        opened = self._opened(slug)
        complete = simulator.typed(values, opened.form.controls)
        _known([*lock, *unlock], opened.form.controls)
        label = _target(opened, target)
        own = relocked(opened.form.limits, lock, unlock)
        _, identity = opened.segments[label]
        answer = simulator.answer(opened.bundle, simulator.rows([complete], opened.form.controls))
        here = answer.label == label
        found = (
            Path([], "exact", None) if here else find_path(opened.bundle, opened.form.controls, complete, own, label)
        )
        found = self._with_safer(opened, complete, own, label, found)
        locked = [name for name, each in own.items() if each.locked]
        return WayOut(identity.name, identity.slug, identity.colour, here, found, locked, _reach(own, complete))

    def _with_safer(
        self, opened: Opened, values: Mapping[str, Any], own: Mapping[str, Limits], label: int, found: Path
    ) -> Path:
        """With a way that is as sure as all but the least sure quarter of the target's members, where there is one."""
        segment, _ = opened.segments[label]
        percentiles = opened.form.percentiles.get(segment, [])
        if not found.ways or not percentiles:
            return found
        with self._database.reading() as session:
            members = {row.attribute: row for row in profiles_of_segment(session, opened.run.id, segment)}
        if too_few(max((row.customers + row.missing for row in members.values()), default=0)):
            return found
        middle = {each.name: at_median(each, members[each.name]).value for each in opened.form.controls
                  if each.name in members and members[each.name].quantiles}  # fmt: skip
        near_limits, landing = reach_of(own, values), found.ways[0].landing
        further = safer(
            opened.bundle, opened.form.controls, values, near_limits, landing, middle, label, percentiles[LEANING]
        )
        return replace(found, ways=[*found.ways, Way("safer", further)]) if further else found

    def path_with(self, slug: str, values: Mapping[str, Any], target: str, locked: Collection[str]) -> WayOut:
        """As `path`, with these inputs locked and no other."""
        opened = self._opened(slug)
        free = [control.name for control in opened.form.controls if control.name not in locked]
        return self.path(slug, values, target, locked, free)

    def along(self, slug: str, values: Mapping[str, Any]) -> tuple[list[Along], list[SegmentIdentity]]:
        """How every number of a customer would move them by itself, and the segments by label."""
        opened = self._opened(slug)
        complete = simulator.typed(values, opened.form.controls)
        identities = [opened.segments[label][1] for label in sorted(opened.segments)]
        return sensitivity(opened.bundle, opened.form.controls, complete), identities

    def document(
        self,
        slug: str,
        key: str,
        changes: Mapping[str, Any],
        target: str | None = None,
        lock: Collection[str] = (),
        unlock: Collection[str] = (),
    ) -> dict[str, Any]:
        """A stored customer with changes, and the ways to a target, as `kindred whatif --json` tells them."""
        start = self.customer(slug, key)
        asked = Asked(key, start, {**start, **simulator.typed({**start, **changes}, self._opened(slug).form.controls)})
        before, now = self._simulation.simulate(slug, start), self._simulation.simulate(slug, asked.values)
        nearest, _, _ = self.nearest(slug, asked.values, key)
        told = {
            "customer": key,
            "version": now.version,
            "segment": now.segment,
            "slug": now.slug,
            "confidence": now.confidence,
            "runner_up": now.runner_up,
            "before": {"segment": before.segment, "slug": before.slug, "confidence": before.confidence},
            "values": asked.values,
            "changes": asked.changes,
            "reasons": [
                {
                    "attribute": reason.attribute,
                    "value": reason.value,
                    "pull": reason.pull,
                    "toward": now.segment if reason.pull >= 0 else now.runner_up,
                }
                for reason in now.reasons
            ],
            "nearest": [{"customer": each.customer, "distance": each.distance} for each in nearest],
            "warnings": now.warnings,
        }
        if target is None:
            return told
        return told | self._target_document(slug, asked, self.path(slug, asked.values, target, lock, unlock))

    def _target_document(self, slug: str, asked: Asked, way: WayOut) -> dict[str, Any]:
        """``changes`` are all that differs from the stored customer, the asked ones included."""
        best = way.found.ways[0].landing if way.found.ways else None
        reached = {**asked.values, **(best.changes if best else {})}
        after = self._simulation.simulate(slug, reached) if best or way.here else None
        return {
            "changes": Asked(asked.customer, asked.start, reached).changes if after else {},
            "target": way.target,
            "target_slug": way.target_slug,
            "reachable": after is not None,
            "reason": way.found.reason,
            "distance": best.distance if best else 0.0 if way.here else None,
            "after": {"segment": after.segment, "slug": after.slug, "confidence": after.confidence} if after else None,
            "locked": way.locked,
            "bounds": way.reach,
            "method": way.found.method,
            "alternatives": [
                {
                    "kind": each.kind,
                    "changes": each.landing.changes,
                    "distance": each.landing.distance,
                    "confidence": each.landing.confidence,
                }
                for each in way.found.ways
            ],
        }

    def file(self, slug: str, path: FilePath, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Who of a file would move, with the same changes in every row: customers, moved, transitions."""
        opened = self._opened(slug)
        typed = simulator.typed(changes, opened.form.controls)
        rows, bundle, names, _ = self._scoring.read_file(slug, path)
        asked = [Change(name, SET, typed[name]) for name in changes]
        now = changed(rows.frame, asked, opened.form.controls, {})
        before, after = (scoring.assign(bundle, frame).label for frame in (rows.frame, now.frame))
        pairs = Counter(zip(before.tolist(), after.tolist(), strict=True))
        return {
            "customers": len(rows.frame),
            "moved": int((before != after).sum()),
            "transitions": [
                {"from": names[one][0], "to": names[other][0], "customers": n}
                for (one, other), n in sorted(pairs.items(), key=lambda each: (-each[1], each[0]))
            ],
        }

    def _opened(self, slug: str) -> Opened:
        with self._database.reading() as session:
            return self._simulation.opened(session, slug)


def _as_given(value: Any, control: Control) -> Any:
    """A stored value as the form has it."""
    if value is None:
        return None
    if control.kind == "date":
        return str(value)[:10]
    if control.kind == "flag":
        return bool(value)
    return float(value) if control.kind == "number" else str(value)


def _known(names: Sequence[str], controls: Sequence[Control]) -> None:
    known = [control.name for control in controls]
    for name in names:
        if name not in known:
            close = near(name, known)
            hint = f"did you mean {' or '.join(close)}?" if close else f"it uses: {', '.join(known)}"
            raise KindredError(f"the model does not use an attribute {name!r}, so it cannot be locked; {hint}")


def _target(opened: Opened, wanted: str) -> int:
    """The label of the segment with this slug or name."""
    by_slug = {identity.slug: label for label, (_, identity) in opened.segments.items()}
    by_name = {identity.name.casefold(): label for label, (_, identity) in opened.segments.items()}
    if wanted in by_slug:
        return by_slug[wanted]
    if wanted.casefold() in by_name:
        return by_name[wanted.casefold()]
    raise NotFoundError(f"there is no segment {wanted!r}; segments are: {', '.join(sorted(by_slug))}")


def _reach(limits: Mapping[str, Limits], values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The ends of every number and date that may change, in its own units."""
    near_limits = reach_of(limits, values)
    return {
        name: [written(each.low, each.kind), written(each.high, each.kind)]
        for name, each in near_limits.items()
        if each.kind in ("number", "date") and not each.locked and each.low <= each.high < float("inf")
    }
