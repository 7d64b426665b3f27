"""A small map of customers: what the overview shows of the map page."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.map import segment_centres, spread, wrapped
from dashboard.formatting import inside
from dashboard.theme import Theme, figure, segment_colour, tokens

SHOWN = 450
LABEL_PLACE = 0.2  # of the height: what a name in two lines needs


def thinned(points: pd.DataFrame, most: int = SHOWN) -> pd.DataFrame:
    """Every n-th point of each segment, at least one of each, about `most` in all; the same ones each time.

    >>> frame = pd.DataFrame({"segment_slug": ["a"] * 6 + ["b"], "x": range(7)})
    >>> thinned(frame, 3)["x"].tolist()
    [0, 3, 6]
    """
    step = max(1, -(-len(points) // most))
    within = points.groupby("segment_slug", sort=False).cumcount()
    return points[within % step == 0]


def _legible(theme: Theme) -> dict[str, Any]:
    """Small names with a halo in the colour of the card, which hide few dots."""
    ink = tokens(theme)
    halo = ", ".join([f"0 0 3px {ink['card']}"] * 4)
    return {"showarrow": False, "font": {"size": 12, "color": ink["text"], "shadow": halo}}


def thumbnail_figure(theme: Theme, points: pd.DataFrame, segments: Sequence[Any],
                     components: Sequence[dict[str, Any]]) -> go.Figure:  # fmt: skip
    """Dots by segment with their names, and words at the ends of the two directions.

    Parameters
    ----------
    points : DataFrame
        ``segment_slug``, ``x``, ``y``: already thinned.
    segments : sequence of SegmentSummary
        In display order.
    components : sequence of dict
        At least two, with ``negative_words`` and ``positive_words``.
    """
    traces = []
    for segment in segments:
        own = points[points["segment_slug"] == segment.slug]
        traces.append(
            go.Scatter(
                x=own["x"].to_numpy(np.float32),
                y=own["y"].to_numpy(np.float32),
                name=segment.name,
                mode="markers",
                marker={"size": 5.5, "color": segment_colour(segment.colour), "opacity": 0.62, "line": {"width": 0}},
                hoverinfo="skip",
            )
        )
    return figure(
        theme,
        *traces,
        margin={"t": 20, "r": 4, "b": 26, "l": 4},
        dragmode=False,
        xaxis={"showgrid": False, "showticklabels": False, "zeroline": False, "showline": True, "fixedrange": True},
        yaxis={"visible": False, "fixedrange": True},
        annotations=[
            *_names(theme, points, segments),
            *_ends(components),
        ],  # at once: one by one costs plotly 10 ms each
    )


def _names(theme: Theme, points: pd.DataFrame, segments: Sequence[Any]) -> list[dict[str, Any]]:
    """The segments' names at their centres, apart from each other."""
    centres = segment_centres(points, segments)
    reach = float(np.ptp(points["y"])) if len(points) else 1.0
    heights = spread(centres["y"].to_numpy(float), reach * LABEL_PLACE)
    return [
        {"x": centre["x"], "y": y, "text": f"<b>{wrapped(centre['name'], 16)}</b>", **_legible(theme)}
        for (_, centre), y in zip(centres.iterrows(), heights, strict=True)
    ]


def _ends(components: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Words at the ends of the directions: the feature that weighs most in each."""
    paper = {"xref": "paper", "yref": "paper", "showarrow": False, "font": {"size": 11}}
    below, left = {"y": 0, "yanchor": "top", "yshift": -6}, {"x": 0, "xanchor": "left"}
    more, less = _poles(components[0])
    ends = [{"text": less, **left, **below}, {"text": more, "x": 1, "xanchor": "right", **below}]
    if len(components) > 1:
        more, less = _poles(components[1])
        ends.append({"text": f"↑ {more}", "y": 1, "yanchor": "bottom", **left})
    return [paper | end for end in ends]


def _poles(component: dict[str, Any]) -> tuple[str, str]:
    """What lies at the positive and at the negative end."""
    first = component["loadings"][0]
    words = f"higher {inside(first['label'])}", f"lower {inside(first['label'])}"
    return words if first["weight"] >= 0 else words[::-1]
