"""What the overview says: the most telling fact about the whole, what needs attention, and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from segmentation.inputs import Gap
from segmentation.modelling.selection import SMALL_SHARE, SMALL_SIZE
from segmentation.wording import count_word, customers, figure, listed, percent, sentence_case

TELLING = 0.10  # share of value above share of customers from which a set of segments is worth a title
STALE = "Averages are of before the change; who is new or changed has no segment yet, or that of the old figures."
FEW_BETWEEN = 0.10  # share of customers on a border under which they are "only" so many


class SegmentFigures(Protocol):
    """What is asked of a segment's summary."""

    @property
    def name(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def customers(self) -> int: ...
    @property
    def share(self) -> float: ...
    @property
    def value_share(self) -> float | None: ...
    @property
    def value_per_customer(self) -> float | None: ...
    @property
    def borderline(self) -> int: ...
    @property
    def description(self) -> str: ...


@dataclass(frozen=True)
class Finding:
    """A fact the analyst should know. ``level`` is ``ok``, ``info`` or ``warning``; ``about`` what it is about."""

    about: Literal[
        "real", "stable", "ready", "separation", "border", "stale", "inputs", "small", "unassigned", "unscored",
        "overdue", "unowned", "unnamed",
    ]  # fmt: skip
    level: Literal["ok", "info", "warning"]
    title: str
    text: str


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next. ``action`` is ``import``, ``train``, ``score`` or ``segment`` (then with its slug)."""

    action: Literal["import", "train", "score", "segment"]
    label: str
    slug: str | None = None


def silhouette_word(silhouette: float | None) -> str | None:
    """Kaufman and Rousseeuw's bands, on the figure as it is shown with two decimals.

    >>> [silhouette_word(s) for s in (0.25, 0.254, 0.26, 0.5, 0.51, 0.71)]
    ['poor', 'poor', 'fair', 'fair', 'good', 'strong']
    """
    if silhouette is None:
        return None
    shown = round(silhouette, 2)
    return "poor" if shown <= 0.25 else "fair" if shown <= 0.50 else "good" if shown <= 0.70 else "strong"


def headline(segments: Sequence[SegmentFigures]) -> tuple[str, str]:
    """Title and lede: the few who bring most of the value, or, where value is unknown or even, the largest segment.

    The set told is that of the segments with the highest value per customer, first the highest, whose
    share of value exceeds its share of customers by most.
    """
    if not segments:
        return "No segments yet", ""
    few = _few_with_much(segments)
    if few is None:
        return _largest(segments)
    share = sum(segment.share for segment in few)
    value_share = sum(segment.value_share or 0.0 for segment in few)
    verb = "brings" if len(few) == 1 else "bring"
    rest = max((s for s in segments if s not in few), key=lambda s: (s.customers, s.name))
    lede = (
        f"{sentence_case(count_word(len(few)))} of {count_word(len(segments))} segments {verb} it: "
        f"{listed([f'“{segment.name}”' for segment in few])}. “{rest.name}”, {percent(rest.share)} of customers, "
        f"bring {percent(rest.value_share or 0.0)}."
    )
    most = max(segments, key=lambda s: (s.value_share or 0.0, s.name))
    if len(few) > 1 or most not in few:
        lede += f" Most spending: “{most.name}”, {(most.value_share or 0.0):.1%}."
    return f"{percent(share)} of customers bring {percent(value_share)} of spending", lede


def _few_with_much(segments: Sequence[SegmentFigures]) -> list[SegmentFigures] | None:
    valued = [segment for segment in segments if segment.value_per_customer is not None]
    if len(valued) < 2 or any(segment.value_share is None for segment in valued):
        return None
    ranked = sorted(valued, key=lambda s: (-(s.value_per_customer or 0.0), s.name))
    best, telling, gap = None, TELLING, 0.0
    for size, segment in enumerate(ranked[:-1], start=1):
        gap += (segment.value_share or 0.0) - segment.share
        if gap > telling + 1e-9:
            best, telling = ranked[:size], gap
    return best


def _largest(segments: Sequence[SegmentFigures]) -> tuple[str, str]:
    largest = max(segments, key=lambda s: (s.customers, s.name))
    others = len(segments) - 1
    if not others:
        return "Everyone is in one segment", largest.description
    return (
        f"{percent(largest.share)} of customers are “{largest.name}”, the largest of {count_word(others + 1)} segments",
        largest.description,
    )


def findings(
    segments: Sequence[SegmentFigures],
    *,
    total: int,
    borderline: int,
    silhouette: float | None,
    stale: datetime | None,
    unassigned: int = 0,
    gaps: Sequence[Gap] = (),
) -> list[Finding]:
    """What needs attention, the most urgent first.

    `unassigned` customers are in none of the segments; `gaps` are inputs of the model without any value.
    """
    found = []
    if stale:
        found.append(
            Finding(
                "stale",
                "warning",
                "The customers changed after they were assigned",
                STALE,
            )
        )
    found += [Finding("inputs", "warning", gap.title, gap.text) for gap in gaps]
    found += [_small(segment) for segment in segments if segment.share < SMALL_SHARE or segment.customers < SMALL_SIZE]
    if unassigned:
        text = (
            f"That is {percent(unassigned / total)} of all: there is no crowd of customers like them. They get no play."
        )
        are = "is" if unassigned == 1 else "are"
        found.append(Finding("unassigned", "info", f"{customers(unassigned)} {are} in no segment", text))
    if silhouette is not None:
        found.append(_separation(silhouette, borderline, total, unassigned))
    if borderline:
        most = max(segments, key=lambda s: (s.borderline, s.name))
        found.append(
            Finding(
                "border",
                "info",
                f"{customers(borderline)} {'sits' if borderline == 1 else 'sit'} on a border",
                f"That is {percent(borderline / total)} of all; {most.borderline:,} of them are in “{most.name}”. "
                "Treat their segment as a guess.",
            )
        )
    return found


def _small(segment: SegmentFigures) -> Finding:
    return Finding(
        "small",
        "warning",
        f"{segment.name} is a small segment",
        f"{customers(segment.customers)}, {percent(segment.share)} of all: too few for most campaigns.",
    )


def _separation(silhouette: float, borderline: int, total: int, unassigned: int) -> Finding:
    word = silhouette_word(silhouette)
    shown = figure(round(silhouette, 2))
    close = word in ("poor", "fair")
    title = {
        "poor": "They overlap", "fair": "They touch", "good": "They stand apart", "strong": "They stand far apart"
    }[word or "poor"]  # fmt: skip
    few = borderline < FEW_BETWEEN * total
    whose = " among those in a segment" if unassigned else ""
    who = f"{customers(borderline)} ({borderline / total:.1%})" if borderline else "nobody"
    where = f"{'only ' * (few and borderline > 0)}{who} {'sits' if borderline < 2 else 'sit'} right on a border"
    text = f"they lie {'close together' if close else 'apart'}, {'but' if few == close else 'and'} {where}."
    return Finding("separation", "info" if close else "ok", title, f"Separation is {word}{whose} ({shown}): {text}")


def next_step(segments: Sequence[SegmentFigures], *, stored: int, stale: datetime | None) -> NextStep:
    """The one thing to do next."""
    if not stored:
        return NextStep("import", "Import customers")
    if not segments:
        return NextStep("train", "Find segments")
    if stale:
        return NextStep("score", "Assign everyone again")
    best = max(segments, key=lambda s: (s.value_share or 0.0, s.customers, s.name))
    return NextStep("segment", f"Look at {best.name[0].lower()}{best.name[1:]}", best.slug)
