"""Segments side by side. Rows of contrasts in; pictures made of HTML out, which lay themselves out for their width."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import formatting as f
from dashboard.components.small import dot, icon
from dashboard.theme import segment_css
from segmentation.contrast import step

GROUPS = ((True, "Used to form the segments"), (False, "Described afterwards"))
KEY = ("n3", "n2", "n1", "0", "p1", "p2", "p3")
MARGIN = 0.15  # sd left free beside the outermost dot


def told(row: Any, value: float | None, effect: float | None) -> str:
    """A mean or share as it is written in a cell; of a date, which has no mean, its distance from everyone."""
    if row.kind == "date":
        return f.MISSING if effect is None else f"{f.change(effect, 1)} sd"
    if value is None:
        return f.MISSING
    return f.percent(value, 0) if row.is_share else f.average(value, row.label)


def heat_map(segments: Sequence[Any], rows: Sequence[Any], *, grouped: bool, first: bool = True) -> html.Table:
    """Rows by segments: the figure is the average, the colour its distance from everyone in seven steps.

    Parameters
    ----------
    segments : sequence of SegmentSummary
    rows : sequence of Contrast
        In the order to show.
    grouped : bool
        What formed the segments stands first, under a heading of its own.
    first : bool
        Its first cell can be reached by the keyboard; the arrows lead on (``assets/contrast.js``).
    """
    parts = [(name, [row for row in rows if row.used is used]) for used, name in GROUPS] if grouped else [("", rows)]
    body: list[Any] = []
    for name, members in parts:
        if name and members:
            body.append(html.Tr(html.Th(name, colSpan=len(segments) + 3, scope="rowgroup"), className="grp"))
        body += [_row(row, segments, reachable=first and row is rows[0]) for row in members]
    head = [
        html.Th(
            [
                html.Span("Attribute", className="visually-hidden"),
                html.Span("Average per customer", className="k-hide-sm"),
            ],
            scope="col",
        ),
        *(html.Th([dot(each.colour), html.Span(each.name)], scope="col") for each in segments),
        html.Th("Everyone", scope="col", className="all"),
        html.Th("In a line", scope="col", className="k-hide-sm"),
    ]
    return html.Table(
        [html.Caption("Segments by attributes", className="visually-hidden"), html.Thead(html.Tr(head)),
         html.Tbody(body)],
        className="k-heat k-contrast", role="grid", **{"data-k-heat": "1"},
    )  # fmt: skip


def _row(row: Any, segments: Sequence[Any], reachable: bool) -> html.Tr:
    cells = []
    for at, cell in enumerate(row.cells):
        if cell.effect is None:
            cells.append(html.Td("–", className="none", **{"data-v": f.MISSING}))
            continue
        shade = step(cell.effect)
        name = f"d-{'p' if shade > 0 else 'n'}{abs(shade)}" if shade else "d-0"
        focus = {"tabIndex": 0} if reachable and at == 0 else {}
        cells.append(
            html.Td(told(row, cell.value, cell.effect), className=name, **focus,
                    **{"data-d": f.change(cell.effect, 2)})
        )  # fmt: skip
    label = row.full_label if row.level is not None else f.with_unit(row.label, row.unit)
    return html.Tr(
        [
            html.Th(label, scope="row"),
            *cells,
            html.Td("" if row.kind == "date" else told(row, row.population, 0.0), className="all"),
            html.Td(html.Span(row.reading), className="read k-hide-sm"),
        ]
    )


def heat_key() -> html.Span:
    """What the seven colours mean."""
    steps = html.Span([html.I(style={"background": f"var(--k-div-{name})"}) for name in KEY])
    return html.Span(["well below ", steps, " well above everyone"], className="k-key")


def heat_says() -> html.Div:
    """Where the figures of the cell stand that was tapped, hovered or reached by the arrow keys."""
    hint = "Tap a cell, or move with the arrow keys, for its figures."
    return html.Div([icon("info"), html.Span(hint)], className="k-heat-says", role="status")


def apart_plot(segments: Sequence[Any], rows: Sequence[Any], places: Sequence[int]) -> html.Div:
    """Each row a line with a dot per chosen segment, its distance from everyone in sd, and their figures beside it.

    Parameters
    ----------
    segments, rows : as for `heat_map`
    places : sequence of int
        Of the two to four chosen segments.
    """
    effects = [e for row in rows for at in places if (e := row.cells[at].effect) is not None]
    low, high = min([-0.6, *effects]) - MARGIN, max([0.6, *effects]) + MARGIN

    def place(effect: float) -> str:
        return f"{100 * (effect - low) / (high - low):.2f}%"

    marks = [(0.0, "everyone")]
    marks += [(at, f"{abs(at):.0f} sd {'above' if at > 0 else 'below'}") for at in _ends(low, high)]
    grid = [html.I(className="k-dots-line" if at == 0 else "k-dots-grid", style={"--x": place(at)}) for at, _ in marks]
    scale = html.Span([html.Span(word, style={"--x": place(at)}) for at, word in marks], className="k-dots-scale")
    heads = [html.Span([dot(segments[at].colour), segments[at].name]) for at in places]
    drawn = [
        html.Div(
            [
                html.Span(row.full_label, className="k-dots-label"),
                html.Span([*grid, *_dots(row, segments, places, place)], className="k-dots-track"),
                *(_figure(row, segments[at], row.cells[at]) for at in places),
            ],
            className="k-dots-row",
        )
        for row in rows
    ]
    head = html.Div([html.Span(), scale, *heads], className="k-dots-head")
    says = "; ".join(
        f"{row.full_label}: " + ", ".join(f"{segments[at].name} {_sd(row.cells[at].effect)}" for at in places)
        for row in rows
    )
    return html.Div([head, *drawn], className="k-dots k-apart", style={"--n": len(places)}, role="img",
                    **{"aria-label": says})  # fmt: skip


def _ends(low: float, high: float) -> list[float]:
    """The outermost whole deviations worth a mark on each side."""
    return [float(at) for at in (int(low), int(high)) if at]


def _sd(effect: float | None) -> str:
    return f.MISSING if effect is None else f"{f.change(effect, 1)} sd"


def _dots(row: Any, segments: Sequence[Any], places: Sequence[int], place: Any) -> list[html.I]:
    known = [(at, e) for at in places if (e := row.cells[at].effect) is not None]
    if not known:
        return []
    ends = [e for _, e in known]
    stem = {"--x": place(min(ends)), "--x2": place(max(ends)), "--c": "var(--k-everyone)"}
    return [
        html.I(className="k-dots-stem", style=stem),
        *(
            html.I(className="k-dots-dot", style={"--x": place(e), "--c": segment_css(segments[at].colour)})
            for at, e in known
        ),
    ]


def _figure(row: Any, segment: Any, cell: Any) -> html.B:
    return html.B([dot(segment.colour), told(row, cell.value, cell.effect)])
