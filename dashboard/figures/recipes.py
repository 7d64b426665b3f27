"""A column before and after its preparation, as figures."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.theme import Figure, Theme, figure, numbers, tokens


def histogram_figure(theme: Theme, histogram: dict[str, Any], title: str) -> Figure:
    """How many customers lie where.

    Parameters
    ----------
    histogram : dict
        ``edges`` (n + 1) and ``counts`` (n), as `segmentation.histograms.count_in` gives them.
    title : str
        Of the axis: what is counted, with its unit.
    """
    edges = np.asarray(histogram["edges"], dtype=np.float64)
    bars = {
        "type": "bar",
        "x": numbers((edges[:-1] + edges[1:]) / 2),
        "y": numbers(histogram["counts"]),
        "width": numbers(np.diff(edges) * 0.94),
        "marker": {"color": tokens(theme)["everyone"]},
        "hovertemplate": "%{y:,.0f} customers around %{x:,.4~g}<extra></extra>",
    }
    return figure(theme, bars, xaxis={"title": {"text": title}}, yaxis={"rangemode": "tozero", "nticks": 4})


def levels_figure(theme: Theme, levels: Sequence[str], counts: Sequence[int]) -> Figure:
    """Customers per level, the most frequent at the top."""
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [level if len(level) <= 24 else f"{level[:23]}…" for level in levels],
        "x": numbers(counts),
        "marker": {"color": tokens(theme)["everyone"]},
        "text": [f"{count:,}" for count in counts],
        "textposition": "auto",
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{x:,.0f} customers<extra></extra>",
    }
    axis = {"autorange": "reversed", "type": "category"}
    return figure(theme, bars, yaxis=axis, xaxis={"showticklabels": False, "showgrid": False, "rangemode": "tozero"})
