"""The picture of the reality check. Stored results in, figure out."""

from typing import Any

import numpy as np

from dashboard.formatting import statistic
from dashboard.theme import Figure, Theme, figure, tokens


def reality_figure(theme: Theme, reality: dict[str, Any]) -> Figure:
    """The customers' best separation, a filled dot, above that of every copy without groups, open dots.

    Parameters
    ----------
    reality : dict
        ``score`` and ``nulls``, silhouettes, as stored with the model.
    """
    colours = tokens(theme)
    nulls = np.sort(np.asarray(reality["nulls"], dtype=float))
    # Copies of nearly the same separation are stacked, so that each can be counted.
    step = max(float(np.ptp([*nulls, reality["score"]])) / 40, 1e-9)
    column = np.floor(nulls / step)
    height = np.array([np.count_nonzero(column[:i] == column[i]) for i in range(len(nulls))], dtype=float)
    dots = {"type": "scatter", "hovertemplate": "%{x:.2f}<extra></extra>", "cliponaxis": False}
    copies = {
        **dots, "x": nulls.tolist(), "y": height.tolist(), "mode": "markers", "name": "copies without groups",
        "marker": {"size": 9, "color": colours["card"], "line": {"width": 1.5, "color": colours["everyone"]}},
    }  # fmt: skip
    own = {
        **dots, "x": [reality["score"]], "y": [0], "text": [statistic(reality["score"])], "name": "your customers",
        "mode": "markers+text", "textposition": "top center",
        "textfont": {"size": 13, "color": colours["text"], "weight": 600},
        "marker": {"size": 12, "color": colours["text"]},
    }  # fmt: skip
    top = max(float(height.max(initial=0)), 3.0) + 1.5
    return figure(
        theme,
        copies,
        own,
        height=170,
        margin={"l": 14, "r": 24, "t": 8, "b": 44},
        xaxis={
            "title": {"text": "Best separation (silhouette)"},
            "showgrid": False,
            "showline": True,
            "zeroline": False,
            "fixedrange": True,
        },
        yaxis={"visible": False, "range": [-0.6, top], "fixedrange": True},
    )
