"""Where a segment lies on the map, and how it moved since the run before."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.segments import segment_address
from dashboard.datasets import address
from dashboard.figures.thumbnail import thinned, thumbnail_figure
from dashboard.theme import Theme

ASIDE = 0.5  # sd of all dots: how far from the middle a segment lies to one side


def place_card(theme: Theme, dataset: str, detail: Any, view: Any) -> html.Section:
    """The map with this segment in its colour and everybody else in grey."""
    slug = detail.summary.slug
    points = thinned(view.points)
    own = int((points["segment_slug"] == slug).sum())
    figure = thumbnail_figure(theme, points, view.segments, view.components, alone=slug)
    title = place_title(view.points, slug, view.components)
    return c.card(
        title,
        c.graph("segment--place", figure, f"Map with {detail.summary.name} in colour: {title}", height=270),
        caption=f"Each dot is a customer, {f.number(len(points))} of {f.number(view.customers)} shown; in colour the "
        f"{f.counted(own, 'member')} among them.",
        data=c.data_of(
            ["Segment", "Dots"],
            [[each.name, f.number(int((points["segment_slug"] == each.slug).sum()))] for each in view.segments],
        ),
        footer=html.A("Open the map", href=address("/map", dataset)),
    )


def place_title(points: pd.DataFrame, slug: str, components: Sequence[dict[str, Any]]) -> str:
    """To which side of the map they lie, and what that means.

    >>> places = pd.DataFrame({"segment_slug": ["a", "a", "b", "b"], "x": [2.0, 3.0, -2.0, -3.0], "y": [0.0] * 4})
    >>> right = {"positive_words": "higher income", "negative_words": "lower income"}
    >>> place_title(places, "a", [right]), place_title(places, "b", [right]), place_title(places, "c", [right])
    ('On the right of the map: higher income', 'On the left of the map: lower income', 'In the middle of the map')
    """
    own = points[points["segment_slug"] == slug]
    where, means = [], []
    for component, axis, sides in zip(components, "xy", (("right", "left"), ("upper", "lower")), strict=False):
        spread = points[axis].std(ddof=0)
        aside = (own[axis].median() - points[axis].mean()) / spread if len(own) and spread else 0.0
        if abs(aside) >= ASIDE:
            where.append(sides[0] if aside > 0 else sides[1])
            means.append(component["positive_words"] if aside > 0 else component["negative_words"])
    if not where:
        return "In the middle of the map"
    side = f"{where[1]} {where[0]}" if len(where) == 2 else where[0]
    part = f"On the {side}" if where != ["upper"] and where != ["lower"] else f"In the {side} part"
    return f"{part} of the map: {', '.join(means)}"


def moved_card(dataset: str, detail: Any) -> html.Section:
    """Who stayed, who came from where and who went where since the run before."""
    moved = detail.movement
    if moved is None:
        text = "Movement is counted from the second run on: assign everyone again when the customers changed."
        return c.card("Nothing to compare with yet", c.empty(text))
    n, then = detail.summary.customers, moved.then
    rows = [_row("Stayed", moved.stayed, n)]
    rows += [_row(_other("From", dataset, each), each.customers, n) for each in moved.came]
    rows += [_row("New customers", moved.joined, n)] if moved.joined else []
    gone = [_row(_other("To", dataset, each), each.customers, then) for each in moved.went]
    gone += [_row("No longer stored", moved.left, then)] if moved.left else []
    columns = [c.Column("Members now"), c.Column("Customers", True), c.Column("Of them", True)]
    body = [c.table(columns, rows, hover=True, caption="Members now, by where they were")]
    if gone:
        away = [c.Column("Members then, who went"), c.Column("Customers", True), c.Column("Of them", True)]
        body.append(c.table(away, gone, hover=True, caption="Members of the run before who went"))
    return c.card(
        moved_title(moved, n),
        *body,
        caption=f"Since the run of {f.day(moved.before)}, as counted when this run was made.",
        data_is_body=True,
    )


def moved_title(moved: Any, now: int) -> str:
    """How steady the segment is."""
    if not moved.then:
        return "New: it was not there in the run before"
    came, went = moved.joined + sum(each.customers for each in moved.came), moved.then - moved.stayed
    if not came and not went:
        return f"Nobody came or went; {f.counted(now, 'customer')} stayed"
    steady = f.percent(moved.stayed / moved.then, 0)
    most = f", most of them from {moved.came[0].name}" if moved.came and moved.came[0].customers > moved.joined else ""
    return f"{steady} stayed; {_people(came)} came{most}, {_people(went)} went"


def _people(n: int) -> str:
    return f.number(n) if n else "nobody"


def _other(word: str, dataset: str, each: Any) -> html.Span:
    href = segment_address(dataset, each.slug) if each.slug else None
    return html.Span([f"{word} ", c.segment_chip(each.name, each.colour, href)])


def _row(what: Any, part: int, whole: int) -> list[Any]:
    return [what, f.number(part), f.percent(part / whole) if whole else f.MISSING]
