"""The map the simulated customer is shown on."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.figures.map import map_figure, with_words
from dashboard.theme import Figure, Theme


def simulator_map_figure(theme: Theme, points: pd.DataFrame, segments: Sequence[Any]) -> Figure:
    """The flat map, faint. The simulated customer is drawn over it in the browser (``assets/simulator-map.js``)."""
    drawn = map_figure(theme, with_words(points), segments)
    for trace in drawn["data"]:
        trace["marker"] |= {"opacity": 0.45, "size": 4}
    layout = drawn["layout"]
    layout["dragmode"] = False  # a finger scrolls the page
    for axis in ("xaxis", "yaxis"):
        layout[axis] = layout[axis] | {"fixedrange": True}
    return drawn
