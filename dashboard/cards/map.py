"""What the map page shows: the finding, the map, what its directions mean."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from dash import html

from dashboard import components as c
from dashboard.cards.customers import customer_address
from dashboard.cards.map_shade import pale_to_strong, shade_finding, shade_words
from dashboard.datasets import address
from dashboard.figures.map import (
    DIRECTIONS,
    crowded_share,
    density_figure,
    map_figure,
    segment_centres,
    with_words,
)
from dashboard.formatting import counted, number, percent, sentence, statistic
from dashboard.theme import Theme

PICKED = 15  # customers listed; the file has all
PLACES = (("to the right", "to the left"), ("further up", "further down"), ("to the back", "to the front"))


def map_head(view: Any) -> html.Div:
    """The finding: in what customers differ most."""
    first, *others = view.components
    topics = [component["loadings"][0]["topic"] for component in view.components[:2] if component["loadings"]]
    spoken = [re.sub(r"\s*\(.*?\)", "", topic) for topic in topics]  # "income (k$)" is income in a sentence
    title = "Customers differ most in " + " and ".join(dict.fromkeys(spoken))
    lede = f"{sentence(PLACES[0][0])} on the map means {first['positive_words']}"
    lede += f", {PLACES[1][0]} {others[0]['positive_words']}" if others else ""
    flat, space = (sum(component["explained"] for component in view.components[:most]) for most in (2, 3))
    lede += f". The flat map keeps {percent(flat, 0)} of all differences between customers"
    lede += f", the one in 3-D {percent(space, 0)}." if len(view.components) > 2 else "."
    return c.page_head(title, lede, trail=[("Map", None)])


def map_card(
    theme: Theme, view: Any, *, dimensions: int, by: str, slugs: Collection[str], shade: Any = None
) -> html.Section:
    """The map of the segments in `slugs`, coloured `by` segment or confidence, or by a `shade` (a MapShade)."""
    points = with_words(view.points, view.border)
    there = points["segment_slug"].isin(list(slugs)).to_numpy()
    points = points[there]
    visible = [segment for segment in view.segments if segment.slug in slugs]
    showing = f"Each dot is a customer, showing {number(len(points))} of {number(view.customers)}"
    if by == "confidence":
        showing += ". Light grey: clear; grey: leaning; amber: borderline, almost as close to a second segment"
    if points.empty:
        return c.card("No segment is chosen", c.empty("Choose at least one segment above to see its customers."))
    meanings = [component["positive_words"] for component in view.components]
    places = None
    title = border_finding(visible)
    if shade is not None:
        values = shade.values[there]
        places = pale_to_strong(values)
        showing += f". {shade_words(shade, int(np.isnan(values).sum()))}"
        title = shade_finding(shade.label, points["segment_slug"].to_numpy(), values, visible)
    figure = map_figure(theme, points, visible, meanings=meanings, dimensions=dimensions, by=by, shade=places)
    centres = segment_centres(points, visible)
    sizes = points["segment_slug"].value_counts()
    rows = [
        [centre["name"], number(sizes[centre["slug"]]), *(statistic(centre[axis]) for axis in "xyz")]
        for _, centre in centres.iterrows()
    ]
    says = (
        f"Map of {counted(len(points), 'customer')} in {counted(len(visible), 'segment')}, in {dimensions} dimensions"
    )
    height = 560 if dimensions == 3 else 520
    graph = c.graph("map--graph", figure, says, height=height, tools=True)
    return c.card(
        title,
        framed(graph, view.components) if dimensions == 2 else graph,
        caption=showing,
        data=c.data_of(["Segment", "Dots", *(f"Centre, {name.lower()}" for name in DIRECTIONS)], rows),
        tools=_steering(dimensions, picks=dimensions == 2),
        footer=html.Span(_how_to_move(dimensions), className="k-fine-pointer"),
    )


def density_card(theme: Theme, view: Any, slugs: Collection[str]) -> html.Section:
    """Where most of the customers in `slugs` lie: for maps whose dots cover each other."""
    points = view.points[view.points["segment_slug"].isin(list(slugs))]
    visible = [segment for segment in view.segments if segment.slug in slugs]
    if points.empty:
        return c.card("No segment is chosen", c.empty("Choose at least one segment above to see its customers."))
    says = f"Density of {counted(len(points), 'customer')} on the map"
    graph = c.graph("map--graph", density_figure(theme, points, visible), says, height=520, tools=True)
    sizes = points["segment_slug"].value_counts()
    rows = [[each.name, number(int(sizes.get(each.slug, 0)))] for each in visible]
    return c.card(
        f"Half of the customers crowd on {percent(crowded_share(points), 0)} of the map",
        framed(graph, view.components),
        caption=f"The stronger the colour, the more customers lie there; {number(len(points))} of "
        f"{number(view.customers)} are counted",
        data=c.data_of(["Segment", "Customers counted"], rows),
        tools=_steering(2),
        footer=html.Span(_how_to_move(2, dots=False), className="k-fine-pointer"),
    )


def colour_options(view: Any) -> list[dict[str, str]]:
    """What the dots can be coloured by."""
    fixed = [("segment", "segment"), ("confidence", "confidence")]
    return [{"label": label, "value": value} for value, label in [*fixed, *view.colours]]


def framed(graph: Any, components: Sequence[dict[str, Any]], id_of: Callable[[str], str] | None = None) -> html.Div:
    """A flat map with the words at the ends of its two directions around it.

    With `id_of` the three places get ids (up, down, across) and may be filled later with `axis_ends`.
    """
    ids = [{"id": id_of(name)} if id_of else {} for name in ("up", "down", "across")]
    up, down, across = axis_ends(components)
    return html.Div(
        [
            html.Div(up, className="k-axis", **ids[0]),
            graph,
            html.Div(down, className="k-axis", **ids[1]),
            html.Div(across, className="k-axis k-split", **ids[2]),
        ]
    )


def axis_ends(components: Sequence[dict[str, Any]]) -> tuple[str, str, list[Any]]:
    """What lies above, below, and at the left and right ends of the flat map, in words."""
    if not components:
        return "", "", []
    right, up = components[0], components[1] if len(components) > 1 else None
    across = [html.Span(f"← {right['negative_words']}"), html.Span(f"{right['positive_words']} →")]
    return f"↑ {up['positive_words']}" if up else "", f"↓ {up['negative_words']}" if up else "", across


def border_finding(segments: Sequence[Any]) -> str:
    """Which segment lies closest to another, in words."""
    counted_ones = [segment for segment in segments if segment.customers]
    if not counted_ones:
        return "Nobody is in these segments"
    worst = max(counted_ones, key=lambda segment: segment.borderline / segment.customers)
    if worst.borderline == 0:
        return "Hardly anybody sits on a border"
    return f"{percent(worst.borderline / worst.customers, 0)} of {worst.name} sit on a border"


def chip_options(segments: Sequence[Any]) -> list[dict[str, Any]]:
    """Choices that show or hide a segment."""
    return [{"label": c.segment_chip(s.name, s.colour), "value": s.slug} for s in segments]


def no_map(slug: str | None) -> html.Div:
    """The page before there is a model."""
    text = "A map needs segments. Train a first model; every customer then gets a place here."
    return html.Div(
        [
            c.page_head("No map yet", trail=[("Map", None)]),
            c.card(
                "Nothing to draw", c.empty(text, c.link_button("Find segments", address("/models", slug), primary=True))
            ),
        ]
    )


def _steering(dimensions: int, *, picks: bool = False) -> html.Div:
    """Buttons that move the map: all there is on a phone and on a keyboard; `picks` adds two that list customers."""
    ways = [("closer", "plus", "Closer"), ("further", "minus", "Further away"), ("reset", "reset", "As at first")]
    if dimensions == 3:
        ways = [("left", "turn-left", "Turn left"), ("right", "turn-right", "Turn right"), *ways]
    buttons = [
        html.Button(
            c.icon(icon), className="btn btn-icon", type="button", title=says,
            **{"data-k-do": "steer", "data-k-way": way, "aria-label": f"{says}: map"},
        )
        for way, icon, says in ways
    ]  # fmt: skip
    buttons = [*_pickers(), *buttons] if picks else buttons
    return html.Div(buttons, className="k-tools", role="group", **{"aria-label": "Move the map"})


def _pickers() -> list[html.Button]:
    """Draw a line around customers (only where there is a mouse), or list those in view."""
    return [
        html.Button(
            "Draw around", className="btn btn-outline-secondary btn-sm k-fine-pointer", type="button",
            title="Draw a line around customers to list them",
            **{"data-k-do": "pick", "data-k-way": "lasso", "aria-pressed": "false"},
        ),
        html.Button(
            "List those in view", className="btn btn-outline-secondary btn-sm", type="button",
            **{"data-k-do": "pick", "data-k-way": "view"},
        ),
    ]  # fmt: skip


def picked_card(dataset: str, page: Any) -> html.Section:
    """The customers picked on the map: how many, in which segments, and the first of them."""
    valued = any(row.value is not None for row in page.rows)
    columns = [
        c.Column("Customer"),
        c.Column("Segment"),
        c.Column(c.term("confidence")),
        *[c.Column(c.term("customer_value"), True)] * valued,
    ]
    rows = [
        [
            html.A(row.key, href=customer_address(dataset, row.address)),
            c.segment_chip(row.segment, row.colour) if row.segment is not None else "none",
            row.word or "not available",
            *([number(row.value)] if valued else []),
        ]
        for row in page.rows[:PICKED]
    ]
    cut = f"The first {counted(len(rows), 'customer')} of {number(page.total)}; the file has all of them."
    return c.card(
        f"{counted(page.total, 'customer')} picked on the map",
        c.table(columns, rows, hover=True, caption="Customers picked on the map"),
        caption="The dots are a sample where there are many customers: only those drawn are picked.",
        data_is_body=True,
        footer=cut if page.total > len(rows) else None,
    )


def _how_to_move(dimensions: int, *, dots: bool = True) -> str:
    how = (
        "Drag to turn, scroll to come closer"
        if dimensions == 3
        else "Drag to move, scroll to come closer, double click to reset"
    )
    return how + ", click a dot to open the customer" * dots
