"""The day that ages, tenures and recencies are counted to: given, or taken from the data, never from the clock."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from segmentation import vocabulary
from segmentation.errors import TrainingError
from segmentation.features.recipes import AttributeLike

BIRTH = "birth_date"


def parse_as_of(value: date | str | None) -> date | None:
    """A day from its ISO text; TrainingError when it is none.

    >>> parse_as_of("2014-12-31")
    datetime.date(2014, 12, 31)
    """
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise TrainingError(f"as-of {value!r} is not a date; write it like 2014-12-31") from None


def choose_as_of(
    asked: date | None,
    frame: pd.DataFrame,
    attributes: Sequence[AttributeLike],
    updated: date,
    purchased: date | None = None,
) -> date:
    """The day asked for, else the newest date in the data (births aside), else `updated`.

    Parameters
    ----------
    purchased : date, optional
        Of the newest purchase stored with the customers.
    updated : date
        When the customers last changed, for data without dates.

    Raises
    ------
    TrainingError
        The day asked for lies before every date of the data.
    """
    dates = [a.name for a in attributes if a.kind == "date" and vocabulary.canonical(a.name) != BIRTH]
    known = [column for column in (frame[name].dropna() for name in dates if name in frame) if len(column)]
    if asked is None:
        newest = [column.max().date() for column in known] + ([purchased] if purchased else [])
        return max(newest, default=updated)
    oldest = min((column.min() for column in known), default=None)
    if oldest is not None and asked < oldest.date():
        raise TrainingError(
            f"as-of {asked.isoformat()} lies before every date in the data, of which the first is "
            f"{oldest.date().isoformat()}; give a later day"
        )
    return asked
