"""What one segment is like against everyone. Stored profiles in; plotly figures, or pictures made of HTML, out.

The HTML pictures (dots on a line) lay themselves out for the width they get: beside their figures on a desk, below
their name on a phone. A screen reader hears one sentence; the figures are in the table behind the card.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import html

from dashboard.formatting import average, change, is_calendar_year, lift, observed, percent, with_unit
from dashboard.theme import Figure, Theme, figure, segment_colour, segment_css, tokens

MARGIN = 0.15  # sd left free beside the outermost dot
ROOM = 0.36  # of the scale: between two of its words


def shown(feature: Any, value: float | None) -> str:
    """A mean of a distinguishing feature as it is written: a share for flags and levels, else a measure."""
    return percent(value, 0) if feature.is_share else average(value, feature.label)


def dot_plot(features: Sequence[Any], colour: int, neighbour_colour: int | None) -> html.Div:
    """How far a segment lies from everyone in each feature, its neighbour as a hollow dot.

    Parameters
    ----------
    features : sequence of Distinction
        ``effect`` and ``neighbour_effect`` in standard deviations from everyone.
    colour, neighbour_colour : int
        Colour numbers; None without a neighbour.
    """
    effects = [e for f in features for e in (f.effect, f.neighbour_effect) if e is not None]
    low, high = min([-0.4, *effects]) - MARGIN, max([1.15, *effects]) + MARGIN

    def place(effect: float) -> str:
        return f"{100 * (effect - low) / (high - low):.2f}%"

    step = next((step for step in (1, 2, 3) if step / (high - low) >= ROOM), 5)  # so that the words do not collide
    marks = [(0.0, "everyone")] + [(float(step), f"{step} sd above")] * (step < high)
    marks += [(-float(step), f"{step} sd below")] * (-step > low)
    head = html.Div(
        [
            html.Span(),
            html.Span([html.Span(word, style={"--x": place(at)}) for at, word in marks], className="k-dots-scale"),
            html.B("this segment"),
            html.Span("neighbour" if neighbour_colour else ""),
            html.Span("everyone"),
        ],
        className="k-dots-head",
    )
    grid = [html.I(className="k-dots-line" if at == 0 else "k-dots-grid", style={"--x": place(at)}) for at, _ in marks]
    rows = [
        html.Div(
            [
                html.Span(feature.full_label, className="k-dots-label"),
                html.Span([*grid, *_dots(feature, place, colour, neighbour_colour)], className="k-dots-track"),
                html.B(_value(feature)),
                html.Span(_neighbour_value(feature) if neighbour_colour else ""),
                html.Span(shown(feature, feature.population_mean) if feature.kind != "date" else ""),
            ],
            className="k-dots-row",
        )
        for feature in features
    ]
    says = "; ".join(f"{f.full_label}: {change(f.effect, 1)} standard deviations from everyone" for f in features)
    return html.Div([head, *rows], className="k-dots", role="img", **{"aria-label": says})


def _dots(feature: Any, place: Any, colour: int, neighbour_colour: int | None) -> list[html.I]:
    start, end = sorted((0.0, feature.effect))
    stem = {"--x": place(start), "--x2": place(end), "--c": segment_css(colour)}
    drawn = [html.I(className="k-dots-stem", style=stem)]
    if neighbour_colour and feature.neighbour_effect is not None:
        style = {"--x": place(feature.neighbour_effect), "--c": segment_css(neighbour_colour)}
        drawn.append(html.I(className="k-dots-dot hollow", style=style))
    return [*drawn, html.I(className="k-dots-dot", style={"--x": place(feature.effect), "--c": segment_css(colour)})]


def _value(feature: Any) -> str:
    return change(feature.effect, 1) + " sd" if feature.kind == "date" else shown(feature, feature.mean)


def _neighbour_value(feature: Any) -> str:
    if feature.kind == "date":
        return "" if feature.neighbour_effect is None else change(feature.neighbour_effect, 1) + " sd"
    return shown(feature, feature.neighbour_mean)


def lift_plot(lifts: Sequence[Any], colour: int) -> html.Div:
    """How often traits occur among the members against everyone, on a scale of doublings; rarer ones are grey.

    Parameters
    ----------
    lifts : sequence of LevelLift
        ``lift`` 1 means as often as everyone; 0 is drawn at the left end.
    """
    doublings = np.log2(np.maximum([each.lift for each in lifts], 1e-9))
    reach = float(min(max(np.abs(doublings).max(initial=0.5), 0.5), 4.0)) * 1.08

    def place(value: float) -> str:
        return f"{100 * (min(max(value, -reach), reach) + reach) / (2 * reach):.2f}%"

    rows = []
    for each, value in zip(lifts, doublings, strict=True):
        ink = segment_css(colour) if each.lift >= 1 else "var(--k-everyone)"
        start, end = sorted((0.0, float(value)))
        track = [
            html.I(className="k-dots-line", style={"--x": place(0)}),
            html.I(className="k-dots-stem", style={"--x": place(start), "--x2": place(end), "--c": ink}),
            html.I(className="k-dots-dot small", style={"--x": place(float(value)), "--c": ink}),
        ]
        rows.append(
            html.Div(
                [
                    html.Span(each.text, className="k-dots-label"),
                    html.Span(track, className="k-dots-track"),
                    html.B(lift(each.lift)),
                    html.Span(percent(each.share, 0)),
                ],
                className="k-dots-row",
            )
        )
    scale = html.Span([html.Span("as often as everyone", style={"--x": place(0)})], className="k-dots-scale")
    head = html.Div([html.Span(), scale, html.Span(), html.Span()], className="k-dots-head")
    says = "; ".join(f"{each.text}: {lift(each.lift)}, {percent(each.share, 0)} of the segment" for each in lifts)
    return html.Div([head, *rows], className="k-dots k-lifts", role="img", **{"aria-label": says})


def distribution_figure(theme: Theme, told: Any, colour: int) -> Figure:
    """Shares of members (bars) and of everyone (line) per step of one attribute, with the members' median.

    Parameters
    ----------
    told : Distribution
        ``edges`` (n + 1), ``counts`` and ``population_counts`` (n); shares are of those with a value.
    """
    ink = tokens(theme)
    edges = np.asarray(told.edges, dtype=float)
    members = np.asarray(told.counts, dtype=float) / max(told.customers, 1)
    everyone = np.asarray(told.population_counts, dtype=float) / max(told.population, 1)
    bars = {
        "type": "bar", "x": ((edges[:-1] + edges[1:]) / 2).tolist(), "y": members.tolist(),
        "width": (np.diff(edges) * 0.94).tolist(), "marker": {"color": segment_colour(colour)},
        "hovertemplate": "%{y:.1%} of this segment<extra></extra>",
    }  # fmt: skip
    line = {
        "type": "scatter", "x": edges.tolist(), "y": np.append(everyone, everyone[-1:]).tolist(), "mode": "lines",
        "hoverinfo": "skip", "line": {"shape": "hv", "color": ink["text"], "width": 1.5},
    }  # fmt: skip
    top = float(max(members.max(initial=0), everyone.max(initial=0), 0.01))
    median = {
        "type": "line", "x0": told.median, "x1": told.median, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": ink["text"], "width": 1, "dash": "dot"},
    }  # fmt: skip
    return figure(
        theme,
        bars,
        line,
        margin={"t": 24, "r": 8, "b": 8, "l": 8},
        dragmode=False,
        yaxis={"tickformat": ".0%", "range": [0, top * 1.12], "nticks": 5, "fixedrange": True, "zeroline": True},
        xaxis={
            "showgrid": False,
            "fixedrange": True,
            "tickformat": "d" if is_calendar_year(told.label) else ",~r",
            "nticks": 6,
            "title": {"text": with_unit(told.label, told.unit)},
        },
        shapes=[median],
        annotations=_distribution_notes(told, edges, everyone, ink),
    )


def _distribution_notes(told: Any, edges: np.ndarray, everyone: np.ndarray, ink: dict[str, str]) -> list[Any]:
    """Which line is what, written beside it."""
    note = {"showarrow": False, "font": {"color": ink["text"], "size": 12}}
    right = told.median > edges[0] + 0.55 * (edges[-1] - edges[0])
    peak = int(np.argmax(everyone))
    return [
        note | {
            "x": told.median, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "right" if right else "left",
            "text": f"<b>their median: {observed(told.median, told.label)}</b>",
        },
        note | {
            "x": float(edges[peak + 1]), "y": float(everyone[peak]), "xanchor": "left", "yanchor": "top", "xshift": 6,
            "text": "everyone", "bgcolor": ink["card"], "opacity": 0.9,
        },
    ]  # fmt: skip
