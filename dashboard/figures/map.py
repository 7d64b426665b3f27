"""The map of customers: where each lies along the first principal components. Frames in, figures out."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import formatting
from dashboard.theme import Theme, figure, segment_colour, tokens
from segmentation.scoring import BORDERLINE
from segmentation.simulator import LEANING

AXES = ("x", "y", "z")
DIRECTIONS = ("Right", "Up", "Depth")
WORDS = {"clear": "line-strong", "leaning": "everyone", "borderline": "warn"}
LABEL_HEIGHT = 0.075  # of the map's height: what a name in two lines needs


def map_figure(
    theme: Theme,
    points: pd.DataFrame,
    segments: Sequence[Any],
    *,
    axes: int = 3,
    dimensions: int = 2,
    by: str = "segment",
) -> go.Figure:
    """Customers as dots, one trace per segment or per confidence word, names written at the centres of segments.

    Parameters
    ----------
    points : DataFrame
        ``customer_key``, ``segment_slug``, ``x``, ``y``, ``z`` and ``word`` (clear, leaning, borderline).
    segments : sequence of SegmentSummary
        ``slug``, ``name``, ``colour`` in display order; one without points draws nothing.
    axes : int
        How many directions the projection has, at most 3; fewer where there are fewer features.
    dimensions : 2 or 3
        2 draws ``scattergl``, 3 ``scatter3d``.
    by : "segment" or "confidence"
        What the colour says; under "confidence" grey recedes and the borderline customers stand out.

    Returns
    -------
    Figure
        Coordinates are float32 arrays, so that they travel as binary. Without points an empty figure.
    """
    names = {segment.slug: segment.name for segment in segments}
    hover = points["customer_key"].astype(str) + "<br>" + points["segment_slug"].map(names) + ", " + points["word"]
    groups = _groups(theme, points, segments, by)
    dots = [_dots(points[rows], name, hover[rows], colour, dimensions) for name, rows, colour in groups]
    labels = segment_centres(points, segments)
    # The whole layout at once: plotly checks everything again at each later change.
    layout = _space(theme, labels, axes) if dimensions == 3 else _paper(theme, labels, _reach(points["y"]))
    return figure(theme, *dots, modebar=_buttons(theme), **layout)


def with_words(points: pd.DataFrame) -> pd.DataFrame:
    """The points with a column ``word``: how sure each customer's segment is (clear, leaning, borderline).

    The rank among the segment's own points stands for the percentile among its members.

    >>> points = pd.DataFrame({"segment_slug": ["a"] * 5, "confidence": [0.01, 0.1, 0.3, 0.4, 0.5]})
    >>> with_words(points)["word"].tolist()
    ['borderline', 'leaning', 'clear', 'clear', 'clear']
    """
    by_segment = points.groupby("segment_slug")["confidence"]
    surer_than = 100 * (by_segment.rank(method="min") - 1) / by_segment.transform("size")
    leaning = np.where(surer_than < LEANING, "leaning", "clear")
    return points.assign(word=np.where(points["confidence"] < BORDERLINE, "borderline", leaning))


def explained_figure(theme: Theme, components: Sequence[dict[str, Any]]) -> go.Figure:
    """Bars: the share of all differences between customers that each direction of the map keeps."""
    shares = np.array([component["explained"] for component in components], dtype=float)
    bars = go.Bar(
        x=shares,
        y=[f"{place}  " for place in DIRECTIONS[: len(shares)]],
        orientation="h",
        marker_color=tokens(theme)["everyone"],
        text=[formatting.percent(share) for share in shares],
        textposition="outside",
        textfont_color=tokens(theme)["text"],
        cliponaxis=False,
        hoverinfo="skip",
    )
    return figure(
        theme,
        bars,
        height=24 + 34 * len(shares),
        bargap=0.5,
        margin={"l": 8, "r": 8, "t": 4, "b": 4},
        xaxis={"visible": False, "range": [0, max(shares.max(initial=0) * 1.3, 0.01)], "fixedrange": True},
        yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False, "tickfont": {"size": 13}},
    )


def segment_centres(points: pd.DataFrame, segments: Sequence[Any]) -> pd.DataFrame:
    """Median place of each segment with points, in the order of `segments`: ``slug``, ``name``, ``x``, ``y``, ``z``."""
    medians = points.groupby("segment_slug")[list(AXES)].median()
    there = [segment for segment in segments if segment.slug in medians.index]
    rows = [{"slug": s.slug, "name": s.name, **medians.loc[s.slug].to_dict()} for s in there]
    return pd.DataFrame(rows, columns=["slug", "name", *AXES])


def spread(places: np.ndarray, height: float) -> np.ndarray:
    """Places for labels so that no two are closer than `height` (same unit), their order kept.

    >>> spread(np.array([1.0, 1.2]), 1.0).tolist()
    [0.6, 1.6]
    >>> spread(np.array([5.0, 1.0]), 1.0).tolist()
    [5.0, 1.0]
    """
    order = np.argsort(places, kind="stable")
    spread_out = places.astype(float)[order]
    for _ in range(50):  # neighbours push each other apart; a few rounds settle the ten labels there can be
        missing = np.clip(height - np.diff(spread_out), 0, None)
        if missing.max(initial=0) < 1e-9:
            break
        spread_out[:-1] -= missing / 2
        spread_out[1:] += missing / 2
    result = np.empty_like(spread_out)
    result[order] = spread_out
    return result.round(9)


def wrapped(name: str, width: int = 18) -> str:
    """`name` in lines of at most `width` characters; a longer word stays whole.

    >>> wrapped("Long-standing light buyers")
    'Long-standing<br>light buyers'
    """
    return "<br>".join(textwrap.wrap(name, width, break_long_words=False))


def _groups(theme: Theme, points: pd.DataFrame, segments: Sequence[Any], by: str) -> Iterator[tuple[str, Any, str]]:
    """(name, mask over the points, colour) of each trace, in drawing order."""
    if by == "confidence":
        for word, role in WORDS.items():
            yield word, (points["word"] == word).to_numpy(), tokens(theme)[role]
    else:
        for segment in segments:
            yield segment.name, (points["segment_slug"] == segment.slug).to_numpy(), segment_colour(segment.colour)


def _dots(rows: pd.DataFrame, name: str, hover: pd.Series, colour: str, dimensions: int) -> Any:
    """One trace of customers."""
    trace, size, opacity = (go.Scatter3d, 3, 0.8) if dimensions == 3 else (go.Scattergl, 5, 0.7)
    return trace(
        **{axis: rows[axis].to_numpy(np.float32) for axis in AXES[:dimensions]},
        name=name,
        mode="markers",
        marker={"color": colour, "size": size, "opacity": opacity, "line": {"width": 0}},
        text=hover.to_numpy(dtype=object),
        hovertemplate="%{text}<extra></extra>",
    )


def label_style(theme: Theme) -> dict[str, Any]:
    """Text that stays legible over dots."""
    colours = tokens(theme)
    return {
        "showarrow": False,
        "font": {"size": 13, "color": colours["text"]},
        "bgcolor": colours["card"],
        "borderpad": 2,
        "opacity": 0.9,
    }


def _reach(places: pd.Series) -> float:
    return float(places.max() - places.min()) if len(places) else 1.0


def _paper(theme: Theme, labels: pd.DataFrame, reach: float) -> dict[str, Any]:
    """Two axes without ticks: what their ends mean stands in words around the figure (`dashboard.cards.map.framed`)."""
    heights = spread(labels["y"].to_numpy(float), reach * LABEL_HEIGHT)
    axis = {"showgrid": False, "zeroline": False, "showticklabels": False}
    return {
        "annotations": [{**label, "y": y} for label, y in zip(_labels(theme, labels, "xy"), heights, strict=True)],
        "xaxis": axis,
        "yaxis": axis,
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
        "uirevision": "2",
        "dragmode": "pan",
    }


def _labels(theme: Theme, labels: pd.DataFrame, axes: str) -> list[dict[str, Any]]:
    """The names of the segments at their centres."""
    style = label_style(theme)
    return [
        {"text": f"<b>{wrapped(label['name'])}</b>", **{axis: label[axis] for axis in axes}, **style}
        for label in labels.to_dict("records")
    ]


def _buttons(theme: Theme) -> dict[str, Any]:
    """Plotly's own buttons in the look of the page; those that choose points do nothing here and are left out."""
    colours = tokens(theme)
    looks = {"bgcolor": "rgba(0,0,0,0)", "color": colours["text-muted"], "activecolor": colours["text"]}
    return {**looks, "remove": ["lasso2d", "select2d", "autoScale2d", "toImage", "resetCameraLastSave3d"]}


def _space(theme: Theme, labels: pd.DataFrame, axes: int) -> dict[str, Any]:
    """Three axes without ticks; what each direction means stands beside the map."""
    names = [f"{name.lower()} →" for name in DIRECTIONS[:axes]] + [""] * (3 - axes)
    scene: dict[str, Any] = {
        f"{axis}axis": {"showticklabels": False, "title": {"text": name, "font": {"size": 12}}}
        for axis, name in zip(AXES, names, strict=True)
    }
    scene |= {"annotations": _labels(theme, labels, "xyz"), "aspectmode": "cube"}
    scene |= {"camera": {"eye": {"x": 1.5, "y": 1.5, "z": 1.0}}}
    return {"scene": scene, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "uirevision": "3"}
