"""The map coloured by an attribute: what pale and strong mean, and where it is strongest."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from dashboard.formatting import average, day, inside, number
from segmentation.withholding import too_few


def pale_to_strong(values: np.ndarray) -> np.ndarray:
    """Where each value stands among the known ones, from 0 (lowest) to 1 (highest); NaN stays NaN.

    Ranks, because a few large spenders would leave everybody else pale.

    >>> pale_to_strong(np.array([10.0, 1000.0, np.nan, 10.0, 20.0])).round(2).tolist()
    [0.17, 1.0, nan, 0.17, 0.67]
    >>> pale_to_strong(np.array([1.0, 0.0, 0.0])).tolist()
    [1.0, 0.0, 0.0]
    """
    known = values[~np.isnan(values)]
    if set(np.unique(known)) <= {0.0, 1.0}:
        return values
    ranks = pd.Series(values).rank().to_numpy()
    return (ranks - 1) / max(len(known) - 1, 1)


def shade_words(shade: Any, unknown: int) -> str:
    """What pale and strong mean."""
    what = inside(shade.label)
    text = (
        f"Strong: {what}; pale: not"
        if shade.kind == "flag"
        else f"From pale, the lowest {what}, to strong, the highest"
    )
    if shade.ends is not None:
        low, high = (_end(shade, value) for value in shade.ends)
        text = f"From pale to strong by {what}: a twentieth lies under {low}, a twentieth over {high}"
    return text + (f"; hollow: not available ({number(unknown)})" if unknown else "")


def _end(shade: Any, value: float) -> str:
    return day(date(1970, 1, 1) + timedelta(days=value)) if shade.kind == "date" else average(value, shade.label)


def shade_finding(label: str, slugs: np.ndarray, values: np.ndarray, segments: Sequence[Any]) -> str:
    """In which segment the dots are strongest and palest on average; a segment of fewer than ten dots is not named."""
    places = pd.Series(pale_to_strong(values))
    told_of = places.groupby(slugs).agg(["mean", "count"])
    means = {str(slug): mean for slug, mean, count in told_of.itertuples() if not too_few(count)}
    names = {segment.slug: segment.name for segment in segments}
    told = sorted((slug for slug in means if slug in names), key=lambda slug: -means[slug])
    if len(told) < 2 or round(means[told[0]] - means[told[-1]], 2) < 0.05:
        return f"{label} differs little between these segments"
    return f"{label}: strongest among {names[told[0]]}, palest among {names[told[-1]]}"
