"""The map of customers: where each lies along the first principal components. Frames in, figures out."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dashboard import formatting
from dashboard.figures.labels import in_space, labels, on_paper, wrapped
from dashboard.theme import Figure, Theme, figure, numbers, segment_colour, tokens
from segmentation.scoring import BORDERLINE
from segmentation.simulator import LEANING

AXES = ("x", "y", "z")
DIRECTIONS = ("Right", "Up", "Depth")
WORDS = {"clear": "line-strong", "leaning": "everyone", "borderline": "warn"}
NARROW, HEIGHT = 340, 470  # pixels of the smallest flat map
SCENE = ("x", "z", "y")  # axes of the map in space: the second direction is up, the third lies on the floor
EYE = (0.9, -1.6, 0.8)  # where the map in space is seen from first: its x to the right, its floor to the back
TALL = 560  # pixels of the map in space


def map_figure(
    theme: Theme,
    points: pd.DataFrame,
    segments: Sequence[Any],
    *,
    meanings: Sequence[str] = ("", "", ""),
    dimensions: int = 2,
    by: str = "segment",
    shade: np.ndarray | None = None,
) -> Figure:
    """Customers as dots, one trace per segment or per confidence word, names written at the centres of segments.

    Parameters
    ----------
    points : DataFrame
        ``customer_key``, ``segment_slug``, ``x``, ``y``, ``z`` and ``word`` (clear, leaning, borderline).
    segments : sequence of SegmentSummary
        ``slug``, ``name``, ``colour`` in display order; one without points draws nothing.
    meanings : sequence of str
        What lies at the far end of each direction, at most 3; fewer where there are fewer features.
    dimensions : 2 or 3
        2 draws ``scattergl``, 3 ``scatter3d``.
    by : "segment" or "confidence"
        What the colour says; under "confidence" grey recedes and the borderline customers stand out.
    shade : ndarray of shape (n_points,), optional
        In [0, 1], NaN where not known: colours the dots from pale to strong instead, the unknown ones hollow.

    Returns
    -------
    Figure
        Coordinates are float32 in base64. Without points an empty figure.
    """
    names = {segment.slug: segment.name for segment in segments}
    more = points["segment_slug"].map(names) if by == "confidence" or shade is not None else points["word"]
    hover = (points["customer_key"].astype(str) + "<br>" + more).to_numpy(object)
    if shade is not None:
        dots = _shaded(theme, points, hover, shade, dimensions)
    else:
        groups = _groups(theme, points, segments, by)
        dots = [_dots(points[rows], name, hover[rows], colour, dimensions) for name, rows, colour in groups]
    layout = _space(theme, points, segments, meanings) if dimensions == 3 else _paper(theme, points, segments)
    return figure(theme, *dots, **layout)


def with_words(points: pd.DataFrame, border: float = BORDERLINE) -> pd.DataFrame:
    """The points with a column ``word``: how sure each customer's segment is (clear, leaning, borderline).

    The rank among the segment's own points stands for the percentile among its members.

    >>> points = pd.DataFrame({"segment_slug": ["a"] * 5, "confidence": [0.01, 0.1, 0.3, 0.4, 0.5]})
    >>> with_words(points)["word"].tolist()
    ['borderline', 'leaning', 'clear', 'clear', 'clear']
    """
    by_segment = points.groupby("segment_slug")["confidence"]
    surer_than = 100 * (by_segment.rank(method="min") - 1) / by_segment.transform("size")
    leaning = np.where(surer_than < LEANING, "leaning", "clear")
    return points.assign(word=np.where(points["confidence"] < border, "borderline", leaning))


def explained_figure(theme: Theme, components: Sequence[dict[str, Any]]) -> Figure:
    """Bars: the share of all differences between customers that each direction of the map keeps."""
    shares = np.array([component["explained"] for component in components], dtype=float)
    bars = {
        "type": "bar",
        "x": shares.tolist(),
        "y": [f"{place}  " for place in DIRECTIONS[: len(shares)]],
        "orientation": "h",
        "marker": {"color": tokens(theme)["everyone"]},
        "text": [formatting.percent(share) for share in shares],
        "textposition": "outside",
        "textfont": {"color": tokens(theme)["text"]},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    return figure(
        theme,
        bars,
        height=24 + 34 * len(shares),
        bargap=0.5,
        margin={"l": 8, "r": 8, "t": 4, "b": 4},
        xaxis={"visible": False, "range": [0, max(float(shares.max(initial=0)) * 1.3, 0.01)], "fixedrange": True},
        yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False, "tickfont": {"size": 13}},
    )


def segment_centres(points: pd.DataFrame, segments: Sequence[Any]) -> pd.DataFrame:
    """Median place of each segment with points, in the order of `segments`: ``slug``, ``name``, ``x``, ``y``, ``z``."""
    medians = points.groupby("segment_slug")[list(AXES)].median()
    there = [segment for segment in segments if segment.slug in medians.index]
    rows = [{"slug": s.slug, "name": s.name, **medians.loc[s.slug].to_dict()} for s in there]
    return pd.DataFrame(rows, columns=["slug", "name", *AXES])


def _groups(theme: Theme, points: pd.DataFrame, segments: Sequence[Any], by: str) -> Iterator[tuple[str, Any, str]]:
    """(name, mask over the points, colour) of each trace, in drawing order."""
    if by == "confidence":
        for word, role in WORDS.items():
            yield word, (points["word"] == word).to_numpy(), tokens(theme)[role]
    else:
        for segment in segments:
            yield segment.name, (points["segment_slug"] == segment.slug).to_numpy(), segment_colour(segment.colour)


def _dots(rows: pd.DataFrame, name: str, hover: np.ndarray, colour: str, dimensions: int) -> dict[str, Any]:
    """One trace of customers; what hovering tells, above the trace's name, is one text each."""
    drawn_along = SCENE if dimensions == 3 else AXES[:2]
    kind, size, opacity = ("scatter3d", 3, 0.8) if dimensions == 3 else ("scattergl", 5, 0.7)
    return {
        "type": kind,
        **{drawn: numbers(rows[axis]) for drawn, axis in zip(drawn_along, AXES, strict=False)},
        "name": name,
        "mode": "markers",
        "marker": {"color": colour, "size": size, "opacity": opacity, "line": {"width": 0}},
        "text": hover.tolist(),
        "customdata": rows["customer_id"].tolist(),
        "hovertemplate": f"%{{text}}<br>{name}<extra></extra>",
    }


