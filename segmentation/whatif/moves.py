"""Who of a group moves where when all of it changes: counted part by part, so that memory stays bounded. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from segmentation import scoring
from segmentation.controls import Control
from segmentation.modelling.artifacts import ModelBundle
from segmentation.whatif.group import Change, Changed, Range, changed
from segmentation.withholding import too_few


@dataclass(frozen=True)
class Side:
    """A segment's members in the group before and after; value is None without one, and of fewer than 10 members."""

    slug: str
    name: str
    colour: int
    before: int
    after: int
    value_before: float | None
    value_after: float | None


@dataclass(frozen=True)
class Flow:
    """How many customers go from one segment (its slug) to another, or stay."""

    start: str
    end: str
    customers: int


@dataclass(frozen=True)
class GroupResult:
    """What `changes` do to a group, by the ordinary path to a label.

    ``gone`` were asked for and are not stored; ``outside`` are out of what was observed after the change, of the
    movers ``unsure`` are borderline in their new segment. ``limited``, ``missing`` and ``beyond`` are by attribute, as
    `Changed` has them. ``value_before`` and ``value_after`` are of the whole group, None where there is no value.
    """

    version: int
    as_of: date
    group: str
    changes: list[Change]
    customers: int
    gone: int
    moved: int
    outside: int
    unsure: int
    limited: dict[str, int]
    missing: dict[str, int]
    beyond: dict[str, int]
    value_before: float | None
    value_after: float | None
    segments: list[Side]
    flows: list[Flow]

    def as_json(self) -> dict[str, Any]:
        listed = {name: [vars(each) for each in getattr(self, name)] for name in ("changes", "segments", "flows")}
        return {**vars(self), "as_of": self.as_of.isoformat(), **listed}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "GroupResult":
        """What `as_json` wrote, whatever was added to it."""
        return cls(
            **{
                **{name: document[name] for name in cls.__annotations__},
                "as_of": date.fromisoformat(document["as_of"]),
                "changes": [Change(**each) for each in document["changes"]],
                "segments": [Side(**each) for each in document["segments"]],
                "flows": [Flow(**each) for each in document["flows"]],
            }
        )


class Moves:
    """The counts of a group, one part of it after another."""

    def __init__(self, segments: int, values: Sequence[str], border: float) -> None:
        """`values` are the attributes that add up to what a customer is worth; `border` as for `borderline_under`."""
        self._k, self._values, self._border = segments, list(values), border
        self._pairs = np.zeros((segments, segments), dtype=np.int64)
        self._value_before, self._value_after = np.zeros(segments), np.zeros(segments)
        self._counts: Counter[str] = Counter()
        self._by_attribute: dict[str, Counter[str]] = {"limited": Counter(), "missing": Counter(), "beyond": Counter()}

    def add(
        self,
        bundle: ModelBundle,
        frame: pd.DataFrame,
        changes: Sequence[Change],
        controls: Sequence[Control],
        limits: Mapping[str, Range],
    ) -> None:
        """Count some customers, with the model's inputs and the attributes of value as a snapshot has them."""
        now = changed(frame, changes, controls, limits)
        before, after = scoring.assign(bundle, frame), scoring.assign(bundle, now.frame)
        place = before.label.astype(np.int64) * self._k + after.label
        self._pairs += np.bincount(place, minlength=self._k**2).reshape(self._k, self._k)
        movers = before.label != after.label
        self._counts["customers"] += len(frame)
        self._counts["moved"] += int(movers.sum())
        self._counts["unsure"] += int((movers & (after.confidence < self._border)).sum())
        self._count_changed(now)
        if self._values:
            self._value_before += np.bincount(before.label, self._worth(frame), minlength=self._k)
            self._value_after += np.bincount(after.label, self._worth(now.frame), minlength=self._k)

    def _count_changed(self, now: Changed) -> None:
        self._counts["outside"] += int(now.outside.sum())
        for what, counts in self._by_attribute.items():
            for name, customers in getattr(now, what).items():
                counts[name] += customers

    def _worth(self, frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(frame[self._values].fillna(0.0).sum(axis=1).to_numpy(dtype=np.float64))

    def result(
        self,
        segments: Sequence[tuple[str, str, int]],
        changes: Sequence[Change],
        *,
        version: int,
        as_of: date,
        group: str,
        gone: int = 0,
    ) -> GroupResult:
        """The counts in words of the segments: slug, name and colour of each, by label."""
        before, after = self._pairs.sum(axis=1), self._pairs.sum(axis=0)
        sides = [
            Side(*segment, int(a), int(b), self._told(v, a), self._told(w, b))
            for segment, a, b, v, w in zip(segments, before, after, self._value_before, self._value_after, strict=True)
        ]
        flows = [
            Flow(segments[start][0], segments[end][0], int(self._pairs[start, end]))
            for start, end in zip(*np.nonzero(self._pairs), strict=True)
        ]
        by_attribute = {what: {n: c for n, c in each.items() if c} for what, each in self._by_attribute.items()}
        total = self._counts["customers"]
        return GroupResult(
            version=version, as_of=as_of, group=group, changes=list(changes), customers=total, gone=gone,
            moved=self._counts["moved"], outside=self._counts["outside"], unsure=self._counts["unsure"],
            limited=by_attribute["limited"], missing=by_attribute["missing"], beyond=by_attribute["beyond"],
            value_before=self._told(self._value_before.sum(), total),
            value_after=self._told(self._value_after.sum(), total),
            segments=sides, flows=sorted(flows, key=lambda each: (-each.customers, each.start, each.end)),
        )  # fmt: skip

    def _told(self, value: float, members: int) -> float | None:
        return float(value) if self._values and not too_few(members) else None
