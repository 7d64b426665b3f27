"""How far the segments as a whole differ in an attribute: one effect size each, from stored profiles alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from segmentation.profiles import ProfileRow

# Cohen's bands: of eta squared, and of V times the root of its smaller dimension less one.
ETA_BANDS = ((0.14, "large"), (0.06, "medium"), (0.01, "small"))
V_BANDS = ((0.5, "large"), (0.3, "medium"), (0.1, "small"))


@dataclass(frozen=True)
class Effect:
    """What the segments explain of one attribute.

    ``value`` in [0, 1]: of a number or date eta squared, the share of its variance that lies between the segments;
    of a flag or category Cramer's V, 0 where every segment has the same shares, 1 where the segment tells the level.
    """

    attribute: str
    label: str
    kind: str
    used: bool
    statistic: Literal["eta_squared", "cramers_v"]
    value: float
    word: str


def effects(profiles: Mapping[int | None, Mapping[str, ProfileRow]]) -> list[Effect]:
    """The effect sizes of a segmentation, those that formed it first, the largest first.

    Parameters
    ----------
    profiles : mapping
        Profile rows by segment (None: everyone), then attribute, as `read_run` gives them. Missing values count
        nowhere; what nobody has, or all have alike, is left out.
    """
    everyone = profiles.get(None, {})
    found = []
    for name, whole in everyone.items():
        groups = [rows[name] for segment, rows in profiles.items() if segment is not None and name in rows]
        value = cramers_v(groups, whole) if whole.kind in ("flag", "category") else eta_squared(groups, whole)
        if value is not None:
            found.append(_effect(whole, value, len([group for group in groups if group.customers])))
    return sorted(found, key=lambda each: (not each.used, -each.value, each.attribute))


def eta_squared(groups: Sequence[ProfileRow], everyone: ProfileRow) -> float | None:
    """Share of the variance between the segments; None where there is no variance.

    The profile's effect is (mean - everyone's mean) / everyone's sd, so that its square, weighted by the customers
    with a value, is the share.

    Examples
    --------
    20 and 30 against 40 and 50: of the variance 125, 100 lie between the two segments.

    >>> def row(n, sd, effect):
    ...     return ProfileRow(0, "age", "Age", "number", None, True, n, 0, 0.0, sd, None, None, None, effect)
    >>> round(eta_squared([row(2, 5, -10 / 125**0.5), row(2, 5, 10 / 125**0.5)], row(4, 125**0.5, 0.0)), 3)
    0.8
    """
    if not everyone.customers or not everyone.sd or everyone.effect is None:
        return None
    between = sum(group.customers * (group.effect or 0.0) ** 2 for group in groups)
    return float(min(between / everyone.customers, 1.0))


def cramers_v(groups: Sequence[ProfileRow], everyone: ProfileRow) -> float | None:
    """Cramer's V of levels by segments; None with a single level or segment. Levels beyond the stored ones are one.

    Examples
    --------
    >>> def row(yes, no):
    ...     levels = [{"level": "yes", "customers": yes}, {"level": "no", "customers": no}]
    ...     return ProfileRow(0, "m", "M", "flag", None, True, yes + no, 0, None, None, None, None, levels, 0.0)
    >>> cramers_v([row(10, 0), row(0, 10)], row(10, 10)), round(cramers_v([row(6, 4), row(4, 6)], row(10, 10)), 3)
    (1.0, 0.2)
    """
    table = np.array([_counts(group.levels, group.customers) for group in groups if group.customers], dtype=float)
    if not everyone.levels or table.size == 0:
        return None
    table = table[:, table.sum(axis=0) > 0]
    smaller = min(table.shape) - 1
    if smaller < 1:
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / table.sum() / smaller))


def _counts(levels: list[dict[str, Any]] | None, customers: int) -> list[int]:
    told = [level["customers"] for level in levels or []]
    return [*told, customers - sum(told)]


def _effect(whole: ProfileRow, value: float, groups: int) -> Effect:
    common = (whole.attribute, whole.label, whole.kind, whole.used)
    if whole.kind not in ("flag", "category"):
        return Effect(*common, "eta_squared", value, _word(value, ETA_BANDS))
    smaller = min(groups, len(whole.levels or [])) - 1
    return Effect(*common, "cramers_v", value, _word(value * np.sqrt(max(smaller, 1)), V_BANDS))


def _word(value: float, bands: Sequence[tuple[float, str]]) -> str:
    return next((word for least, word in bands if value >= least), "negligible")