def _shaded(
    theme: Theme, points: pd.DataFrame, hover: np.ndarray, shade: np.ndarray, dimensions: int
) -> list[dict[str, Any]]:
    """The customers whose value is known from pale to strong, and those whose value is not, hollow."""
    ink = tokens(theme)
    known = ~np.isnan(shade)
    told = _dots(points[known], "known", hover[known], ink["accent"], dimensions)
    told["marker"] |= {
        "color": shade[known].round(3).tolist(), "cmin": 0, "cmax": 1, "opacity": 0.85,
        "colorscale": [[0, ink["line-strong"]], [1, ink["accent"]]],
    }  # fmt: skip
    unknown = _dots(points[~known], "not available", hover[~known], ink["everyone"], dimensions)
    unknown["marker"]["symbol"] = "circle-open"
    return [told, unknown]


def density_figure(theme: Theme, points: pd.DataFrame, segments: Sequence[Any]) -> Figure:
    """How many customers lie where on the flat map, from none (the card) to most, with the segments' names."""
    ink = tokens(theme)
    crowd = {
        "type": "histogram2dcontour",
        "x": numbers(points["x"]),
        "y": numbers(points["y"]),
        "colorscale": [[0, ink["card"]], [1, ink["accent"]]],
        "showscale": False,
        "ncontours": 14,
        "nbinsx": 40,
        "nbinsy": 40,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    return figure(theme, crowd, **_paper(theme, points, segments))


def crowded_share(points: pd.DataFrame, bins: int = 40) -> float:
    """Of the parts of the flat map (a grid of `bins` by `bins`) where anybody is, the share that holds half of all.

    >>> crowd = pd.DataFrame({"x": [0.0] * 6 + [1.0, 2.0, 3.0], "y": [0.0] * 6 + [1.0, 2.0, 3.0]})
    >>> crowded_share(crowd)
    0.25
    """
    counts = np.histogram2d(points["x"], points["y"], bins=bins)[0].ravel()
    held = np.sort(counts[counts > 0])[::-1].cumsum()
    return float((np.searchsorted(held, held[-1] / 2) + 1) / len(held))


def scree_figure(theme: Theme, shares: Sequence[float], most: int = 20) -> Figure:
    """The share of the differences along every direction, at most the first `most`; those of the map stand out."""
    ink = tokens(theme)
    shown = list(shares)[:most]
    on_map = len(AXES)
    together = np.cumsum(shown)
    bars = {
        "type": "bar",
        "x": list(range(1, len(shown) + 1)),
        "y": shown,
        "marker": {"color": [ink["accent"] if at < on_map else ink["everyone"] for at in range(len(shown))]},
        "text": [formatting.percent(share, 0) if at < on_map else "" for at, share in enumerate(shown)],
        "textposition": "outside",
        "textfont": {"color": ink["text"]},
        "cliponaxis": False,
        "customdata": together.tolist(),
        "hovertemplate": "direction %{x}: %{y:.1%}, together %{customdata:.1%}<extra></extra>",
    }
    return figure(
        theme,
        bars,
        bargap=0.35,
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 20, "b": 8},
        xaxis={"showgrid": False, "fixedrange": True, "dtick": 1 if len(shown) <= 12 else 5,
               "title": {"text": "direction"}},
        yaxis={"tickformat": ".0%", "nticks": 4, "fixedrange": True, "rangemode": "tozero"},
    )  # fmt: skip


