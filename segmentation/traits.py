"""What can be said of a segment in a word or two: an attribute, how far it lies from everyone, and the words for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from segmentation import vocabulary
from segmentation.profiles import ProfileRow
from segmentation.wording import how_often, level_text, lowered, seldom

SAID = 0.2  # from this distance to everyone (in sd) "low income" is true, below it only "lower income" is


@dataclass(frozen=True)
class Words:
    """How a concept is spoken of: high and low against everyone, more and less against another segment."""

    part: str  # noun, adjective or suffix of a name
    high: str
    low: str
    more: str
    less: str


CONCEPTS = {
    "value": Words("noun", "high spenders", "light spenders", "spending more", "spending less"),
    "frequency": Words("noun", "frequent buyers", "light buyers", "buying more often", "buying less often"),
    "score": Words("noun", "high scorers", "low scorers", "higher scores", "lower scores"),
    "visits": Words("noun", "frequent visitors", "rare visitors", "visiting more", "visiting less"),
    "response": Words("adjective", "responsive", "quiet", "more responsive", "quieter"),
    "tenure": Words("adjective", "long-standing", "recent", "with us for longer", "newer"),
    "recency": Words("adjective", "inactive", "active", "inactive for longer", "active more recently"),
    "discount": Words("adjective", "deal-seeking", "full-price", "more deals", "fewer deals"),
    "age": Words("adjective", "older", "young", "older", "younger"),
    "income": Words("suffix", "high income", "low income", "higher income", "lower income"),
    "teenagers": Words("suffix", "more teenagers", "fewer teenagers", "more teenagers", "fewer teenagers"),
    "children": Words("suffix", "more children", "fewer children", "more children", "fewer children"),
    "household": Words("suffix", "large households", "small households", "larger households", "smaller households"),
}
# A word of the attribute's name -> what it is about, where the role alone does not say.
SPOKEN = {
    "age": "age", "birth": "age", "income": "income", "salary": "income", "score": "score", "visits": "visits",
    "children": "children", "child": "children", "kids": "children", "kidhome": "children",
    "teenhome": "teenagers", "teens": "teenagers", "teenagers": "teenagers",
    "family": "household", "household": "household",
}  # fmt: skip
TOTALS = ("total_spending", "purchases")  # canonical names of columns that sum up the others of their role
BY_ROLE = ("value", "frequency", "response", "tenure", "recency", "discount")


STRONGER = {
    "older": "much older", "more often": "much more often", "less often": "far less often", "more ": "many more ",
    "fewer ": "far fewer ", "mostly": "almost all", "rarely": "almost never",
}  # fmt: skip


@dataclass(frozen=True)
class Trait:
    """One thing a segment can differ in.

    ``effects`` holds, by label, the standardised mean difference to everyone (of a level: of having it), 0
    where unknown. ``weight`` says how gladly it is named; ``shares`` is set for levels only; ``part_of`` is
    the concept this is one column of.
    """

    attribute: str
    words: Words
    effects: np.ndarray
    weight: float
    concept: str | None = None
    shares: np.ndarray | None = None
    part_of: str | None = None

    def phrase(self, label: int) -> str:
        """What is true of a segment against everyone."""
        high = bool(self.effects[label] > 0)
        return self._words(high, plain=True) if self.shares is None else self._level(label, high)

    def against(self, label: int, higher: bool) -> str:
        """What tells a segment from one that it shares everything else with."""
        if self.shares is not None:
            return self._level(label, higher)
        effect = self.effects[label]
        return self._words(higher, plain=bool(effect >= SAID if higher else effect <= -SAID))

    def _level(self, label: int, high: bool) -> str:
        assert self.shares is not None
        return self._words(high, plain=how_often(self.shares[label], high) in ("mostly", "rarely"))

    def _words(self, high: bool, *, plain: bool) -> str:
        if high:
            return self.words.high if plain else self.words.more
        return self.words.low if plain else self.words.less


def traits(rows: Sequence[ProfileRow], k: int) -> list[Trait]:
    """Everything the profile lets one say, in the order of its attributes.

    Columns of one role that add up (spending by category, purchases by channel) get one trait together,
    and one of their own each. Columns not used for the segments weigh half.
    """
    found: list[Trait] = []
    by_attribute: dict[str, dict[int | None, ProfileRow]] = {}
    for row in rows:
        by_attribute.setdefault(row.attribute, {})[row.segment_label] = row
    parts: dict[str, list[Trait]] = {}
    for attribute, group in by_attribute.items():
        concept = _concept(group[None])
        if concept is None and group[None].levels:
            found.extend(_level_traits(group, k))
        elif group[None].kind not in ("category", "text"):
            trait = _number_trait(attribute, concept, group, k)
            found.append(trait)
            if concept in ("value", "frequency", "response"):
                parts.setdefault(concept, []).append(trait)
    for concept, members in parts.items():
        if len(members) > 1:
            found = [trait for trait in found if trait not in members] + _summed_up(concept, members, by_attribute)
    return found


def _number_trait(attribute: str, concept: str | None, group: dict[int | None, ProfileRow], k: int) -> Trait:
    everyone = group[None]
    effects = np.array([(group[label].effect or 0.0) if label in group else 0.0 for label in range(k)])
    # A later date, or year of birth, is a shorter time; days before as_of are a time already.
    if everyone.kind == "date" or ("birth" in attribute.split("_") and everyone.unit != "days"):
        effects = -effects
    words = CONCEPTS[concept] if concept else _plain_words(everyone.label)
    weight = 1.0 if concept else 0.5 if _is_derived(attribute.split("_")) else 0.75
    weight *= 1.0 if everyone.used else 0.5
    return Trait(attribute, words, effects, weight, concept)


def _level_traits(group: dict[int | None, ProfileRow], k: int) -> list[Trait]:
    everyone = group[None]
    is_flag = everyone.kind == "flag"
    found = []
    for at, level in enumerate(everyone.levels or []):
        if level["share"] in (0.0, 1.0) or (is_flag and level["level"] == "no"):
            continue
        rows = [group[label] for label in range(k)]
        shares = np.array([(row.levels[at]["share"] if row.levels else 0.0) for row in rows])
        sd = np.sqrt(level["share"] * (1 - level["share"]))
        filled = np.array([row.customers > 0 for row in rows])
        effects = np.where(filled, (shares - level["share"]) / sd, 0.0)
        words = _level_words(level["level"], everyone.label)
        weight = 0.85 * (1.0 if everyone.used else 0.5)
        found.append(Trait(f"{everyone.attribute}={level['level']}", words, effects, weight, shares=shares))
    return found


def _summed_up(
    concept: str, members: list[Trait], by_attribute: dict[str, dict[int | None, ProfileRow]]
) -> list[Trait]:
    """The total among them, or the mean of those used, speaks for the concept; the others for themselves."""
    used = [trait for trait in members if by_attribute[trait.attribute][None].used] or members
    total = next((trait for trait in used if vocabulary.canonical(trait.attribute) in TOTALS), None)
    if total is None and len(used) == 1:
        total = used[0]
    parts = [_part(trait, by_attribute[trait.attribute], concept) for trait in members if trait is not total]
    if total is None:
        together = np.mean([trait.effects for trait in used], axis=0)
        total = Trait(concept, CONCEPTS[concept], together, used[0].weight, concept)
    return [total, *parts]


def _part(trait: Trait, group: dict[int | None, ProfileRow], concept: str) -> Trait:
    everyone = group[None]
    words = _level_words("yes", everyone.label) if everyone.kind == "flag" else _plain_words(everyone.label)
    shares = None
    if everyone.kind == "flag":
        shares = np.array([group[label].mean or 0.0 for label in range(len(trait.effects))])
    return replace(trait, words=words, weight=0.6 * trait.weight, concept=None, shares=shares, part_of=concept)


def _concept(everyone: ProfileRow) -> str | None:
    tokens = everyone.attribute.split("_")
    if vocabulary.canonical(everyone.attribute) == "churned":
        return None  # leaving is no response
    for token in tokens:
        if token in SPOKEN and everyone.kind != "category" and not (_is_derived(tokens)):
            return SPOKEN[token]
    role = everyone.role or _vocabulary_role(everyone.attribute)
    return role if role in BY_ROLE and everyone.kind in ("number", "flag", "date") else None


def _is_derived(tokens: list[str]) -> bool:
    """A ratio or product of two things is about neither."""
    return (
        bool({"per", "interaction", "efficiency", "ratio", "times", "share"} & set(tokens))
        or len({SPOKEN[token] for token in tokens if token in SPOKEN}) > 1
    )


def _vocabulary_role(attribute: str) -> str | None:
    entry = vocabulary.match(attribute)
    return entry.role if entry else None


def _plain_words(label: str) -> Words:
    what = lowered(label)
    return Words("suffix", f"high {what}", f"low {what}", f"higher {what}", f"lower {what}")


def _level_words(level: str, label: str) -> Words:
    what = level_text(label, level)
    return Words("suffix", f"mostly {what}", seldom(what, plain=True), f"more often {what}", seldom(what))


def intensified(phrase: str) -> str:
    """The same said more strongly, for the one of two that is further out.

    >>> intensified("high spenders"), intensified("older"), intensified("mostly DSL")
    ('very high spenders', 'much older', 'almost all DSL')
    """
    for start, stronger in STRONGER.items():
        if phrase.startswith(start):
            return stronger + phrase.removeprefix(start)
    return f"very {phrase}"
