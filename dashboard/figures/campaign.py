"""Which assumption the gain hangs on, and how both sides responded. Figures in, pictures out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dashboard import formatting as f
from dashboard.theme import Figure, Theme, figure, numbers, tokens

ROW = 44  # pixels of a bar with its room


def swings_figure(theme: Theme, swings: Sequence[Any], labels: Sequence[str], likely: float) -> Figure:
    """A bar for each assumption from the gain at its low value to that at its high one, the widest at the top.

    Parameters
    ----------
    swings : sequence of Swing
        The widest first.
    labels : sequence of str
        What stands before each bar.
    likely : float
        The gain with every assumption at its likely value: a line through all bars.
    """
    colours = tokens(theme)
    low, high = (np.array([getattr(each, end) for each in swings]) for end in ("at_low", "at_high"))
    bars = {
        "type": "bar", "orientation": "h", "y": list(labels), "x": numbers(high - low), "base": numbers(low),
        "marker": {"color": colours["everyone"]}, "width": 0.5,
        "text": [f"{f.change(a)} to {f.change(b)}" for a, b in zip(low, high, strict=True)],
        "textposition": "none", "hovertemplate": "%{y}: %{text}<extra></extra>",
    }  # fmt: skip
    ends: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers", "y": list(labels), "x": numbers(values), "cliponaxis": False,
            "marker": {"size": 9, "color": fill, "line": {"width": 1.5, "color": colours["text-muted"]}},
            "hoverinfo": "skip",
        }
        for values, fill in ((low, colours["card"]), (high, colours["text-muted"]))
    ]  # fmt: skip
    rule = {"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1}
    shapes = [
        rule | {"x0": 0, "x1": 0, "line": {"width": 1, "color": colours["line-strong"]}},
        rule | {"x0": likely, "x1": likely, "line": {"width": 1, "dash": "dash", "color": colours["text-muted"]}},
    ]
    return figure(
        theme, bars, *ends, shapes=shapes,
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
        xaxis={"title": {"text": "gain"}, "nticks": 5, "zeroline": False},
    )  # fmt: skip


def shares_figure(theme: Theme, treated: Mapping[str, float], held: Mapping[str, float]) -> Figure:
    """The share who responded of both sides, each a dot on the line of its interval (``value``, ``low``, ``high``)."""
    colours, sides = tokens(theme), (treated, held)
    dots = {
        "type": "scatter", "mode": "markers+text", "y": ["Treatment", "Holdout"], "cliponaxis": False,
        "x": numbers([each["value"] * 100 for each in sides]),
        "text": [f.percent(each["value"]) for each in sides], "textposition": "top center",
        "textfont": {"size": 13, "color": colours["text"]},
        "error_x": {
            "type": "data", "symmetric": False, "color": colours["everyone"], "thickness": 2, "width": 6,
            "array": numbers([(each["high"] - each["value"]) * 100 for each in sides]),
            "arrayminus": numbers([(each["value"] - each["low"]) * 100 for each in sides]),
        },
        "marker": {"size": 10, "color": [colours["accent"], colours["card"]],
                   "line": {"width": 2, "color": colours["accent"]}},
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }  # fmt: skip
    return figure(
        theme, dots,
        yaxis={"autorange": False, "range": [1.5, -0.7], "type": "category", "showgrid": False},
        xaxis={"rangemode": "tozero", "ticksuffix": "%", "nticks": 5},
    )  # fmt: skip
