"""What is drawn of one segment beside everyone: the distribution of a number, and how often traits occur."""

from collections.abc import Sequence
from dataclasses import dataclass

from segmentation.portraits import Distinction, Rows, level_effect_size
from segmentation.profiles import ProfileRow
from segmentation.withholding import too_few
from segmentation.wording import amount, level_text, lowered, seldom, sentence_case

CROWDED = 0.5  # of everyone in one bin: a histogram that shows nothing else


@dataclass(frozen=True)
class Distribution:
    """One attribute among the members against everyone; bins shared, counts in customers."""

    attribute: str
    label: str
    unit: str | None
    edges: list
    counts: list[int]
    population_counts: list[int]
    above: int
    below: int
    customers: int
    population: int
    median: float | str
    population_median: float | str
    title: str


@dataclass(frozen=True)
class LevelLift:
    """How often a trait occurs among the members against everyone."""

    attribute: str
    label: str
    level: str
    text: str
    customers: int
    share: float
    population_share: float
    lift: float


def distribution(rows: Rows, everyone: Rows, found: Sequence[Distinction]) -> Distribution | None:
    """The most distinguishing number among the members against everyone; None where there is no number.

    One that spreads comes before a count of mostly nothing, which makes no picture.
    """
    numbers = [each for each in found if each.kind == "number" and _has_distribution(each.attribute, rows, everyone)]
    numbers.sort(key=lambda each: (_crowded(everyone[each.attribute]), not each.used))
    for each in numbers[:1]:
        row, all_ = rows[each.attribute], everyone[each.attribute]
        assert row.quantiles
        assert row.histogram
        assert all_.quantiles
        assert all_.histogram
        own, its = row.quantiles["0.5"], all_.quantiles["0.5"]
        return Distribution(
            attribute=row.attribute,
            label=row.label,
            unit=row.unit,
            edges=row.histogram["edges"],
            counts=row.histogram["counts"],
            population_counts=all_.histogram["counts"],
            above=row.histogram.get("above", 0),
            below=row.histogram.get("below", 0),
            customers=row.customers,
            population=all_.customers,
            median=own,
            population_median=its,
            title=_medians(lowered(row.label), own, its, all_.quantiles["min"]),
        )
    return None


def _has_distribution(name: str, rows: Rows, everyone: Rows) -> bool:
    return all(row.histogram and row.quantiles for row in (rows[name], everyone[name]))


def _crowded(row: ProfileRow) -> bool:
    """Whether one bin holds more than half of the customers."""
    counts = row.histogram["counts"] if row.histogram else []
    return bool(counts) and max(counts) > CROWDED * row.customers


def _medians(what: str, own: float, everyone: float, least: float) -> str:
    here, there = amount(own, what), amount(everyone, what)
    if own == everyone:
        return f"Half of them, as of everyone, are at {here} or above in {what}"
    if own > everyone:
        rest = f"at least half of everyone at {there}" if everyone == least else f"half of everyone at {there} or below"
        return f"Half of them are at {here} or above in {what}; {rest}"
    them = f"At least half of them are at {here}" if own == least else f"Half of them are at {here} or below"
    return f"{them} in {what}; half of everyone at {there} or above"


def lifts(rows: Rows, everyone: Rows, count: int = 7) -> list[LevelLift]:
    """The levels that occur most unusually often or rarely, highest lift first; none of under 10 people."""
    found: list[tuple[float, LevelLift]] = []
    for name, row in rows.items():
        for own, all_ in zip(row.levels or [], everyone[name].levels or [], strict=False):
            if too_few(own["customers"]) or all_["share"] >= 1 or (row.kind == "flag" and own["level"] == "no"):
                continue
            text = row.label if row.kind == "flag" else sentence_case(level_text(row.label, own["level"]))
            told = LevelLift(
                name, row.label, own["level"], text, own["customers"], own["share"], all_["share"], own["lift"]
            )
            found.append((abs(level_effect_size(own["share"], all_["share"])), told))
    found.sort(key=lambda pair: (-pair[0], pair[1].attribute, pair[1].level))
    return sorted((told for _, told in found[:count]), key=lambda told: (-told.lift, told.attribute, told.level))


def lifts_title(found: Sequence[LevelLift]) -> str:
    """The finding of the card that shows the lifts; empty without any."""
    if not found:
        return ""
    most, least = found[0], found[-1]
    parts = [f"more often {level_text(most.label, most.level)}"] if most.lift > 1 else []
    parts += [seldom(level_text(least.label, least.level))] if least.lift < 1 else []
    return sentence_case(", ".join(parts)) or "As often as everyone"
