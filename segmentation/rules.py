"""Rules that describe a segment in the units of the file: what they say, whom they catch, how far they hold."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from segmentation.directions import AGO
from segmentation.wording import amount, level_text, lowered

MEASURES = ("days", "weeks", "months", "hours", "minutes")  # units that say more than the name of what is counted
GOOD = 0.8  # coverage and exclusivity from which a rule may stand for the segment (METHODS)


@dataclass(frozen=True)
class Condition:
    """What one feature has to be. A customer without a value meets no condition.

    A number lies over ``over`` and under ``under`` (None: no bound; neither bound is met by the bound itself);
    ``whole`` says that it is counted in whole steps. A category is one of ``levels``, or, with ``without``, none
    of them. A flag is a category of the levels ``yes`` and ``no``.
    """

    feature: str
    label: str
    kind: str
    unit: str | None = None
    over: float | None = None
    under: float | None = None
    whole: bool = False
    levels: tuple[str, ...] = ()
    without: bool = False

    def holds(self, values: pd.Series) -> np.ndarray:
        """Who meets it.

        >>> Condition("age", "Age", "number", over=30, under=40).holds(pd.Series([30.0, 31.0, None]))
        array([False,  True, False])
        """
        if self.kind == "category":
            return (values.isin(self.levels) != self.without).to_numpy() & values.notna().to_numpy()
        numbers = values.to_numpy(dtype=np.float64)
        if self.kind == "flag":
            return np.asarray(numbers == (self.levels == ("yes",)))
        held = ~np.isnan(numbers)
        if self.over is not None:
            held &= numbers > self.over
        if self.under is not None:
            held &= numbers < self.under
        return held

    @property
    def words(self) -> str:
        """The condition as a sentence has it.

        >>> Condition("spend", "Total spending", "number", over=1020).words
        'total spending over 1,020'
        >>> Condition("age", "Age", "number", "years", over=24, under=38, whole=True).words
        'age over 24 and under 38'
        >>> Condition("children", "Children at home", "number", under=1, whole=True).words
        'no children at home'
        >>> Condition("joined", "Customer since (days ago)", "number", "days", over=400).words
        'customer since over 400 days ago'
        >>> Condition("city", "City", "category", levels=("Oslo", "Bergen"), without=True).words
        'city neither Oslo nor Bergen'
        >>> Condition("member", "Is member", "flag", levels=("no",)).words
        'no member'
        """
        if self.kind == "flag":
            return level_text(self.label, self.levels[0])
        if self.kind == "category":
            return _level_words(lowered(self.label), self.levels, self.without)
        return self._number_words()

    def _number_words(self) -> str:
        what, after = lowered(self.label.removesuffix(AGO)), ""
        if self.label.endswith(AGO):
            after = " days ago"
        elif self.unit and (self.unit in MEASURES or not self.unit.isalpha()) and self.unit not in self.label.lower():
            after = f" {self.unit}"
        if self.whole and self.under == 1 and self.over is None:
            return f"no {what}"
        bounds = [
            f"{word} {exact(at, what)}" for word, at in (("over", self.over), ("under", self.under)) if at is not None
        ]
        return f"{what} {' and '.join(bounds)}{after}"


def exact(value: float, label: str) -> str:
    """A bound with all its digits: rounded again, the sentence would speak of other customers.

    >>> exact(1020.0, "Spending"), exact(0.415, "Score"), exact(-2.5, "Balance"), exact(1957.0, "Year of birth")
    ('1,020', '0.415', '−2.5', '1957')
    """
    text = f"{value:,.15g}".replace("-", "−")
    return text.replace(",", "") if amount(1000.0, label) == "1000" else text


def _level_words(what: str, levels: tuple[str, ...], without: bool) -> str:
    if without:
        return f"{what} neither {' nor '.join(levels)}" if len(levels) > 1 else f"{what} not {levels[0]}"
    return f"{what} {' or '.join(levels)}"


@dataclass(frozen=True)
class Rule:
    """What tells a segment from all others: a customer meets every condition of one of the ``alternatives``.

    ``coverage`` is the share of the members whom it catches, ``exclusivity`` the share of those caught who are
    members, both in [0, 1] and counted over ``rows`` customers; ``caught`` and ``members`` are the counts.
    ``label`` is the clusterer's integer. Without alternatives no short rule was found.
    """

    label: int
    alternatives: tuple[tuple[Condition, ...], ...]
    coverage: float
    exclusivity: float
    caught: int
    members: int
    rows: int

    @property
    def good(self) -> bool:
        """Whether it may stand for the segment: both figures at least 0.8."""
        return min(self.coverage, self.exclusivity) >= GOOD

    @property
    def sentences(self) -> list[str]:
        """One per alternative: the conditions in words."""
        return [_joined([condition.words for condition in conditions]) for conditions in self.alternatives]

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the model."""
        told = asdict(self)
        for conditions in told["alternatives"]:
            for condition in conditions:
                condition["levels"] = list(condition["levels"])
        return told | {"words": "; or ".join(self.sentences), "good": self.good}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """A rule from its JSON."""
        alternatives = tuple(
            tuple(Condition(**{**condition, "levels": tuple(condition["levels"])}) for condition in conditions)
            for conditions in stored["alternatives"]
        )
        same = ("label", "coverage", "exclusivity", "caught", "members", "rows")
        return cls(alternatives=alternatives, **{name: stored[name] for name in same})


def _joined(words: list[str]) -> str:
    """``a and b``; with three or more, or where one says "and" itself, commas keep them apart."""
    if len(words) > 2 or any(" and " in each for each in words):
        return ", ".join(words[:-1]) + (", and " if len(words) > 1 else "") + words[-1]
    return " and ".join(words)


def caught_by(alternatives: Sequence[Sequence[Condition]], values: pd.DataFrame) -> np.ndarray:
    """Whom the alternatives catch together; shape (n,), bool."""
    caught = np.zeros(len(values), dtype=bool)
    for conditions in alternatives:
        met = np.ones(len(values), dtype=bool)
        for condition in conditions:
            met &= condition.holds(values[condition.feature])
        caught |= met
    return caught


def measured(
    label: int, alternatives: Sequence[Sequence[Condition]], values: pd.DataFrame, members: np.ndarray
) -> Rule:
    """The rule with its figures, counted over all the customers given.

    Parameters
    ----------
    values : DataFrame, shape (n, n_features)
        Features before preparation; numbers and flags float with NaN, categories object with None.
    members : ndarray of bool, shape (n,)

    Examples
    --------
    >>> young = Condition("age", "Age", "number", under=38)
    >>> told = measured(0, [[young]], pd.DataFrame({"age": [20.0, 30.0, 50.0]}), np.array([True, False, True]))
    >>> told.coverage, told.exclusivity, told.sentences
    (0.5, 0.5, ['age under 38'])
    """
    caught = caught_by(alternatives, values)
    both, size, found = int((caught & members).sum()), int(members.sum()), int(caught.sum())
    return Rule(
        label, tuple(tuple(each) for each in alternatives), both / size if size else 0.0,
        both / found if found else 0.0, found, size, len(values),
    )  # fmt: skip
