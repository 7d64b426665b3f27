"""A small map of customers: what the overview shows of the map page."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.figures.map import flat_names
from dashboard.theme import Figure, Theme, figure, numbers, segment_colour, tokens

SHOWN = 450
NARROW, HEIGHT = 310, 224  # pixels of the drawing itself on a phone


def thinned(points: pd.DataFrame, most: int = SHOWN) -> pd.DataFrame:
    """Every n-th point of each segment, at least one of each, about `most` in all; the same ones each time.

    >>> frame = pd.DataFrame({"segment_slug": ["a"] * 6 + ["b"], "x": range(7)})
    >>> thinned(frame, 3)["x"].tolist()
    [0, 3, 6]
    """
    step = max(1, -(-len(points) // most))
    within = points.groupby("segment_slug", sort=False).cumcount()
    return points[within % step == 0]


def thumbnail_figure(theme: Theme, points: pd.DataFrame, segments: Sequence[Any],
                     components: Sequence[dict[str, Any]], alone: str | None = None) -> Figure:  # fmt: skip
    """Dots by segment with their names, and words at the ends of the two directions.

    Parameters
    ----------
    points : DataFrame
        ``segment_slug``, ``x``, ``y``: already thinned.
    segments : sequence of SegmentSummary
        In display order.
    components : sequence of dict
        At least two, with ``negative_words`` and ``positive_words``.
    alone : str, optional
        The slug of the one segment that keeps its colour; the others are grey.
    """
    traces = []
    for segment in sorted(segments, key=lambda each: each.slug == alone) if alone else segments:
        stands_out = alone in (None, segment.slug)
        colour = segment_colour(segment.colour) if stands_out else tokens(theme)["line-strong"]
        own = points[points["segment_slug"] == segment.slug]
        traces.append(
            {
                "type": "scatter",
                "x": numbers(own["x"]),
                "y": numbers(own["y"]),
                "name": segment.name,
                "mode": "markers",
                "marker": {"size": 5.5, "color": colour, "opacity": 0.62},
                "hoverinfo": "skip",
            }
        )
    return figure(
        theme,
        *traces,
        margin={"t": 20, "r": 4, "b": 26, "l": 4},
        dragmode=False,
        xaxis={"showgrid": False, "showticklabels": False, "zeroline": False, "showline": True, "fixedrange": True},
        yaxis={"visible": False, "fixedrange": True},
        annotations=[*flat_names(theme, points, segments, NARROW, HEIGHT, 12), *_ends(components)],
    )


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
    words = first["more"], first["less"]
    return words if first["weight"] >= 0 else words[::-1]
