"""A portrait of one segment, drawn from stored profiles: what distinguishes it, in figures and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from segmentation.directions import direction
from segmentation.profiles import ProfileRow
from segmentation.wording import (
    amount,
    customers,
    how_often,
    level_text,
    listed,
    lowered,
    percent,
    seldom,
)

NOTICEABLE = 0.2  # sd from everyone; what formed the segments is told from here on

Rows = Mapping[str, ProfileRow]  # by attribute


@dataclass(frozen=True)
class Distinction:
    """One thing the segment differs in from everyone.

    For numbers, flags and dates the means (of a flag: the share that has it; of a date: None) and the
    standardised difference; for a category its most telling ``level``, with shares as means.
    """

    attribute: str
    label: str
    kind: str
    unit: str | None
    used: bool
    mean: float | None
    population_mean: float | None
    effect: float
    level: str | None = None
    neighbour_mean: float | None = None
    neighbour_effect: float | None = None

    @property
    def phrase(self) -> str:
        """What the members are, against everyone: ``higher income``, ``longer with us``."""
        words = direction(self.attribute, self.full_label, self.kind)
        return words.more if self.effect > 0 else words.less

    @property
    def full_label(self) -> str:
        """The attribute in words, with the level of a category."""
        return f"{self.label}: {self.level}" if self.level is not None else self.label

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it; a category has its ``level``, and shares as means."""
        told = {
            "attribute": self.attribute,
            "mean": self.mean,
            "population_mean": self.population_mean,
            "effect": self.effect,
        }
        return told | ({"level": self.level} if self.level is not None else {})

    @property
    def is_share(self) -> bool:
        return self.level is not None or self.kind == "flag"


def distinction(row: ProfileRow, everyone: ProfileRow) -> Distinction | None:
    """How the members of one segment differ from everyone in one attribute; None where nothing can be said."""
    base = (row.attribute, row.label, row.kind, row.unit, row.used)
    if row.kind == "category":
        if not row.levels or not row.customers:
            return None
        pairs = [
            (level_effect_size(own["share"], all_["share"]), own, all_)
            for own, all_ in zip(row.levels, everyone.levels or [], strict=True)
        ]
        effect, own, all_ = max(pairs, key=lambda pair: (round(abs(pair[0]), 9), pair[0] > 0, pair[1]["level"]))
        return Distinction(*base, own["share"], all_["share"], effect, own["level"])
    if row.effect is None:
        return None
    return Distinction(*base, row.mean, everyone.mean, row.effect)


def level_effect_size(share: float, population_share: float) -> float:
    """Standardised difference of having a level: comparable with that of a number; 0 where all or none have it.

    >>> level_effect_size(0.8, 0.5)
    0.6000000000000001
    """
    variance = population_share * (1 - population_share)
    return float((share - population_share) / np.sqrt(variance)) if variance > 0 else 0.0


def distinctions(rows: Rows, everyone: Rows, count: int = 5) -> list[Distinction]:
    """The `count` things that distinguish the segment most, furthest from everyone first.

    What formed the segments comes before what did not, as long as it is noticeable (0.2 sd).
    """
    told = (row for row in rows.values() if row.used or row.kind != "date")  # else the feature made of it speaks
    found = [d for row in told if (d := distinction(row, everyone[row.attribute])) is not None and d.effect]
    found.sort(key=lambda d: (not (d.used and abs(d.effect) >= NOTICEABLE), -abs(d.effect), d.attribute))
    return sorted(found[:count], key=lambda d: (-abs(d.effect), d.attribute))


def with_neighbour(found: Sequence[Distinction], rows: Rows) -> list[Distinction]:
    """The same, each with the mean and effect of the neighbouring segment."""
    filled = []
    for each in found:
        row = rows[each.attribute]
        mean, effect = row.mean, row.effect
        if each.level is not None:
            share = {level["level"]: level["share"] for level in row.levels or []}.get(each.level, 0.0)
            mean, effect = share, level_effect_size(share, each.population_mean or 0.0)
        filled.append(replace(each, neighbour_mean=mean, neighbour_effect=effect))
    return filled


def distance(rows: Rows, other: Rows, everyone: Rows) -> float:
    """How far apart two segments lie: Euclidean over the standardised means of what formed them."""
    total = 0.0
    for name, row in rows.items():
        if not row.used:
            continue
        if row.kind == "category":
            for own, its, all_ in zip(
                row.levels or [], other[name].levels or [], everyone[name].levels or [], strict=False
            ):
                variance = all_["share"] * (1 - all_["share"])
                total += (own["share"] - its["share"]) ** 2 / variance if variance else 0.0
        else:
            total += ((row.effect or 0.0) - (other[name].effect or 0.0)) ** 2
    return float(np.sqrt(total))


def who(members: int, found: Sequence[Distinction]) -> str:
    """Who they are, in one sentence.

    >>> told = Distinction("purchases", "Purchases", "number", None, True, 22.2, 14.9, 1.0)
    >>> who(582, [told])
    '582 customers: more purchases (22.2 on average; everyone 14.9).'
    """
    noticeable = [each for each in found if abs(each.effect) >= NOTICEABLE]
    parts = [said(each) for each in sorted(noticeable, key=lambda each: not each.used)][:3]
    if not parts:
        return f"{customers(members)} much like everyone."
    return f"{customers(members)}: {listed(parts)}."


def said(each: Distinction) -> str:
    """One difference with its figures: ``more purchases (22.2 on average; everyone 14.9)``."""
    what = lowered(each.label)
    if each.is_share:
        own, all_ = percent(each.mean or 0.0), percent(each.population_mean or 0.0)
        trait = level_text(each.label, each.level or "yes")
        word = how_often(each.mean or 0.0, each.effect > 0)
        if word in ("mostly", "more often"):
            return f"{word} {trait} ({own}; everyone {all_})"
        if trait.startswith("no "):  # the shares are then of those who have it
            own, all_ = percent(1 - (each.mean or 0.0)), percent(1 - (each.population_mean or 0.0))
        return f"{seldom(trait, plain=word == 'rarely')} ({own}; everyone {all_})"
    if each.mean is None or each.population_mean is None:
        return each.phrase
    return f"{each.phrase} ({amount(each.mean, what)} on average; everyone {amount(each.population_mean, what)})"


def table(rows: Rows, everyone: Rows, neighbour: Rows | None) -> pd.DataFrame:
    """All figures, one row per attribute: what "show data" shows.

    Columns: attribute, label, kind, unit, used, customers, missing, mean, population_mean, neighbour_mean,
    sd, median, population_median, neighbour_median, effect. A category has its most telling level in ``level``, and
    shares as means.
    """
    told = []
    for name, row in rows.items():
        all_, next_ = everyone[name], neighbour[name] if neighbour else None
        found = distinction(row, all_)
        if found and neighbour:
            found = with_neighbour([found], neighbour)[0]
        told.append(
            {
                "attribute": name,
                "label": row.label,
                "kind": row.kind,
                "unit": row.unit,
                "used": row.used,
                "customers": row.customers,
                "missing": row.missing,
                "level": found.level if found else None,
                "mean": found.mean if found else None,
                "population_mean": found.population_mean if found else all_.mean,
                "neighbour_mean": found.neighbour_mean if found else (next_.mean if next_ else None),
                "sd": row.sd,
                "median": row.quantiles["0.5"] if row.quantiles else None,
                "population_median": all_.quantiles["0.5"] if all_.quantiles else None,
                "neighbour_median": next_.quantiles["0.5"] if next_ and next_.quantiles else None,
                "effect": found.effect if found else None,
            }
        )
    return pd.DataFrame(told)
