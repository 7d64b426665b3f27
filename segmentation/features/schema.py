"""The form of a recipe's JSON: what may stand in it, whatever the dataset."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from segmentation.features.expressions import OPERATIONS
from segmentation.features.resolving import references

USABLE = "usable"  # in place of a list of features: whatever the dataset has
FEATURE_KEYS = {"name", "label", "unit", "expression", "optional", "on", "transform", "clip", "weight"}
TRANSFORMS = ("auto", "none", "log1p", "yeo-johnson")
MOST_WEIGHT = 10.0
MOST_FEATURES = 500
DEEPEST = 8
PAIRS = ("ratio", "difference")
BEFORE = ("years_before_as_of", "days_before_as_of")
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}$")


def structure(features: Any) -> list[str]:
    """Everything wrong with the list of features of a recipe, one line each; empty when it can be read.

    >>> structure([{"name": "a", "label": "A", "expression": {"ratio": ["x", 0]}, "weight": 20}])
    ['A: nothing can be divided by 0', 'A: weight 20 is not allowed; give a number above 0, at most 10']
    >>> structure([])
    ['the recipe has no feature; choose at least one column']
    """
    if features == USABLE:
        return []
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        return ["the features of a recipe are a list"]
    if not any(feature.get("on", True) for feature in features):
        return ["the recipe has no feature; choose at least one column"]
    if len(features) > MOST_FEATURES:
        return [f"{len(features)} features are too many; at most {MOST_FEATURES} are allowed"]
    wrong = [problem for feature in features for problem in _feature(feature)]
    names = [feature.get("name") for feature in features if "each" not in feature]
    wrong += [f"two features are called {name!r}" for name in dict.fromkeys(names) if name and names.count(name) > 1]
    return wrong or _loops({feature["name"]: feature["expression"] for feature in features if "name" in feature})


def _feature(feature: dict[str, Any]) -> Iterator[str]:
    if set(feature) == {"each"}:
        if not isinstance(feature["each"], str):
            yield f"{feature['each']!r} is not a role"
        return
    named = f"feature {feature.get('name')!r}"
    where = feature.get("label") or named
    for key in sorted(feature.keys() - FEATURE_KEYS):
        yield f"{named} has an unknown key {key!r}"
    for key in ("name", "label", "expression"):
        if feature.get(key) in (None, ""):
            yield f"{named} has no {key}"
    if feature.get("name") and not NAME.match(str(feature["name"])):
        yield f"{named}: a name begins with a letter and has small letters, digits and _ only, at most 63"
    if feature.get("expression") not in (None, ""):
        yield from (f"{where}: {problem}" for problem in _expression(feature["expression"], 0))
    yield from (f"{where}: {problem}" for problem in _switches(feature))


def _switches(feature: dict[str, Any]) -> Iterator[str]:
    transform, weight = feature.get("transform", "auto"), feature.get("weight", 1.0)
    if transform not in TRANSFORMS:
        yield f"there is no transform {transform!r}; there are: {', '.join(TRANSFORMS)}"
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= MOST_WEIGHT:
        yield f"weight {weight!r} is not allowed; give a number above 0, at most {MOST_WEIGHT:g}"
    for key in ("on", "clip", "optional"):
        if not isinstance(feature.get(key, True), bool):
            yield f"{key} is {feature[key]!r}; it is true or false"


def _expression(expression: Any, depth: int) -> Iterator[str]:
    if isinstance(expression, bool) or (isinstance(expression, float) and not math.isfinite(expression)):
        yield f"{expression!r} is not a number"
    if isinstance(expression, str | int | float):
        return
    if not isinstance(expression, dict) or len(expression) != 1:
        yield f"{expression!r} is not an expression"
        return
    if depth >= DEEPEST:
        yield f"it is nested more than {DEEPEST} times"
        return
    (operation, parts), *_ = expression.items()
    if operation not in (*OPERATIONS, "any", "feature"):
        yield f"unknown operation {operation!r}; there are: {', '.join(OPERATIONS)}, any, feature"
    elif operation == "feature":
        if not isinstance(parts, str):
            yield f"{parts!r} is not the name of a feature"
    elif operation in BEFORE:
        if not isinstance(parts, str):
            yield f"{operation} counts from one attribute, not from {parts!r}"
    elif not isinstance(parts, list) or not parts:
        yield f"{operation} has no parts"
    elif operation == "is":
        if len(parts) < 2 or not all(isinstance(part, str) for part in parts):
            yield "is names an attribute and at least one word"
    else:
        yield from _parts(operation, parts, depth)


def _parts(operation: str, parts: Sequence[Any], depth: int) -> Iterator[str]:
    if operation in PAIRS and len(parts) != 2:
        yield f"a {operation} has two parts"
    elif operation == "ratio" and constant(parts[1]) == 0:
        yield "nothing can be divided by 0"
    for part in parts:
        yield from _expression(part, depth + 1)


def constant(expression: Any) -> float | None:
    """The value of an expression without attributes; None when it has any.

    >>> constant({"difference": [3, {"product": [1, 3]}]}), constant({"sum": ["age", 1]})
    (0.0, None)
    """
    if isinstance(expression, int | float):
        return float(expression)
    if not isinstance(expression, dict) or len(expression) != 1:
        return None
    (operation, parts), *_ = expression.items()
    values = [constant(part) for part in parts] if isinstance(parts, list) and parts else [None]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    if operation == "sum":
        return sum(known)
    if operation == "product":
        return math.prod(known)
    if operation == "difference":
        return known[0] - sum(known[1:])
    if operation == "ratio":
        return known[0] / known[-1] if known[-1] else None
    return None


def _loops(expressions: dict[str, Any]) -> list[str]:
    """Features made of features that are not there, or in the end of themselves."""
    needs = {name: references(expression) for name, expression in expressions.items()}
    wrong = [
        f"{name} is made of a feature {other!r} that the recipe does not have"
        for name, others in needs.items()
        for other in others
        if other not in needs
    ]
    done: set[str] = set()
    for name in needs:
        trail: list[str] = []
        if loop := _loop(name, needs, done, trail):
            wrong.append(f"{' is made of '.join(loop)}: a feature cannot be made of itself")
    return wrong


def _loop(name: str, needs: dict[str, list[str]], done: set[str], trail: list[str]) -> list[str]:
    """The way from a feature back to itself; empty when there is none. Each loop is told once."""
    if name in trail:
        done.update(trail)
        return [*trail[trail.index(name) :], name]
    if name in done:
        return []
    for other in needs.get(name, []):
        if loop := _loop(other, needs, done, [*trail, name]):
            return loop
    done.add(name)
    return []
