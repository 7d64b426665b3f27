"""What is told of recipes, and what changed from one version to the next, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from segmentation.features.recipes import SWITCHES
from segmentation.features.resolving import references
from segmentation.wording import listed

if TYPE_CHECKING:
    from segmentation.features.preview import Column

KEPT = ("name", "label", "unit", "expression")
TRANSFORM_WORDS = {
    "auto": "automatic", "none": "as it is", "log1p": "logarithm", "yeo-johnson": "straightened (Yeo-Johnson)",
}  # fmt: skip


@dataclass(frozen=True)
class RecipeView:
    """A recipe against a dataset.

    ``saved`` is False for those that come with the product, whose ``version`` is 0. ``missing`` are labels of what
    the dataset lacks, ``models`` the versions trained on this very version of the recipe.
    """

    name: str
    label: str
    description: str
    version: int
    saved: bool
    note: str
    missing: list[str]
    features: int
    created_at: datetime | None
    created_by: str
    models: list[int]

    @property
    def fits(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Editor:
    """A recipe opened to be changed: its columns and all others of the dataset, seen on `sample` of `customers`."""

    name: str
    label: str
    columns: list[Column]
    customers: int
    sample: int
    as_of: date


def tidy(feature: dict[str, Any]) -> dict[str, Any]:
    """One entry of a recipe as it is stored: switches left alone are left out.

    >>> tidy({"name": "a", "label": "A", "expression": "a", "on": True, "clip": False, "weight": 1, "unit": None})
    {'name': 'a', 'label': 'A', 'expression': 'a', 'clip': False}
    """
    kept = {key: feature[key] for key in KEPT if feature.get(key) is not None}
    switched = {key: feature[key] for key, usual in SWITCHES.items() if feature.get(key, usual) != usual}
    return kept | switched | ({"on": False} if not feature.get("on", True) else {})


def chosen(features: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a recipe is made of, out of all columns on offer: those that are on, and what these are made of.

    >>> spend = {"name": "spend", "label": "S", "expression": {"sum": ["a", "b"]}, "on": False}
    >>> share = {"name": "share", "label": "R", "expression": {"ratio": ["a", {"feature": "spend"}]}}
    >>> [each["name"] for each in chosen([spend, share, {"name": "age", "label": "A", "expression": "a", "on": False}])]
    ['spend', 'share']
    """
    by_name = {feature["name"]: feature for feature in features}
    needed = [feature["name"] for feature in features if feature.get("on", True)]
    for name in needed:  # grows while it is walked
        needed += [
            other for other in references(by_name[name]["expression"]) if other in by_name and other not in needed
        ]
    return [tidy(feature) for feature in features if feature["name"] in needed]


def changes(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> list[str]:
    """What was changed between two lists of features, one line each.

    >>> old = [{"name": "age", "label": "Age", "expression": "age"}, {"name": "pay", "label": "Pay", "expression": "p"}]
    >>> new = [{"name": "pay", "label": "Pay", "expression": "p", "transform": "log1p", "weight": 2.0}]
    >>> changes(old, new)
    ['Without Age', 'Pay: logarithm instead of automatic, weight 2 instead of 1']
    """
    was = {feature["name"]: feature for feature in before if feature.get("on", True)}
    now = {feature["name"]: feature for feature in after if feature.get("on", True)}
    lines = []
    if added := [feature["label"] for name, feature in now.items() if name not in was]:
        lines.append(f"With {listed(added)}")
    if gone := [feature["label"] for name, feature in was.items() if name not in now]:
        lines.append(f"Without {listed(gone)}")
    for name in [name for name in now if name in was]:
        said = _switched(was[name], now[name])
        if was[name]["expression"] != now[name]["expression"]:
            said.insert(0, "made of something else")
        if said:
            lines.append(f"{now[name]['label']}: {', '.join(said)}")
    return lines


def _switched(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    old, new = ({key: each.get(key, usual) for key, usual in SWITCHES.items()} for each in (was, now))
    said = []
    if old["transform"] != new["transform"]:
        said.append(f"{TRANSFORM_WORDS[new['transform']]} instead of {TRANSFORM_WORDS[old['transform']]}")
    if old["clip"] != new["clip"]:
        said.append("far-out values capped" if new["clip"] else "far-out values kept")
    if old["weight"] != new["weight"]:
        said.append(f"weight {new['weight']:g} instead of {old['weight']:g}")
    return said
