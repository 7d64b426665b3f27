"""What a feature is made of: an attribute, a number, or an operation on them, written as JSON.

========================================  ==================================================================
``"income"``                              the attribute
``1``                                     the number
``{"sum": [a, b]}``                       a + b; a missing part counts as 0, missing when every attribute is
``{"difference": [a, b]}``                a - b; missing when a part is
``{"product": [a, b]}``                   a × b; missing when a part is
``{"ratio": [a, b]}``                     a / b; missing when a part is, or b = 0
``{"flags": [a, b]}``                     how many are true; a missing flag counts as not true, missing when all are
``{"is": [a, "x", "y"]}``                 1 where a is one of the words (ignoring case), else 0
``{"years_before_as_of": a}``             of a date: days / 365.25; of a number, a calendar year: year of as_of - a
``{"days_before_as_of": a}``              of a date
========================================  ==================================================================

In a recipe three more are allowed, which `segmentation.features.resolving` replaces when it meets a dataset:
``{"any": [a, b]}``, the first that the dataset has; ``"role:value"``, every attribute of that role; and
``{"feature": name}``, what another feature of the recipe is.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

Expression = str | int | float | dict[str, Any]
OPERATIONS = ("sum", "difference", "product", "ratio", "flags", "is", "years_before_as_of", "days_before_as_of")
DAYS_PER_YEAR = 365.25


def attributes_of(expression: Expression) -> list[str]:
    """The attributes an expression needs, each once, in order of appearance.

    >>> attributes_of({"ratio": ["score", {"sum": ["income", 1]}]})
    ['score', 'income']
    """
    return list(dict.fromkeys(_walk(expression)))


def _walk(expression: Expression) -> Iterator[str]:
    if isinstance(expression, str):
        yield expression
    elif isinstance(expression, dict):
        (operation, parts), *_ = expression.items()
        if operation == "is":
            parts = parts[:1]  # the rest are words
        for part in parts if isinstance(parts, list) else [parts]:
            yield from _walk(part)


def evaluate(expression: Expression, frame: pd.DataFrame, as_of: date) -> np.ndarray:
    """The value of an expression for every customer.

    Parameters
    ----------
    expression : Expression
        See the module's table.
    frame : DataFrame, shape (n_customers, n_attributes)
        Raw attributes; one that is absent counts as missing for everybody.
    as_of : date
        The day that ages and tenures are counted to.

    Returns
    -------
    ndarray of float64, shape (n_customers,)
        NaN where missing.

    Examples
    --------
    >>> customers = pd.DataFrame({"wine": [10.0, np.nan], "fish": [2.0, np.nan], "born": [1957.0, 1965.0]})
    >>> evaluate({"sum": ["wine", "fish"]}, customers, date(2014, 12, 31))
    array([12., nan])
    >>> evaluate({"years_before_as_of": "born"}, customers, date(2014, 12, 31))
    array([57., 49.])
    >>> evaluate({"ratio": ["wine", {"sum": ["fish", 3]}]}, customers, date(2014, 12, 31))
    array([ 2., nan])
    """
    if isinstance(expression, str):
        return _numbers(frame, expression)
    if isinstance(expression, int | float):
        return np.full(len(frame), float(expression))
    (operation, parts), *_ = expression.items()
    if operation in ("years_before_as_of", "days_before_as_of"):
        return _before(frame, parts, as_of, in_years=operation.startswith("years"))
    if operation == "is":
        return _is(frame, parts[0], parts[1:])
    values = [evaluate(part, frame, as_of) for part in parts]
    if operation == "product":
        return np.prod(values, axis=0)
    if operation == "difference":
        return values[0] - values[1]
    if operation == "ratio":
        numerator, denominator = values
        return np.divide(numerator, denominator, out=np.full(len(frame), np.nan), where=denominator != 0)
    if operation == "flags":
        values = [np.where(np.isnan(value), np.nan, (value != 0).astype(float)) for value in values]
    return _total(values, [not isinstance(part, int | float) for part in parts])


def _total(values: list[np.ndarray], from_attributes: list[bool]) -> np.ndarray:
    """Sum over the parts; constants do not make a customer known of whom nothing else is."""
    total = np.zeros_like(values[0])
    known = np.zeros(len(total), dtype=bool)
    for value, from_attribute in zip(values, from_attributes, strict=True):
        missing = np.isnan(value)
        total += np.where(missing, 0.0, value)
        if from_attribute:
            known |= ~missing
    total[~known] = np.nan
    return total


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _before(frame: pd.DataFrame, name: str, as_of: date, *, in_years: bool) -> np.ndarray:
    if name in frame and pd.api.types.is_datetime64_any_dtype(frame[name]):
        since = (pd.Timestamp(as_of) - frame[name]).dt.total_seconds()
        days = since.to_numpy(dtype=np.float64) / 86_400
        return days / DAYS_PER_YEAR if in_years else days
    return as_of.year - _numbers(frame, name)


def _is(frame: pd.DataFrame, name: str, words: list[str]) -> np.ndarray:
    if name not in frame:
        return np.full(len(frame), np.nan)
    column = frame[name]
    wanted = {word.casefold() for word in words}
    hits = [level for level in column.dropna().unique() if str(level).strip().casefold() in wanted]
    result = column.isin(hits).to_numpy(dtype=np.float64)
    result[column.isna().to_numpy()] = np.nan
    return result
