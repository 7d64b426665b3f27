"""Expressions that are a weighted sum of attributes: what a change of one of them does to the feature."""

import math
from datetime import date

from segmentation.features.expressions import DAYS_PER_YEAR, Expression

EPOCH = date(1970, 1, 1)


def linear(expression: Expression, dates: frozenset[str], as_of: date) -> tuple[dict[str, float], float] | None:
    """The weight of each attribute and the constant; None where the expression is no weighted sum.

    A date counts in days since 1970. What is missing counts as 0, as in a sum.

    Examples
    --------
    >>> linear({"sum": ["wine", "fish", 1]}, frozenset(), date(2024, 1, 1))
    ({'wine': 1.0, 'fish': 1.0}, 1.0)
    >>> linear({"ratio": ["months", 12]}, frozenset(), date(2024, 1, 1))
    ({'months': 0.08333333333333333}, 0.0)
    >>> linear({"years_before_as_of": "born"}, frozenset(), date(2024, 1, 1))
    ({'born': -1.0}, 2024.0)
    >>> linear({"ratio": ["spend", "visits"]}, frozenset(), date(2024, 1, 1)) is None
    True
    """
    if isinstance(expression, str):
        return {expression: 1.0}, 0.0
    if isinstance(expression, int | float):
        return {}, float(expression)
    (operation, parts), *_ = expression.items()
    if operation in ("years_before_as_of", "days_before_as_of"):
        if parts not in dates:
            return {parts: -1.0}, float(as_of.year)
        unit = DAYS_PER_YEAR if operation == "years_before_as_of" else 1.0
        return {parts: -1 / unit}, (as_of - EPOCH).days / unit
    if operation not in ("sum", "difference", "product", "ratio"):
        return None
    found = [linear(part, dates, as_of) for part in parts]
    if any(each is None for each in found):
        return None
    terms = [each for each in found if each is not None]
    if operation == "sum":
        return _added(terms, [1.0] * len(terms))
    if operation == "difference":
        return _added(terms, [1.0, -1.0])
    if operation == "ratio" and (terms[1][0] or not terms[1][1]):
        return None
    varying = [each for each in terms if each[0]]
    if len(varying) > 1:
        return None
    factors = [constant for weights, constant in terms if not weights]
    factor = 1 / factors[-1] if operation == "ratio" else math.prod(factors)
    return _added(varying, [factor]) if varying else None


def _added(terms: list[tuple[dict[str, float], float]], signs: list[float]) -> tuple[dict[str, float], float]:
    weights: dict[str, float] = {}
    for (those, _), sign in zip(terms, signs, strict=True):
        for name, weight in those.items():
            weights[name] = weights.get(name, 0.0) + sign * weight
    return weights, sum(sign * constant for (_, constant), sign in zip(terms, signs, strict=True))
