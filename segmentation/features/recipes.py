"""Recipes: named lists of features, as data, and their match to the attributes of a dataset."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Protocol

from segmentation import vocabulary
from segmentation.errors import TrainingError
from segmentation.features.expressions import OPERATIONS, Expression, attributes_of

USABLE = "usable"  # in place of a list of features: whatever the dataset has
FEATURE_KEYS = {"name", "label", "unit", "expression", "optional"}
ROLE = "role:"


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

    ``kind`` is ``number``, ``flag`` or ``category``; `expression` names the dataset's own attributes.
    """

    name: str
    label: str
    kind: str
    unit: str | None
    expression: Expression
    sensitive: bool = False

    @property
    def attributes(self) -> list[str]:
        return attributes_of(self.expression)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


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
    if features == USABLE:
        return Recipe(name, document["label"], document["description"], None)
    for feature in features:
        if set(feature) == {"each"}:
            _check(feature["each"], f"recipe {name!r}")
            continue
        where = f"feature {feature.get('name')!r}"
        if unknown := feature.keys() - FEATURE_KEYS:
            raise ValueError(f"recipe {name!r}: {where} has an unknown key {sorted(unknown)[0]!r}")
        for key in ("name", "label", "expression"):
            if not feature.get(key):
                raise ValueError(f"recipe {name!r}: {where} has no {key}")
        _check(feature["expression"], f"recipe {name!r}: {where}")
    return Recipe(name, document["label"], document["description"], tuple(features))


def _check(expression: Any, where: str) -> None:
    if isinstance(expression, str | int | float):
        return
    if not isinstance(expression, dict) or len(expression) != 1:
        raise ValueError(f"{where}: {expression!r} is not an expression")
    (operation, parts), *_ = expression.items()
    if operation not in (*OPERATIONS, "any"):
        raise ValueError(f"{where}: unknown operation {operation!r}; there are: {', '.join(OPERATIONS)}, any")
    if operation == "ratio" and len(parts) != 2:
        raise ValueError(f"{where}: a ratio has two parts")
    for part in parts if isinstance(parts, list) else [parts]:
        _check(part, where)


class _Resolver:
    """Replaces canonical names and roles by the attributes of one dataset."""

    def __init__(self, attributes: Sequence[AttributeLike]) -> None:
        usable = [attribute for attribute in attributes if attribute.role != "id"]
        self.by_name = {attribute.name: attribute for attribute in usable}
        self.by_canonical: dict[str, str] = {}
        for attribute in usable:  # the first one wins, unless one has the very name
            self.by_canonical.setdefault(vocabulary.canonical(attribute.name), attribute.name)
        self.by_canonical |= {attribute.name: attribute.name for attribute in usable}

    def resolve(self, expression: Expression, missing: list[str]) -> Expression:
        """The expression in the dataset's attributes; what it lacks is added to `missing`."""
        if isinstance(expression, str):
            if expression not in self.by_canonical:
                missing.append(expression)
            return self.by_canonical.get(expression, expression)
        if isinstance(expression, int | float):
            return expression
        (operation, parts), *_ = expression.items()
        if operation == "any":
            return self._first(parts, missing)
        if operation == "is":
            return {"is": [self.resolve(parts[0], missing), *parts[1:]]}
        if not isinstance(parts, list):
            return {operation: self.resolve(parts, missing)}
        resolved: list[Expression] = []
        for part in parts:
            if isinstance(part, str) and part.startswith(ROLE):
                resolved += self.of_role(part, missing)
            else:
                resolved.append(self.resolve(part, missing))
        return {operation: resolved}

    def of_role(self, selector: str, missing: list[str]) -> list[str]:
        names = [
            a.name for a in self.by_name.values() if a.role == selector[len(ROLE) :] and a.kind in ("number", "flag")
        ]
        if not names:
            missing.append(selector)
        return names

    def _first(self, alternatives: list[Expression], missing: list[str]) -> Expression:
        """The first alternative the dataset has; else the first one, with what it lacks."""
        tries = []
        for alternative in alternatives:
            lacking: list[str] = []
            resolved = self.resolve(alternative, lacking)
            if not lacking:
                return resolved
            tries.append((resolved, lacking))
        missing += tries[0][1]
        return tries[0][0]


def match(recipe: Recipe, attributes: Sequence[AttributeLike]) -> Match:
    """The features a recipe becomes on a dataset with these attributes.

    Raises nothing: what the dataset lacks is in ``missing``, by the label a person knows it by.
    """
    if recipe.features is None:
        usable = [a for a in attributes if a.kind != "text" and a.role != "id"]
        # what purchases add is used where nothing else is known: files often count the same purchases already
        given = [a for a in usable if not getattr(a, "computed", False)]
        return Match(recipe, tuple(feature_of(a) for a in given or usable), ())
    resolver = _Resolver(attributes)
    features: dict[str, Feature] = {}
    missing: list[str] = []
    for written in recipe.features:
        if "each" in written:
            for name in resolver.of_role(written["each"], missing):
                features.setdefault(name, feature_of(resolver.by_name[name]))
            continue
        lacking: list[str] = []
        expression = resolver.resolve(written["expression"], lacking)
        if lacking and written.get("optional"):
            continue
        missing += lacking
        if not lacking:
            features[written["name"]] = _derived(written, expression, resolver.by_name)
    return Match(recipe, tuple(features.values()), tuple(dict.fromkeys(_words(name) for name in missing)))


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
        kind = feature_of(by_name[expression]).kind
        unit = by_name[expression].unit or unit
        if by_name[expression].kind == "date":
            expression = {"days_before_as_of": expression}
    sensitive = any(source.sensitive for source in sources)
    return Feature(written["name"], written["label"], kind, unit, expression, sensitive)


def _words(name: str) -> str:
    """How a person calls a canonical attribute, or what attributes of a role are."""
    if name.startswith(ROLE):
        return f"an attribute with the role {name[len(ROLE) :]!r}"
    entry = vocabulary.match(name)
    return entry.label if entry else name
