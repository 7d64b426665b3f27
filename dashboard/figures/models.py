"""How each number of segments scored: one small chart per criterion. Rows in, figures out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard import formatting
from dashboard.terms import TERMS
from dashboard.theme import Figure, Theme, figure, tokens


@dataclass(frozen=True)
class Criterion:
    """A column of the selection table and how it is said."""

    key: str
    title: str  # over the small chart; empty: only in the table
    term: str  # of `dashboard.terms`: over the table's column, and what it means
    written: Callable[[float | None], str]
    needed: float | None = None
    better: str = ""  # under the small chart of a criterion of which nothing is needed

    @property
    def column(self) -> str:
        return TERMS[self.term].word

    @property
    def meaning(self) -> str:
        return f"{TERMS[self.term].meaning} {TERMS[self.term].caveat}"


CRITERIA = (
    Criterion("silhouette", "Separation (silhouette)", "separation", formatting.statistic, better="higher is better"),
    Criterion(
        "inertia", "Spread left inside segments (inertia)", "inertia", formatting.number,
        better="a knee is where more segments stop helping",
    ),
    Criterion(
        "davies_bouldin", "Likeness of neighbours (Davies-Bouldin)", "davies_bouldin", formatting.statistic,
        better="lower is better",
    ),
    Criterion("calinski_harabasz", "", "calinski_harabasz", formatting.number),
    Criterion("gap", "", "gap", formatting.statistic),
    Criterion(
        "prediction_strength", "Repeats in others (prediction strength)", "prediction_strength", formatting.statistic,
        needed=0.8,
    ),
    Criterion("stability", "Weakest segment over 50 refits (stability)", "weakest", formatting.statistic, needed=0.6),
    Criterion(
        "smallest_share", "Smallest segment, share of customers", "smallest_share", formatting.percent, needed=0.05
    ),
)  # fmt: skip


def criteria_of(selection: Sequence[dict[str, Any]]) -> list[Criterion]:
    """The criteria that were computed; one missing in every row is not shown at all."""
    return [criterion for criterion in CRITERIA if any(row.get(criterion.key) is not None for row in selection)]


def criterion_figure(
    theme: Theme, selection: Sequence[dict[str, Any]], criterion: Criterion, in_use: int | None
) -> Figure:
    """A line over the numbers of segments; the number in use is a filled dot with its value.

    Parameters
    ----------
    selection : sequence of dict
        One row per k with ``k`` and the criterion's key; a missing value leaves a gap in the line.
    in_use : int or None
        The k of the model; its dot is the second trace, empty when None or not among the rows.
    """
    colours = tokens(theme)
    ks = [row["k"] for row in selection]
    values = [_known(row.get(criterion.key)) for row in selection]
    said = [criterion.written(value) for value in values]
    used = [at for at, k in enumerate(ks) if k == in_use]
    dots = {"type": "scatter", "hovertemplate": "%{x} segments: %{text}<extra></extra>", "cliponaxis": False}
    line = {
        **dots, "x": ks, "y": values, "text": said, "mode": "lines+markers",
        "line": {"color": colours["everyone"], "width": 1.5},
        "marker": {"size": 7, "color": colours["card"], "line": {"width": 1.5, "color": colours["everyone"]}},
    }  # fmt: skip
    chosen = {
        **dots, "x": [ks[at] for at in used], "y": [values[at] for at in used], "text": [said[at] for at in used],
        "mode": "markers+text", "textposition": "top center",
        "textfont": {"size": 13, "color": colours["text"], "weight": 600},
        "marker": {"size": 11, "color": colours["text"]},
    }  # fmt: skip
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    threshold: dict[str, Any] = {}
    if criterion.needed is not None:
        low, high = 0.0, max(high, criterion.needed)
        threshold = _threshold(criterion.needed, colours["text-muted"])
    room = max(high - low, abs(high) * 0.05, 1e-9)
    below = 0.0 if criterion.needed is not None else room * 0.15
    return figure(
        theme,
        line,
        chosen,
        height=168,
        margin={"l": 14, "r": 14, "t": 4, "b": 22},
        xaxis={"tickvals": ks, "showgrid": False, "showline": True, "zeroline": False, "fixedrange": True},
        yaxis={"visible": False, "range": [low - below, high + room * 0.3], "fixedrange": True},
        **threshold,
    )


def _known(value: float | None) -> float | None:
    """A gap in a line is None."""
    return None if value is None or np.isnan(value) else float(value)


def _threshold(needed: float, colour: str) -> dict[str, Any]:
    """A dashed line over the whole width."""
    line = {"type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": needed, "y1": needed}
    return {"shapes": [line | {"line": {"dash": "dash", "width": 1, "color": colour}}]}
