"""What it would take to be in a segment: the smallest change, the fewest changes, and what marketing alone can move."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from segmentation import scoring
from segmentation.controls import Control
from segmentation.modelling.artifacts import ModelBundle
from segmentation.whatif import exact
from segmentation.whatif.bent import bent_path
from segmentation.whatif.landing import Landing, Question, land
from segmentation.whatif.levers import Levers, levers
from segmentation.whatif.limits import Limits, number
from segmentation.whatif.regions import Cell, cells

UNREACHABLE = "not reachable within what was observed"
MOST_FEW = 3  # inputs, where the fewest are searched for
MOST_CELLS = 60  # a stand-in has hundreds: those nearest are looked at


@dataclass(frozen=True)
class Way:
    """One way to the target: ``kind`` is least_effort, fewest, marketing, or safer (see there)."""

    kind: str
    landing: Landing


@dataclass(frozen=True)
class Path:
    """All ways to a segment; none where it is ``not reachable``, and why."""

    ways: list[Way]
    method: str
    reason: str | None


def find_path(
    bundle: ModelBundle,
    controls: Sequence[Control],
    values: Mapping[str, Any],
    limits: Mapping[str, Limits],
    target: int,
) -> Path:
    """The ways of a customer to a segment they are not in.

    Parameters
    ----------
    values : mapping
        Of every input; None: missing.
    limits : mapping by input
        Observed ranges, steps and locks.
    target : int
        The segment's label.

    Returns
    -------
    Path
        ``method`` is ``exact`` where the smallest change before rounding is proven to be that: straight borders
        (k-means and its kin, stand-ins) and inputs that act through one feature each. Else ``search``.
    """
    near = reach_of(limits, values)
    all_of = levers(bundle, controls, values, near)
    if not (all_of.slides or all_of.switches or all_of.tangled):
        return Path([], "exact", "every input is locked; unlock at least one")
    region = cells(scoring.assigner(bundle), target)
    question = Question(bundle, controls, near, all_of, target)
    straight = region is not None and not all_of.tangled
    ways = _straight(question, region or []) if straight else _bent(question)
    return Path(ways, "exact" if straight else "search", None if ways else UNREACHABLE)


def _straight(question: Question, region: list[Cell]) -> list[Way]:
    start = question.levers.start
    region = sorted(region, key=lambda cell: float((cell.b - cell.A @ start).max(initial=0.0)))[:MOST_CELLS]
    least = land(question, lambda margin: exact.least_effort(question.levers, region, margin))
    if least is None:
        return []
    few = land(question, lambda margin: exact.fewest(question.levers, region, margin)) or least
    marketing = _influenced(question.levers)
    if len(marketing.slides) + len(marketing.switches) == len(question.levers.slides) + len(question.levers.switches):
        return _told(least, few, least)
    by_marketing = land(
        replace(question, levers=marketing), lambda margin: exact.least_effort(marketing, region, margin)
    )
    return _told(least, few, by_marketing)


def _told(least: Landing, few: Landing, by_marketing: Landing | None) -> list[Way]:
    """The ways by kind; rounding may make one that was looked for otherwise the nearest."""
    landed = [each for each in (least, few, by_marketing) if each]
    ways = [Way("least_effort", min(landed, key=lambda each: each.distance)), Way("fewest", few)]
    return [*ways, Way("marketing", by_marketing)] if by_marketing else ways


def _bent(question: Question) -> list[Way]:
    least = bent_path(question)
    if least is None:
        return []
    few = min(_of_few(question, least), key=lambda each: (len(each.changes), each.distance))
    by_marketing = bent_path(replace(question, levers=_influenced(question.levers, question.limits)))
    return _told(least, few, by_marketing)


def _influenced(of: Levers, limits: Mapping[str, Limits] | None = None) -> Levers:
    """What marketing can move."""
    return replace(
        of,
        slides=[each for each in of.slides if each.influenced],
        switches=[each for each in of.switches if each.influenced],
        tangled=[name for name in of.tangled if limits and limits[name].influenced],
    )


def _of_few(question: Question, least: Landing) -> Iterator[Landing]:
    """What the inputs that moved furthest do alone, one, two and three of them; and the smallest change itself."""
    yield least
    by_size = sorted(least.changes, key=lambda name: -_share(question, name, least.changes[name]))
    for most in range(1, min(MOST_FEW, len(by_size) - 1) + 1):
        found = bent_path(replace(question, levers=_held(question.levers, by_size[:most])))
        if found is not None:
            yield found
            return


def _share(question: Question, name: str, value: Any) -> float:
    """How much of its range an input moved."""
    own, now = question.limits[name], question.levers.values[name]
    if own.kind not in ("number", "date") or now is None or own.high <= own.low:
        return 1.0
    return abs(number(value, own.kind) - number(now, own.kind)) / (own.high - own.low)


def _held(of: Levers, names: Collection[str]) -> Levers:
    """Only what moves one of these inputs."""
    return replace(
        of,
        slides=[each for each in of.slides if set(each.weights) & set(names)],
        switches=[each for each in of.switches if any(set(option) & set(names) for option in each.changes)],
        tangled=[name for name in of.tangled if name in names],
    )


def reach_of(limits: Mapping[str, Limits], values: Mapping[str, Any]) -> dict[str, Limits]:
    """The limits as they are for a customer with these values."""
    return {name: own.within(_number(values[name], own)) for name, own in limits.items()}


def _number(value: Any, own: Limits) -> float | None:
    return number(value, own.kind) if value is not None and own.kind in ("number", "date") else None
