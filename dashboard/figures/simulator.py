"""Where the simulated customer lies on the map."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.map import map_figure, with_words
from dashboard.theme import Theme, tokens


def simulator_map_figure(
    theme: Theme,
    points: pd.DataFrame,
    segments: Sequence[Any],
    point: Sequence[float],
) -> go.Figure:
    """The flat map, faint, with the simulated customer at `point` as its last trace.

    The customers stay while sliding: `moved` moves the last trace alone.
    """
    drawn = map_figure(theme, with_words(points), segments)
    drawn.update_traces(marker={"opacity": 0.45, "size": 4})
    drawn.update_annotations(bgcolor=None)  # the customer may lie below a name
    drawn.update_layout(dragmode=False, xaxis_fixedrange=True, yaxis_fixedrange=True)  # a finger scrolls the page
    colours = tokens(theme)
    here = go.Scatter(
        x=[point[0]],
        y=[point[1]],
        name="This customer",
        mode="markers",
        marker={"size": 15, "color": colours["text"], "line": {"width": 3, "color": colours["card"]}},
        hovertemplate="This customer<extra></extra>",
    )
    return drawn.add_trace(here)


def moved(point: Sequence[float], traces: int) -> list[Any]:
    """What `extendData` of a graph needs to put the last of `traces` traces at `point`.

    >>> moved((1.0, 2.0, 0.5), 4)
    [{'x': [[1.0]], 'y': [[2.0]]}, [3], 1]
    """
    return [{"x": [[float(point[0])]], "y": [[float(point[1])]]}, [traces - 1], 1]