def bounds(points: pd.DataFrame, axes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest coordinates; 0 and 1 without points."""
    if points.empty:
        return np.zeros(len(axes)), np.ones(len(axes))
    values = points[list(axes)].to_numpy(float)
    return values.min(axis=0), values.max(axis=0)


def flat_names(
    theme: Theme, points: pd.DataFrame, segments: Sequence[Any], width: float, height: float, size: int = 13
) -> list[dict[str, Any]]:
    """The segments' names on a flat map that is at least `width` x `height` pixels large."""
    centres = segment_centres(points, segments)
    places = centres[["x", "y"]].to_numpy(float)
    pixels = on_paper(places, *bounds(points, ("x", "y")), width, height)
    return labels(theme, list(centres["name"]), places, pixels, width, size=size)


def _paper(theme: Theme, points: pd.DataFrame, segments: Sequence[Any]) -> dict[str, Any]:
    """Two axes without ticks: what their ends mean stands in words around the figure (`dashboard.cards.map.framed`)."""
    axis = {"showgrid": False, "zeroline": False, "showticklabels": False}
    return {
        "annotations": flat_names(theme, points, segments, NARROW, HEIGHT),
        "xaxis": axis,
        "yaxis": axis,
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
        "uirevision": "2",
        "dragmode": "pan",
    }


def _space(theme: Theme, points: pd.DataFrame, segments: Sequence[Any], meanings: Sequence[str]) -> dict[str, Any]:
    """Three axes without ticks; at the end of each stands what the direction means."""
    ends = [wrapped(f"{name.lower()}: {means} →" if means else f"{name.lower()} →", 30)
            for name, means in zip(DIRECTIONS, meanings, strict=False)]  # fmt: skip
    words = [*ends, *[""] * (3 - len(ends))]
    scene: dict[str, Any] = {
        f"{axis}axis": {"showticklabels": False, "title": {"text": word, "font": {"size": 12}}}
        for axis, word in zip(SCENE, words, strict=True)
    }
    centres = segment_centres(points, segments)
    places = centres[list(SCENE)].to_numpy(float)
    pixels = in_space(places, *bounds(points, SCENE), EYE, TALL) + np.array([NARROW, 0])  # the sides are far
    scene["annotations"] = labels(theme, list(centres["name"]), places, pixels, 2 * NARROW, axes="xyz")
    scene |= {"aspectmode": "cube", "camera": {"eye": dict(zip("xyz", EYE, strict=True))}}
    return {"scene": scene, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "uirevision": "3"}
