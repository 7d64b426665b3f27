"""The small form that makes a column of others: what it offers, and what it says."""

from collections.abc import Sequence
from typing import Any

from dashboard.formatting import is_calendar_year
from segmentation.features.sentences import sentence

OPERATIONS = [
    {"label": "Divided by: A ÷ B", "value": "ratio"},
    {"label": "Added up: A + B + …", "value": "sum"},
    {"label": "Difference: A − B", "value": "difference"},
    {"label": "Multiplied: A × B", "value": "product"},
    {"label": "How many are true, of A, B, …", "value": "flags"},
    {"label": "Years since A", "value": "years_before_as_of"},
    {"label": "Days since A", "value": "days_before_as_of"},
]
PARTS = ("a", "b", "c", "d")
NONE = "none:"  # in a choice: nothing
FEATURE = "feature:"  # in a choice: another column made of others


def places(operation: str) -> dict[str, bool]:
    """Which controls an operation needs: the parts by letter, and a fixed number.

    >>> [part for part, shown in places("ratio").items() if shown]
    ['a', 'b', 'number']
    """
    parts = {"years_before_as_of": 1, "days_before_as_of": 1, "ratio": 2, "difference": 2}.get(operation, 4)
    shown = {part: place < parts for place, part in enumerate(PARTS)}
    return shown | {"number": parts > 1 and operation != "flags"}


def choices(operation: str, attributes: Sequence[Any], features: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """What the operation can be made of: attributes of a fitting kind, then columns that are made of others."""
    found = [{"label": a.label, "value": a.name} for a in attributes if a.role != "id" and _fits(operation, a)]
    if operation.endswith("before_as_of"):
        return found
    derived = [feature for feature in features if isinstance(feature["expression"], dict)]
    return found + [{"label": feature["label"], "value": FEATURE + feature["name"]} for feature in derived]


def _fits(operation: str, attribute: Any) -> bool:
    if operation == "days_before_as_of":
        return bool(attribute.kind == "date")
    if operation == "years_before_as_of":
        return bool(attribute.kind == "date" or (attribute.kind == "number" and is_calendar_year(attribute.label)))
    if operation == "flags":
        return bool(attribute.kind == "flag")
    return attribute.kind in ("number", "flag")


def expression(operation: str, parts: Sequence[str | None], fixed: float | None) -> Any:
    """What the form says, as an expression of a recipe; None while something is missing.

    >>> expression("ratio", ["spend", None, None, None], 12)
    {'ratio': ['spend', 12]}
    >>> expression("sum", ["a", "feature:b", "none:", None], None)
    {'sum': ['a', {'feature': 'b'}]}
    >>> expression("ratio", ["spend", None, None, None], None)
    """
    shown = places(operation)
    chosen = [part for name, part in zip(PARTS, parts, strict=True) if part and part != NONE and shown[name]]
    if not chosen:
        return None
    if operation.endswith("before_as_of"):
        return {operation: chosen[0]}
    made: list[Any] = [{"feature": part[len(FEATURE) :]} if part.startswith(FEATURE) else part for part in chosen]
    if fixed is not None and shown["number"] and (operation in ("sum", "product") or len(made) == 1):
        made.append(fixed)
    return {operation: made} if len(made) > 1 or operation == "flags" else None


def free_name(label: str, taken: Sequence[str]) -> str:
    """A name for a new column, from its label.

    >>> free_name("Spending per visit", []), free_name("Spending per visit!", ["spending_per_visit"])
    ('spending_per_visit', 'spending_per_visit_2')
    """
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in label.lower())
    name = "_".join(filter(None, plain.split("_")))[:56] or "column"
    name = name if name[0].isalpha() else f"c_{name}"
    return next(each for n in range(1, len(taken) + 2) if (each := name if n == 1 else f"{name}_{n}") not in taken)


def said(made: Any, options: Sequence[dict[str, str]]) -> str:
    """An expression of the form as a sentence.

    >>> said({"ratio": ["spend", {"feature": "visits"}]}, [{"label": "Spending", "value": "spend"}])
    'Spending divided by visits.'
    """
    labels = {option["value"].removeprefix(FEATURE): option["label"] for option in options}
    return f"{sentence(made, lambda name: labels.get(name, name))}."
