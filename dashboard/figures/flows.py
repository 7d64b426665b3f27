"""Who moves where: a Sankey diagram of segments before and after. Counts in, figure out."""

from collections.abc import Sequence
from typing import Any

from dashboard.figures.labels import wrapped
from dashboard.formatting import counted, percent
from dashboard.theme import Figure, Theme, figure, segment_colour, tinted, tokens

PAD = 0.04  # of the height, between two segments
LEFT, RIGHT = 0.001, 0.999  # plotly takes 0 for not said
FAINT, STRONG = 0.18, 0.5  # of who stays, of who moves


def flows_figure(theme: Theme, segments: Sequence[Any], flows: Sequence[Any]) -> Figure:
    """Segments before at the left, after at the right, in the order of `segments`; who stays is drawn faint.

    Parameters
    ----------
    segments : sequence
        With ``slug``, ``name``, ``colour``, ``before`` and ``after``.
    flows : sequence
        With ``start`` and ``end`` (slugs) and ``customers``.
    """
    total = sum(each.customers for each in flows)
    nodes: list[tuple[Any, str, int]] = [(each, "before", each.before) for each in segments if each.before]
    nodes += [(each, "after", each.after) for each in segments if each.after]
    at = {(each.slug, when): place for place, (each, when, _) in enumerate(nodes)}
    colours = {each.slug: segment_colour(each.colour) for each in segments}
    names = {each.slug: each.name for each in segments}
    return figure(
        theme,
        {
            "type": "sankey",
            "arrangement": "fixed",
            "node": {
                "label": [f"{wrapped(each.name, 22)}<br>{percent(n / total, 0)}" for each, _, n in nodes],
                "x": [LEFT if when == "before" else RIGHT for _, when, _ in nodes],
                "y": _heights(nodes, total),
                "color": [colours[each.slug] for each, _, _ in nodes],
                "customdata": [f"{each.name} {when}: {counted(n, 'customer')}" for each, when, n in nodes],
                "hovertemplate": "%{customdata}<extra></extra>",
                "line": {"width": 0},
                "thickness": 14,
                "pad": 8,
            },
            "link": {
                "source": [at[each.start, "before"] for each in flows],
                "target": [at[each.end, "after"] for each in flows],
                "value": [each.customers for each in flows],
                "color": [tinted(colours[each.end], FAINT if each.start == each.end else STRONG) for each in flows],
                "customdata": [
                    f"{names[each.start]} to {names[each.end]}: {counted(each.customers, 'customer')}" for each in flows
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            "textfont": {"size": 12, "color": tokens(theme)["text"], "shadow": "none"},
        },
        margin={"l": 2, "r": 2, "t": 12, "b": 12},
    )


def _heights(nodes: Sequence[tuple[Any, str, int]], total: int) -> list[float]:
    """Where the middle of each segment lies, from the top, as shares of the height."""
    found = []
    for side in ("before", "after"):
        sizes = [n for _, when, n in nodes if when == side]
        room = 1 - PAD * (len(sizes) - 1)
        above = 0.0
        for n in sizes:
            found.append(min(max(above + room * n / total / 2, 0.001), 0.999))
            above += room * n / total + PAD
    return found
