"""What the columns of a dataset make possible, and what to add for the rest."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from segmentation.features.recipes import AttributeLike, match, recipes

PURCHASES = "a file of purchases with customer, date and amount"


@dataclass(frozen=True)
class Unlock:
    """One thing the product can do with these columns, or could. ``why`` is a sentence; ``add`` what is missing."""

    what: str
    possible: bool
    why: str
    add: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def unlocks(attributes: Sequence[AttributeLike]) -> list[Unlock]:
    """What a dataset with these attributes can be asked; possible things first, else in the order of the product.

    >>> from collections import namedtuple
    >>> age = namedtuple("A", "name label kind role unit sensitive")("age", "Age", "number", "demographic", None, True)
    >>> [(each.what, each.possible) for each in unlocks([age])][:2]
    [('Segments and their profiles', True), ('Recency, frequency, value', False)]
    >>> unlocks([age])[1].add
    'a file of purchases with customer, date and amount'
    """
    found = [_profiles(attributes), *_recipes(attributes), *(_role(attributes, *each) for each in _ROLES)]
    return sorted(found, key=lambda each: not each.possible)


_ROLES = (  # what, role, kinds, what it is good for, what to add
    ("Share of value by segment", "value", ("number",), "says what each segment is worth",
     f"a column with what customers spent, or {PURCHASES}"),
    ("Response to campaigns", "response", ("flag", "number"), "says who answered",
     "a yes/no column per campaign, with the role response"),
    ("Exports that respect consent", "consent", ("flag", "category", "text"), "leaves out who did not agree",
     "a yes/no column that says who may be written to, with the role consent"),
    ("Channels of a segment", "channel", ("number", "category", "flag"), "says where a segment is met",
     "columns such as web purchases or preferred channel, with the role channel"),
)  # fmt: skip


def _profiles(attributes: Sequence[AttributeLike]) -> Unlock:
    usable = match(recipes()["all_usable"], attributes).features
    what = "Segments and their profiles"
    if not usable:
        return Unlock(what, False, "no column says anything to compare customers by", "a number, category or date")
    return Unlock(what, True, f"{_listed([feature.label for feature in usable])} can be compared")


def _recipes(attributes: Sequence[AttributeLike]) -> list[Unlock]:
    """The recipes that ask for certain columns."""
    found = []
    for recipe in recipes().values():
        if recipe.features is None:
            continue
        fit = match(recipe, attributes)
        if fit.fits:
            found.append(
                Unlock(recipe.label, True, f"the recipe finds {_listed([each.label for each in fit.features])}")
            )
            continue
        lacking = _listed(fit.missing)
        found.append(
            Unlock(recipe.label, False, f"{lacking} not found", PURCHASES if recipe.name == "rfm" else lacking)
        )
    return sorted(found, key=lambda each: each.what != recipes()["rfm"].label)


def _role(
    attributes: Sequence[AttributeLike], what: str, role: str, kinds: tuple[str, ...], good: str, add: str
) -> Unlock:
    found = [each.label for each in attributes if each.role == role and each.kind in kinds]
    return Unlock(what, True, f"{_listed(found)} {good}") if found else Unlock(what, False, "no column says so", add)


def _listed(labels: Sequence[str], shown: int = 3) -> str:
    """The first labels, and how many more.

    >>> _listed(["Age", "Income"]), _listed(["a", "b", "c", "d", "e"])
    ('Age and Income', 'a, b, c and 2 more')
    """
    more = len(labels) - shown
    if more > 0:
        return f"{', '.join(labels[:shown])} and {more} more"
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)
