"""Whether a recipe can be trained on a dataset, told in one line per problem; and a first draft of one."""

from collections.abc import Iterator, Sequence
from typing import Any

from segmentation.features.expressions import Expression
from segmentation.features.recipes import AttributeLike, Recipe, usable
from segmentation.features.resolving import Resolver, words
from segmentation.features.schema import BEFORE, constant, structure
from segmentation.lookups import near

NOUNS = {"category": "a category", "text": "text", "date": "a date", "number": "a number", "flag": "a yes or no"}
VERBS = {
    "sum": "be added up", "difference": "be subtracted", "product": "be multiplied", "ratio": "be divided",
    "flags": "be counted",
}  # fmt: skip


def problems(features: Any, attributes: Sequence[AttributeLike]) -> list[str]:
    """Everything that makes a recipe impossible on a dataset, all at once.

    Parameters
    ----------
    features : list of dict
        As in a recipe's JSON.
    attributes : sequence of AttributeLike
        Of the dataset.

    Returns
    -------
    list of str
        One line each, by the feature's label: what is wrong and what to do. Empty when it can be trained.
    """
    if wrong := structure(features):
        return wrong
    resolver = Resolver(
        attributes, {feature["name"]: feature["expression"] for feature in features if "name" in feature}
    )
    found: list[str] = []
    for feature in features:
        if "each" in feature:
            continue
        missing: list[str] = []
        expression = resolver.resolve(feature["expression"], missing)
        where = feature["label"]
        if missing:
            if not feature.get("optional"):
                found += [f"{where}: {_unknown(name, attributes)}" for name in dict.fromkeys(missing)]
            continue
        found += [f"{where}: {problem}" for problem in dict.fromkeys(_kinds(expression, resolver.by_name))]
        found += [f"{where}: {problem}" for problem in _switched(feature, expression, resolver.by_name)]
    return found


def _unknown(name: str, attributes: Sequence[AttributeLike]) -> str:
    if any(attribute.name == name and attribute.role == "id" for attribute in attributes):
        return f"{name!r} names the customer and says nothing of them; choose another column"
    close = near(name, [attribute.name for attribute in attributes])
    hint = f"did you mean {' or '.join(close)}?" if close else "choose one of the columns of the dataset"
    return f"the dataset has no {words(name)!r}; {hint}"


def _kinds(expression: Expression, known: dict[str, AttributeLike]) -> Iterator[str]:
    """What is done with attributes that cannot be done with their kind."""
    if not isinstance(expression, dict):
        if constant(expression) is not None:
            yield "it is the same number for every customer; name an attribute"
        return
    if constant(expression) is not None:
        yield "it is the same number for every customer; name an attribute"
    (operation, parts), *_ = expression.items()
    if operation in BEFORE:
        kind = known[parts].kind
        if kind != "date" and not (kind == "number" and operation.startswith("years")):
            yield f"{_is(known[parts])}; time is counted from a date" + (
                " or a calendar year" if operation.startswith("years") else ""
            )
    elif operation == "is":
        if known[parts[0]].kind not in ("category", "text"):
            yield f"{_is(known[parts[0]])}; words are looked for in a category"
    else:
        for part in parts:
            if isinstance(part, str):
                if known[part].kind not in ("number", "flag"):
                    instead = " count the days before the as-of day instead" if known[part].kind == "date" else ""
                    yield f"{_is(known[part])} and cannot {VERBS[operation]};{instead or ' choose numbers'}"
            elif constant(part) is None:
                yield from _kinds(part, known)


def _is(attribute: AttributeLike) -> str:
    return f"{attribute.label} is {NOUNS[attribute.kind]}"


def _switched(feature: dict[str, Any], expression: Expression, known: dict[str, AttributeLike]) -> Iterator[str]:
    kind = known[expression].kind if isinstance(expression, str) else "number"
    if kind not in ("number", "date") and (feature.get("transform", "auto") != "auto" or not feature.get("clip", True)):
        yield f"it is {NOUNS[kind]}, which is neither straightened nor capped; leave both as they are"


def draft(recipe: Recipe, attributes: Sequence[AttributeLike]) -> list[dict[str, Any]]:
    """The features of a recipe one by one, as a document that can be changed feature by feature.

    Roles and "every usable attribute" become the columns they stand for, in canonical names; what is optional
    or needed and not there is left out.
    """
    resolver = Resolver(attributes, {w["name"]: w["expression"] for w in recipe.features or () if "name" in w})
    if recipe.features is None:
        return [column(attribute, resolver) for attribute in usable(attributes)]
    found: dict[str, dict[str, Any]] = {}
    for written in recipe.features:
        missing: list[str] = []
        if "each" in written:
            for name in resolver.of_role(written["each"], missing):
                found.setdefault(name, column(resolver.by_name[name], resolver))
            continue
        resolver.resolve(written["expression"], missing)
        if not missing:
            found[written["name"]] = {key: value for key, value in written.items() if key != "optional"}
    return list(found.values())


def column(attribute: AttributeLike, resolver: Resolver) -> dict[str, Any]:
    """An attribute as a feature of a recipe."""
    label = f"{attribute.label} (days ago)" if attribute.kind == "date" else attribute.label
    unit = {"unit": attribute.unit} if attribute.unit else {}
    return {"name": attribute.name, "label": label, **unit, "expression": resolver.portable(attribute.name)}
