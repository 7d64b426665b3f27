"""All segments side by side: how far each lies from everyone in every attribute, and what a row of that says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import combinations, pairwise

from segmentation.directions import direction
from segmentation.portraits import NOTICEABLE, Rows, distance, level_effect_size
from segmentation.profiles import ProfileRow
from segmentation.segment_views import SegmentSummary
from segmentation.withholding import FEW, too_few
from segmentation.wording import count_word, listed, lowered, sentence_case

CLEAR = 0.5  # sd: two groups of segments lie apart; a distance that a title may name
STEPS = (0.2, 0.5, 0.8)  # Cohen's bands, which the colours of the heat map follow
HIGH_LOW = {"share": ("common", "rare"), "date": ("late", "early")}
HIGHER_LOWER = {"share": ("more common", "rarer"), "date": ("later", "earlier")}


@dataclass(frozen=True)
class Cell:
    """One segment in one row: ``value`` as in `Contrast`, ``effect`` in sd from everyone; None where untold."""

    value: float | None = None
    effect: float | None = None


@dataclass(frozen=True)
class Contrast:
    """One attribute over all segments: means of numbers, shares of flags and of one ``level`` of a category.

    A date has no means. ``cells`` are in the order of the segments; ``reading`` says the row in a line.
    """

    attribute: str
    label: str
    kind: str
    unit: str | None
    used: bool
    level: str | None
    population: float | None
    cells: tuple[Cell, ...]
    reading: str = ""

    @property
    def full_label(self) -> str:
        return f"{self.label}: {self.level}" if self.level is not None else self.label

    @property
    def is_share(self) -> bool:
        return self.level is not None or self.kind == "flag"

    @property
    def topic(self) -> str:
        """What it is about, inside a sentence."""
        return direction(self.attribute, self.full_label, self.kind).topic

    def spread(self, among: Iterable[int] | None = None) -> float:
        """How far apart the segments (at the places `among`) lie, in sd: the largest distance of two of them."""
        places = range(len(self.cells)) if among is None else among
        effects = [e for at in places if (e := self.cells[at].effect) is not None]
        return max(effects) - min(effects) if effects else 0.0

    @property
    def strongest(self) -> float:
        """The distance from everyone of the segment furthest from them, without its sign."""
        return max((abs(cell.effect) for cell in self.cells if cell.effect is not None), default=0.0)


@dataclass(frozen=True)
class SegmentContrasts:
    """What the page that compares segments shows; ``alike`` are the places of the two that lie nearest."""

    segments: list[SegmentSummary]
    rows: list[Contrast]
    title: str
    lede: str
    alike: tuple[int, ...]
    customers: int
    version: int
    as_of: date
    created_at: datetime

    @property
    def told(self) -> list[int]:
        """Places of the segments with enough members to be described."""
        return [at for at, segment in enumerate(self.segments) if not too_few(segment.customers)]


@dataclass
class _Splits:
    """Which rows part the segments in which way, to say so once."""

    known: dict[frozenset[int], str] = field(default_factory=dict)


def contrasts(
    profiles: Mapping[int | None, Rows], ids: Sequence[int], names: Sequence[str], told: Sequence[int]
) -> list[Contrast]:
    """A row per attribute, what formed the segments first, then by how far apart the segments lie.

    Parameters
    ----------
    profiles : mapping
        Profile rows by segment id (None: everyone), then attribute.
    ids, names : sequence
        Of the segments, in display order.
    told : sequence of int
        Places of those with at least 10 members; of the others nothing is told.
    """
    everyone = profiles.get(None, {})
    rows = [_row(whole, [profiles.get(i, {}).get(name) for i in ids], told) for name, whole in everyone.items()]
    found = [row for row in rows if row is not None]
    found.sort(key=lambda row: (not row.used, -round(row.spread(), 9), row.attribute))
    splits = _Splits()
    return [replace(row, reading=_reading(row, names, splits)) for row in found]


def _row(whole: ProfileRow, rows: Sequence[ProfileRow | None], told: Sequence[int]) -> Contrast | None:
    parts = [row if at in told else None for at, row in enumerate(rows)]
    base = (whole.attribute, whole.label, whole.kind, whole.unit, whole.used)
    if whole.kind == "category":
        possible = [
            Contrast(*base, level["level"], level["share"], tuple(_share(row, at, level["share"]) for row in parts))
            for at, level in enumerate(whole.levels or [])
            if level["customers"] >= FEW
        ]
        return max(possible, key=lambda row: round(row.spread(), 9), default=None)
    if whole.effect is None:
        return None
    return Contrast(*base, None, whole.mean, tuple(Cell(row.mean, row.effect) if row else Cell() for row in parts))


def _share(row: ProfileRow | None, at: int, everyone: float) -> Cell:
    if row is None or not row.levels or not row.customers:
        return Cell()
    share = row.levels[at]["share"]
    return Cell(share, level_effect_size(share, everyone))


def step(effect: float | None) -> int:
    """The colour of a distance, −3 to 3.

    >>> step(0.19), step(-0.2), step(0.5), step(-4.0), step(None)
    (0, -1, 2, -3, 0)
    """
    if effect is None:
        return 0
    size = sum(abs(effect) >= least for least in STEPS)
    return size if effect > 0 else -size


def parted(row: Contrast, among: Iterable[int]) -> tuple[list[int], list[int], float]:
    """The segments above and below the widest gap of a row, both highest first, and how wide it is in sd.

    >>> spend = Contrast("s", "Spend", "number", None, True, None, 5.0, (Cell(9, 1.0), Cell(1, -0.8), Cell(8, 0.9)))
    >>> above, below, gap = parted(spend, range(3))
    >>> above, below, round(gap, 1)
    ([0, 2], [1], 1.7)
    """
    effects = {at: e for at in among if (e := row.cells[at].effect) is not None}
    order = sorted(effects, key=lambda at: (-effects[at], at))
    gaps = [effects[a] - effects[b] for a, b in pairwise(order)]
    if not gaps:
        return order, [], 0.0
    widest = gaps.index(max(gaps))
    return order[: widest + 1], order[widest + 1 :], gaps[widest]


def _reading(row: Contrast, names: Sequence[str], splits: _Splits) -> str:
    """What a row says, in a line."""
    effects = {at: cell.effect for at, cell in enumerate(row.cells) if cell.effect is not None}
    if row.strongest < NOTICEABLE:
        return "Hardly differs" if row.strongest else "The same in all of them"
    kind = "share" if row.is_share else row.kind
    if row.strongest < CLEAR:
        furthest = max(effects, key=lambda at: abs(effects[at]))
        higher, lower = HIGHER_LOWER.get(kind, ("higher", "lower"))
        return f"Slightly {higher if effects[furthest] > 0 else lower} in {names[furthest]}"
    high, low = HIGH_LOW.get(kind, ("high", "low"))
    if (ends := _both_ends(effects)) is not None:
        return f"{sentence_case(high)} in {names[ends[0]]}, {low} in {names[ends[1]]}"
    above, below, gap = parted(row, effects)
    if gap < CLEAR:
        return f"From {high} to {low} by degrees: {names[above[0]]} first"
    if min(len(above), len(below)) > 1:
        for group, said in ((above, "Same split as"), (below, "The other way round from")):
            if (known := splits.known.get(frozenset(group))) is not None:
                return f"{said} {known}"
        splits.known[frozenset(above)] = lowered(row.full_label)
    word, group = _telling(above, below, effects, high, low)
    only = "only " if len(group) == 1 else ""
    return f"{sentence_case(word)} {only}in {listed([names[at] for at in sorted(group)])}"


def _both_ends(effects: Mapping[int, float]) -> tuple[int, int] | None:
    """The highest and the lowest segment where the others lie well between them, and there are some."""
    order = sorted(effects, key=lambda at: (-effects[at], at))
    if len(order) < 3:
        return None
    top, second, last_but_one, last = (effects[order[at]] for at in (0, 1, -2, -1))
    clear = top - second >= CLEAR and last_but_one - last >= CLEAR
    return (order[0], order[-1]) if clear and top >= CLEAR and last <= -CLEAR else None


def _telling(
    above: list[int], below: list[int], effects: Mapping[int, float], high: str, low: str
) -> tuple[str, list[int]]:
    """The group to name: the smaller one, unless it is like everyone."""
    groups = sorted(((high, above), (low, below)), key=lambda pair: len(pair[1]))
    for word, group in groups:
        mean = sum(effects[at] for at in group) / len(group)
        if abs(mean) >= NOTICEABLE:
            return word, group
    return groups[0]


def headline(rows: Sequence[Contrast], told: Sequence[int], sizes: Sequence[int]) -> tuple[str, str]:
    """What parts the segments most, then what parts those that this leaves together; and what tells nothing.

    The first is the attribute whose variance lies most between the segments, `sizes` customers each.
    """
    telling = [row for row in rows if row.used] or list(rows)

    def between(row: Contrast) -> float:
        return round(sum(sizes[at] * (row.cells[at].effect or 0.0) ** 2 for at in told), 9)

    first = max(telling, key=between)
    title = f"The segments differ most in {first.topic}"
    above, below, _gap = parted(first, told)
    inner = [
        (round(row.spread(group), 9), -at, row, group, word)
        for group, word in ((above, "highest"), (below, "lowest")) if len(group) > 1
        for at, row in enumerate(telling) if row.topic != first.topic
    ]  # fmt: skip
    if inner:
        width, _, row, group, word = max(inner, key=lambda each: each[:2])
        if width >= CLEAR:
            title += f", the {count_word(len(group))} {word} of them in {row.topic}"
    level = [row for row in rows if row.strongest < NOTICEABLE]
    if not level:
        return title, "Every attribute tells at least one segment from everyone."
    named = list(dict.fromkeys(row.topic for row in level))
    more = len(named) - 3
    what = listed(named if more <= 0 else [*named[:3], f"{count_word(more)} more"])
    return title, f"{sentence_case(what)} {'tells' if len(named) == 1 else 'tell'} no segment from everyone."


def most_alike(profiles: Mapping[int | None, Rows], ids: Sequence[int], told: Sequence[int]) -> tuple[int, ...]:
    """The two places whose segments lie nearest in what formed them; those there are where there are not two."""
    everyone = profiles.get(None, {})
    pairs = [pair for pair in combinations(told, 2) if all(ids[at] in profiles for at in pair)]
    if not pairs:
        return tuple(told)
    return min(
        pairs, key=lambda pair: (round(distance(profiles[ids[pair[0]]], profiles[ids[pair[1]]], everyone), 9), pair)
    )
