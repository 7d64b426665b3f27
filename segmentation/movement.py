"""How a segment moved since the run before: who stayed, who came from where, who went where."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

Flow = tuple[int | None, int, int]  # segment id before (None: not there), segment id now, customers


@dataclass(frozen=True)
class Other:
    """Customers who came from another segment, or went to it; ``slug`` is None where it is no segment any more."""

    name: str
    slug: str | None
    colour: int
    customers: int


@dataclass(frozen=True)
class Movement:
    """Since the run of ``before``: ``joined`` were not there then, ``left`` are not there now.

    ``came`` and ``went`` are the other segments, most customers first.
    """

    before: datetime
    stayed: int
    joined: int
    left: int
    came: list[Other]
    went: list[Other]

    @property
    def then(self) -> int:
        """Its members in the run before."""
        return self.stayed + self.left + sum(each.customers for each in self.went)


@dataclass(frozen=True)
class Known:
    """A segment of either run: its lasting identity, and how it is called."""

    identity: int
    name: str
    slug: str
    colour: int


def movement(
    flows: Sequence[Flow], own: int, known: Mapping[int, Known], *, before: datetime, then: int, here: set[str]
) -> Movement:
    """The movement of one segment.

    Parameters
    ----------
    flows : sequence of Flow
        Between the two runs, of all segments.
    own : int
        The identity of the segment.
    known : mapping of segment id to Known
        The segments of both runs.
    then : int
        Its members in the run before; 0 where it was not there.
    here : set of str
        Slugs of the segments that can be opened now.

    Examples
    --------
    >>> a, b = Known(1, "Savers", "savers", 1), Known(2, "Spenders", "spenders", 2)
    >>> told = movement([(10, 20, 90), (11, 20, 5), (10, 21, 4), (None, 20, 3)], 1, {10: a, 11: b, 20: a, 21: b},
    ...                 before=datetime(2026, 1, 1), then=96, here={"savers", "spenders"})
    >>> told.stayed, told.joined, told.left, told.came[0].customers, told.went[0].customers, told.then
    (90, 3, 2, 5, 4, 96)
    """
    stayed = joined = 0
    came: Counter[int] = Counter()
    went: Counter[int] = Counter()
    by_identity = {each.identity: each for each in known.values()}
    for start, end, customers in flows:
        source = known[start].identity if start is not None and start in known else None
        target = known[end].identity if end in known else None
        if source == own and target == own:
            stayed += customers
        elif target == own and source is None:
            joined += customers
        elif target == own and source is not None:
            came[source] += customers
        elif source == own and target is not None:
            went[target] += customers
    left = max(then - stayed - sum(went.values()), 0)

    def others(counts: Counter[int]) -> list[Other]:
        order = sorted(counts, key=lambda identity: (-counts[identity], identity))
        told = [(by_identity[identity], counts[identity]) for identity in order]
        return [Other(each.name, each.slug if each.slug in here else None, each.colour, n) for each, n in told]

    return Movement(before, stayed, joined, left, others(came), others(went))
