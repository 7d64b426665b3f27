"""What a feature is made of, as a person would say it."""

from collections.abc import Callable, Sequence

from segmentation.features.expressions import Expression
from segmentation.features.resolving import ROLE


def sentence(expression: Expression, label: Callable[[str], str]) -> str:
    """An expression in words, without a full stop.

    Parameters
    ----------
    expression : Expression
        Of a recipe; ``{"any": [...]}`` is told as its first alternative unless it was resolved before.
    label : callable
        The label of an attribute or, for ``{"feature": name}``, of a feature.

    Examples
    --------
    >>> sentence({"ratio": ["spend", {"sum": ["visits", 1]}]}, str.title)
    'Spend divided by (Visits + 1)'
    >>> sentence({"flags": ["mail", "phone"]}, str.title)
    'How many of Mail and Phone are true'
    >>> sentence({"years_before_as_of": "joined"}, str.title)
    'Years from Joined to the as-of day'
    """
    if not isinstance(expression, dict):
        return _part(expression, label, top=True)
    (operation, parts), *_ = expression.items()
    if operation == "any":
        return sentence(parts[0], label)
    if operation == "feature":
        return label(parts)
    if operation in ("years_before_as_of", "days_before_as_of"):
        return f"{operation.partition('_')[0].title()} from {label(parts)} to the as-of day"
    if operation == "is":
        return f"Whether {label(parts[0])} is {_listed(parts[1:], 'or')}"
    said = [_part(part, label) for part in parts]
    if operation == "flags":
        return f"How many of {_listed(said)} are true"
    if operation == "ratio":
        return f"{said[0]} divided by {said[1]}"
    return {"sum": " + ", "difference": " − ", "product": " × "}[operation].join(said)


def _part(expression: Expression, label: Callable[[str], str], *, top: bool = False) -> str:
    if isinstance(expression, str):
        if expression.startswith(ROLE):
            return f"every attribute with the role {expression[len(ROLE) :]}"
        return label(expression)
    if isinstance(expression, dict):
        said = sentence(expression, label)
        return said if top or "feature" in expression else f"({said})"
    return f"{expression:g}"


def _listed(said: Sequence[str], last: str = "and") -> str:
    return f"{', '.join(said[:-1])} {last} {said[-1]}" if len(said) > 1 else said[0]
