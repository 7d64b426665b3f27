"""One column of the customers as a figure: how its values lie among everyone."""

from typing import Any

from dashboard.figures.recipes import histogram_figure, levels_figure
from dashboard.formatting import with_unit
from dashboard.theme import Figure, Theme, figure, numbers, tokens

LEVELS_SHOWN = 15


def column_figure(theme: Theme, column: Any) -> Figure:
    """Bars of a number's histogram, a date's months or years, or the most frequent levels; see `ColumnView`."""
    if column.levels is not None:
        shown = column.levels[:LEVELS_SHOWN]
        return levels_figure(theme, [each["level"] for each in shown], [each["customers"] for each in shown])
    if column.kind == "date":
        return _dates_figure(theme, column.histogram, column.label)
    return histogram_figure(theme, column.histogram, with_unit(column.label, column.unit))


def _dates_figure(theme: Theme, histogram: dict[str, Any], label: str) -> Figure:
    bars = {
        "type": "bar",
        "x": histogram["edges"][:-1],
        "y": numbers(histogram["counts"]),
        "offset": 0,
        "marker": {"color": tokens(theme)["everyone"]},
        "hovertemplate": "%{y:,.0f} customers from %{x|%d %b %Y}<extra></extra>",
    }
    axis = {"title": {"text": label}, "type": "date"}
    return figure(theme, bars, xaxis=axis, yaxis={"rangemode": "tozero", "nticks": 4})
