"""Where the simulated customer lies on the map."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.figures.map import map_figure, with_words
from dashboard.theme import Figure, Theme, tokens


def simulator_map_figure(
    theme: Theme,
    points: pd.DataFrame,
    segments: Sequence[Any],
    point: Sequence[float],
) -> Figure:
    """The flat map, faint, with the simulated customer at `point` as its last trace.

    The customers stay while sliding: `moved` moves the last trace alone.
    """
    drawn = map_figure(theme, with_words(points), segments)
    for trace in drawn["data"]:
        trace["marker"] |= {"opacity": 0.45, "size": 4}
    layout = drawn["layout"]
    layout["dragmode"] = False  # a finger scrolls the page
    for axis in ("xaxis", "yaxis"):
        layout[axis] = layout[axis] | {"fixedrange": True}
    colours = tokens(theme)
    here = {
        "type": "scattergl",  # as the customers: a plain one would lie under them
        "x": [float(point[0])],
        "y": [float(point[1])],
        "name": "This customer",
        "mode": "markers",
        "marker": {"size": 17, "opacity": 1, "color": colours["text"], "line": {"width": 3, "color": colours["card"]}},
        "hovertemplate": "This customer<extra></extra>",
    }
    drawn["data"].append(here)
    return drawn


def moved(point: Sequence[float], traces: int) -> list[Any]:
    """What `extendData` of a graph needs to put the last of `traces` traces at `point`.

    >>> moved((1.0, 2.0, 0.5), 4)
    [{'x': [[1.0]], 'y': [[2.0]]}, [3], 1]
    """
    return [{"x": [[float(point[0])]], "y": [[float(point[1])]]}, [traces - 1], 1]
