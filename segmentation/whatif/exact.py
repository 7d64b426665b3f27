"""The smallest change into a segment with straight borders: exact over slides, and over every choice of switches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice

import numpy as np

from segmentation.whatif.levers import Levers, Slide, Switch
from segmentation.whatif.polyhedron import project
from segmentation.whatif.regions import Cell

Lever = Slide | Switch
MOST_COMBINATIONS = 5_000  # of options, or of levers, of one size looked at
MOST_LEVERS = 3  # subsets of levers are all tried up to this size


@dataclass(frozen=True)
class Point:
    """A place in the clustered space: ``chosen`` is the option of every switch (-1: as it is)."""

    z: np.ndarray
    chosen: tuple[int, ...]
    distance: float


def least_effort(levers: Levers, cells: Sequence[Cell], margin: float = 0.0) -> Point | None:
    """The nearest point of any of the cells that the levers reach; None where they reach none.

    Parameters
    ----------
    margin : float
        How far inside the borders it has to lie.
    """
    best: Point | None = None
    bounds = sorted((_outside(levers.start, cell, margin), at) for at, cell in enumerate(cells))
    for outside, at in bounds:
        if best is not None and len(levers.switches) == 0 and outside >= best.distance:
            break
        found = _nearest(levers, cells[at], margin, best)
        if found is not None and (best is None or found.distance < best.distance):
            best = found
    return best


def fewest(levers: Levers, cells: Sequence[Cell], margin: float = 0.0) -> Point | None:
    """The nearest point among those for which the fewest levers move; None where none is reachable.

    All sets of up to three levers are tried; beyond, levers are taken from the smallest change one by one.
    """
    every: list[Lever] = [*levers.slides, *levers.switches]
    for size in range(1, min(MOST_LEVERS, len(every)) + 1):
        best: Point | None = None
        for subset in _subsets(levers, every, cells, size, margin):
            found = least_effort(_only(levers, [every[at] for at in subset]), cells, margin)
            if found is not None and (best is None or found.distance < best.distance):
                best = _in_all(levers, [every[at] for at in subset], found)
        if best is not None:
            return best
    return _pruned(levers, cells, margin) if len(every) > MOST_LEVERS else None


def _outside(z: np.ndarray, cell: Cell, margin: float) -> float:
    """A distance that the way into the cell has at least."""
    return float(np.max(cell.b + margin - cell.A @ z, initial=0.0))


def _nearest(levers: Levers, cell: Cell, margin: float, best: Point | None) -> Point | None:
    b = cell.b + margin
    low, high = levers.start.copy(), levers.start.copy()
    for slide in levers.slides:
        low[slide.column], high[slide.column] = slide.low, slide.high
    for size in range(len(levers.switches) + 1):
        if best is not None and best.distance <= _cheapest(levers, size):
            break
        for bound, chosen, z in _combinations(levers, cell.A, b, low, high, size):
            if best is not None and bound >= best.distance:
                break
            found = project(z, cell.A, b, np.where(low < high, low, z), np.where(low < high, high, z))
            distance = np.inf if found is None else float(np.linalg.norm(found - levers.start))
            if found is not None and (best is None or distance < best.distance):
                best = Point(found, chosen, distance)
    return best


def _cheapest(levers: Levers, size: int) -> float:
    """The least distance that turning so many switches costs."""
    costs = [((each.places - levers.start[each.columns]) ** 2).sum(axis=1).min() for each in levers.switches]
    return float(np.sqrt(sum(sorted(costs)[:size])))


def _combinations(
    levers: Levers, A: np.ndarray, b: np.ndarray, low: np.ndarray, high: np.ndarray, size: int
) -> list[tuple[float, tuple[int, ...], np.ndarray]]:
    """(least distance, options, place) of the turns of `size` switches that may reach the cell, the nearest first."""
    slack, free = A @ levers.start - b, low < high
    reach = np.maximum(A * (low - levers.start), A * (high - levers.start)).sum(axis=1)
    lengths = np.linalg.norm(A[:, free], axis=1)
    options = [(at, n) for at, switch in enumerate(levers.switches) for n in range(len(switch.changes))]
    steps = [levers.switches[at].places[n] - levers.start[levers.switches[at].columns] for at, n in options]
    costs = np.array([step @ step for step in steps])
    gains = [A[:, levers.switches[at].columns] @ step for (at, _), step in zip(options, steps, strict=True)]
    found = []
    for picked in islice(combinations(range(len(options)), size), MOST_COMBINATIONS):
        if len({options[each][0] for each in picked}) < size:
            continue  # two options of one switch
        inside = slack + sum((gains[at] for at in picked), np.zeros(len(b)))
        if np.any(inside + reach < -1e-9):
            continue
        short = np.divide(-inside, lengths, out=np.zeros(len(b)), where=lengths > 0)
        bound = float(np.sqrt(costs[list(picked)].sum() + np.max(short, initial=0.0) ** 2))
        found.append((bound, picked))
    found.sort(key=lambda each: each[0])
    return [(bound, *_set(levers, [options[at] for at in picked])) for bound, picked in found]


def _set(levers: Levers, options: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], np.ndarray]:
    chosen, z = [-1] * len(levers.switches), levers.start.copy()
    for at, n in options:
        chosen[at] = n
        z[levers.switches[at].columns] = levers.switches[at].places[n]
    return tuple(chosen), z


def _subsets(
    levers: Levers, every: Sequence[Lever], cells: Sequence[Cell], size: int, margin: float
) -> Iterator[tuple[int, ...]]:
    """Sets of levers that together could reach a cell."""
    gains = [np.array([_gain(levers, lever, cell.A) for lever in every]) for cell in cells]
    needs = [cell.b + margin - cell.A @ levers.start for cell in cells]
    sets = _sets(len(every), size)
    able = np.zeros(len(sets), dtype=bool)
    for gain, need in zip(gains, needs, strict=True):
        able |= np.all(gain[sets].sum(axis=1) >= need - 1e-9, axis=1)
    yield from map(tuple, sets[able].tolist())


@lru_cache(maxsize=32)
def _sets(levers: int, size: int) -> np.ndarray:
    """Sets of so many of the levers, by number; shape (n_sets, size)."""
    return np.array(list(islice(combinations(range(levers), size), MOST_COMBINATIONS)))


def _gain(levers: Levers, lever: Lever, A: np.ndarray) -> np.ndarray:
    """By how much a lever can bring a customer nearer to each half-space, at most."""
    if isinstance(lever, Slide):
        along, now = A[:, lever.column], levers.start[lever.column]
        return np.asarray(np.maximum(along * (lever.low - now), along * (lever.high - now)))
    steps = (lever.places - levers.start[lever.columns]) @ A[:, lever.columns].T
    return np.asarray(np.maximum(steps.max(axis=0), 0.0))


def _only(levers: Levers, kept: Sequence[Lever]) -> Levers:
    slides, switches = ([each for each in kept if isinstance(each, kind)] for kind in (Slide, Switch))
    return Levers(levers.values, levers.start, slides, switches, [])  # type: ignore[arg-type]


def _in_all(levers: Levers, kept: Sequence[Lever], point: Point) -> Point:
    """A point found with some of the levers, told in all of them."""
    those = [each for each in kept if isinstance(each, Switch)]
    by_switch = {id(switch): option for switch, option in zip(those, point.chosen, strict=True)}
    return Point(point.z, tuple(by_switch.get(id(switch), -1) for switch in levers.switches), point.distance)


def _pruned(levers: Levers, cells: Sequence[Cell], margin: float) -> Point | None:
    """Levers are left alone one by one, the one that moved least first, as long as the segment is still reached."""
    kept: list[Lever] = [*levers.slides, *levers.switches]
    least = least_effort(levers, cells, margin)
    if least is None:
        return None
    best = least
    for lever in sorted(kept, key=lambda each: _moved(levers, each, least.z)):
        fewer = [each for each in kept if each is not lever]
        found = least_effort(_only(levers, fewer), cells, margin)
        if found is not None:
            kept, best = fewer, _in_all(levers, fewer, found)
    return best


def _moved(levers: Levers, lever: Lever, z: np.ndarray) -> float:
    at = lever.column if isinstance(lever, Slide) else lever.columns
    return float(np.linalg.norm(z[at] - levers.start[at]))
