"""Recipes: named lists of features, as data, and their match to the attributes of a dataset."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Protocol

from segmentation.errors import TrainingError
from segmentation.features.expressions import Expression, attributes_of
from segmentation.features.resolving import Resolver, words
from segmentation.features.schema import USABLE, structure
from segmentation.gone import is_mark

SWITCHES: dict[str, Any] = {"transform": "auto", "clip": True, "weight": 1.0}


class AttributeLike(Protocol):
    """What is asked of an attribute; the table's rows and the services' views both have it."""

    name: str
    label: str
    kind: str
    role: str
    unit: str | None
    sensitive: bool


@dataclass(frozen=True)
class Recipe:
    """A recipe as written in its JSON file; ``features`` None means every usable attribute."""

    name: str
    label: str
    description: str
    features: tuple[dict[str, Any], ...] | None


@dataclass(frozen=True)
class Feature:
    """One input of the model: an attribute of the dataset, or derived from some.

    ``kind`` is ``number``, ``flag`` or ``category``; `expression` names the dataset's own attributes. Numbers are
    straightened by `transform` (``auto``, ``none``, ``log1p``, ``yeo-johnson``) and clipped unless `clip` is off;
    `weight` multiplies the feature's spread in the space that is clustered.
    """

    name: str
    label: str
    kind: str
    unit: str | None
    expression: Expression
    sensitive: bool = False
    transform: str = "auto"
    clip: bool = True
    weight: float = 1.0

    @property
    def attributes(self) -> list[str]:
        return attributes_of(self.expression)

    def as_json(self) -> dict[str, Any]:
        """Switches left alone are left out, so that a recipe reads as it did before there were any."""
        return {name: value for name, value in asdict(self).items() if SWITCHES.get(name, self) != value}


@dataclass(frozen=True)
class Match:
    """A recipe met a dataset: the features it becomes there, or what the dataset lacks."""

    recipe: Recipe
    features: tuple[Feature, ...]
    missing: tuple[str, ...]  # labels of the attributes it needs and the dataset lacks

    @property
    def fits(self) -> bool:
        return not self.missing


@lru_cache(maxsize=1)
def recipes() -> dict[str, Recipe]:
    """Every recipe that comes with the product, by name.

    >>> list(recipes())
    ['all_usable', 'behaviour', 'engagement', 'full_profile', 'mall', 'mall_interactions', 'rfm']
    """
    folder = files("segmentation.features") / "recipes"
    found = [
        parse(json.loads(path.read_text(encoding="utf-8"))) for path in folder.iterdir() if path.name[-5:] == ".json"
    ]
    return {recipe.name: recipe for recipe in sorted(found, key=lambda recipe: recipe.name)}


def recipe(name: str) -> Recipe:
    """The recipe of that name; TrainingError lists those that exist."""
    known = recipes()
    if name not in known:
        raise TrainingError(f"there is no recipe {name!r}; recipes are: {', '.join(known)}")
    return known[name]


def parse(document: dict[str, Any]) -> Recipe:
    """A recipe from its JSON document; ValueError says what the document has wrong.

    >>> parse({"name": "r", "label": "R", "description": "", "features": [{"name": "a", "expression": "age"}]})
    Traceback (most recent call last):
    ...
    ValueError: recipe 'r': feature 'a' has no label
    """
    if absent := {"name", "label", "description", "features"} - document.keys():
        raise ValueError(f"recipe {document.get('name')!r}: {', '.join(sorted(absent))} is missing")
    name, features = document["name"], document["features"]
    if wrong := structure(features):
        raise ValueError(f"recipe {name!r}: {'; '.join(wrong)}")
    return Recipe(name, document["label"], document["description"], None if features == USABLE else tuple(features))


def match(recipe: Recipe, attributes: Sequence[AttributeLike]) -> Match:
    """The features a recipe becomes on a dataset with these attributes.

    Raises nothing: what the dataset lacks is in ``missing``, by the label a person knows it by.
    """
    if recipe.features is None:
        return Match(recipe, tuple(feature_of(a) for a in usable(attributes)), ())
    attributes = [a for a in attributes if not is_mark(a)]
    resolver = Resolver(attributes, {w["name"]: w["expression"] for w in recipe.features if "name" in w})
    features: dict[str, Feature] = {}
    missing: list[str] = []
    for written in recipe.features:
        if "each" in written:
            for name in resolver.of_role(written["each"], missing):
                features.setdefault(name, feature_of(resolver.by_name[name]))
            continue
        if not written.get("on", True):
            continue
        lacking: list[str] = []
        expression = resolver.resolve(written["expression"], lacking)
        if lacking and written.get("optional"):
            continue
        missing += lacking
        if not lacking:
            features[written["name"]] = _derived(written, expression, resolver.by_name)
    return Match(recipe, tuple(features.values()), tuple(dict.fromkeys(words(name) for name in missing)))


def usable(attributes: Sequence[AttributeLike]) -> list[AttributeLike]:
    """The attributes that `all_usable` takes up before it looks at the customers."""
    able = [a for a in attributes if a.kind != "text" and a.role != "id" and not is_mark(a)]
    # what purchases add is used where nothing else is known: files often count the same purchases already
    return [a for a in able if not getattr(a, "computed", False)] or able


def check_fit(match: Match, attributes: Sequence[AttributeLike], slug: str) -> None:
    """TrainingError when the recipe does not fit: what is missing, and which columns there are."""
    if not match.fits:
        present = ", ".join(attribute.label for attribute in attributes)
        raise TrainingError(
            f"recipe {match.recipe.name!r} does not fit dataset {slug!r}: it needs {', '.join(match.missing)}; "
            f"the dataset has: {present or 'no attributes'}"
        )


def feature_of(attribute: AttributeLike) -> Feature:
    """The attribute itself as a feature; a date as the days from it to ``as_of``."""
    name, label, sensitive = attribute.name, attribute.label, attribute.sensitive
    if attribute.kind == "date":
        return Feature(name, f"{label} (days ago)", "number", "days", {"days_before_as_of": name}, sensitive)
    kind = "category" if attribute.kind == "text" else attribute.kind
    return Feature(name, label, kind, attribute.unit, name, sensitive)


def _derived(written: dict[str, Any], expression: Expression, by_name: dict[str, AttributeLike]) -> Feature:
    sources = [by_name[name] for name in attributes_of(expression)]
    kind, unit = "number", written.get("unit")
    if isinstance(expression, str):
        plain = feature_of(by_name[expression])
        kind, unit, expression = plain.kind, plain.unit or unit, plain.expression
    sensitive = any(source.sensitive for source in sources)
    switches = {name: written[name] for name in SWITCHES if name in written}
    return Feature(written["name"], written["label"], kind, unit, expression, sensitive, **switches)
