"""Who moves where: a Sankey diagram of segments before and after. Counts in, figure out."""

import itertools
from collections.abc import Sequence
from typing import Any

from dashboard.figures.labels import wrapped
from dashboard.formatting import counted, percent
from dashboard.theme import Figure, Theme, figure, segment_colour, tinted, tokens

HEIGHT, MARGIN = 420, 26  # pixels; a name over the first segment stands in the margin
LINE, LETTERS = 15.0, 24  # a line of a name: its height in pixels, its length
LEAST_GAP, MOST_GAPS = 8.0, 0.7  # pixels between two segments; share of the height that gaps may take
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
    sides = ("before", "after")
    nodes = [(each, when, n) for when in sides for each in segments if (n := getattr(each, when))]
    texts = [wrapped(f"{each.name} {percent(n / total, 0)}", LETTERS) for each, _, n in nodes]
    at = {(each.slug, when): place for place, (each, when, _) in enumerate(nodes)}
    colours = {each.slug: segment_colour(each.colour) for each in segments}
    names = {each.slug: each.name for each in segments}
    parts = [[(n / total, LINE * (text.count("<br>") + 1)) for (_, side, n), text in zip(nodes, texts, strict=True)
              if side == when] for when in sides]  # fmt: skip
    gap = _gap(parts)
    return figure(
        theme,
        {
            "type": "sankey",
            "arrangement": "fixed",
            "node": {
                "label": texts,
                "x": [LEFT if when == "before" else RIGHT for _, when, _ in nodes],
                "y": [y for column in parts for y in _middles(column, gap, max(map(len, parts)))],
                "color": [colours[each.slug] for each, _, _ in nodes],
                "customdata": [f"{each.name} {when}: {counted(n, 'customer')}" for each, when, n in nodes],
                "hovertemplate": "%{customdata}<extra></extra>",
                "line": {"width": 0},
                "thickness": 14,
                "pad": gap,
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
        margin={"l": 2, "r": 2, "t": MARGIN, "b": MARGIN},
    )


def _gap(sides: Sequence[Sequence[tuple[float, float]]]) -> float:
    """Pixels between two segments so that no name covers the next, as far as there is room.

    `sides` has, from the top, the share of each segment and the height of its name.

    >>> _gap([[(0.5, 15.0), (0.5, 15.0)]]), _gap([[(0.98, 15.0), (0.01, 30.0), (0.01, 30.0)]]) > 25
    (8.0, True)
    """
    most = max(map(len, sides))
    room = HEIGHT - 2 * MARGIN
    needed = [
        (one[1] + other[1]) / 2 - room * (1 - MOST_GAPS) * (one[0] + other[0]) / 2
        for side in sides
        for one, other in itertools.pairwise(side)
    ]
    return min(max([LEAST_GAP, *needed]), MOST_GAPS * room / max(most - 1, 1))


def _middles(side: Sequence[tuple[float, float]], gap: float, most: int) -> list[float]:
    """Where the middle of each segment lies, from the top, as shares of the height; `most` segments are on a side."""
    room = HEIGHT - 2 * MARGIN
    drawn = 1 - gap / room * (most - 1)
    found, above = [], 0.0
    for share, _ in side:
        found.append(min(max(above + drawn * share / 2, LEFT), RIGHT))
        above += drawn * share + gap / room
    return found
