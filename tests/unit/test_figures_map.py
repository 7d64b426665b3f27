"""The numbers in the traces of the map and of the simulator's map."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from dashboard.cards.map import axis_ends
from dashboard.cards.map_shade import shade_finding
from dashboard.figures.labels import apart, labels
from dashboard.figures.map import (
    density_figure,
    explained_figure,
    map_figure,
    scree_figure,
    segment_centres,
    with_words,
)
from dashboard.figures.simulator import simulator_map_figure
from dashboard.theme import segment_colour, tokens
from tests.unit.drawn import drawn


@dataclass
class Named:
    slug: str
    name: str
    colour: int


SEGMENTS = [
    Named("quiet", "Quiet high spenders", 2),
    Named("new", "Recent light buyers", 4),
    Named("gone", "Nobody", 5),
]
COMPONENTS = [
    {"explained": 0.5, "negative_words": "lower spending", "positive_words": "higher spending"},
    {"explained": 0.25, "negative_words": "lower tenure", "positive_words": "higher tenure"},
    {"explained": 0.125, "negative_words": "lower age", "positive_words": "higher age"},
]
POINTS = pd.DataFrame(
    {
        "customer_key": ["007", "11", "12"],
        "customer_id": [70, 110, 120],
        "segment_slug": ["quiet", "new", "quiet"],
        "x": [1.5, -2.0, 2.5],
        "y": [0.5, -0.25, 1.5],
        "z": [0.0, 3.0, 1.0],
        "confidence": [0.4, 0.01, 0.2],
        "word": ["clear", "borderline", "leaning"],
    }
)


@pytest.mark.parametrize(("dimensions", "kind"), [(2, "scattergl"), (3, "scatter3d")])
def test_one_trace_per_segment_with_its_customers_as_float32(dimensions, kind):
    figure = drawn(map_figure("light", POINTS, SEGMENTS, dimensions=dimensions))
    assert [trace.type for trace in figure.data] == [kind] * 3
    quiet = figure.data[0]
    assert quiet.x.dtype == np.float32
    assert list(quiet.x) == [1.5, 2.5]
    assert list(quiet.z if dimensions == 3 else quiet.y) == [0.5, 1.5]  # the second direction is up
    assert quiet.marker.color == segment_colour(2)
    assert list(quiet.customdata) == [70, 120]
    assert list(quiet.text) == ["007<br>clear", "12<br>leaning"]
    assert quiet.hovertemplate == "%{text}<br>Quiet high spenders<extra></extra>"
    assert sum(len(trace.x) for trace in figure.data) == len(POINTS)
    if dimensions == 3:
        assert [list(figure.data[1].y), list(figure.data[1].z)] == [[3.0], [-0.25]]


def test_coordinates_travel_as_binary():
    coordinates = [trace["x"] for trace in map_figure("light", POINTS, SEGMENTS)["data"]]
    assert all(set(each) == {"dtype", "bdata"} for each in coordinates)


def test_names_stand_at_the_centres_and_a_segment_without_points_has_none():
    texts = [note.text for note in drawn(map_figure("light", POINTS, SEGMENTS)).layout.annotations]
    assert "<b>Quiet high<br>spenders</b>" in texts
    assert not any("Nobody" in text for text in texts)
    centres = segment_centres(POINTS, SEGMENTS).set_index("slug")
    assert centres.loc["quiet", ["x", "y", "z"]].tolist() == [2.0, 1.0, 0.5]
    space = drawn(map_figure("light", POINTS, SEGMENTS, dimensions=3))
    assert [note.y for note in space.layout.scene.annotations] == [0.5, 3.0]


def test_the_ends_of_the_axes_are_words():
    up, down, (left, right) = axis_ends(COMPONENTS)
    assert (up, down) == ("↑ higher tenure", "↓ lower tenure")
    assert (left.children, right.children) == ("← lower spending", "higher spending →")
    assert axis_ends(COMPONENTS[:1])[:2] == ("", "")
    words = [component["positive_words"] for component in COMPONENTS]
    space = drawn(map_figure("light", POINTS, SEGMENTS, meanings=words, dimensions=3)).layout.scene
    titles = [axis.title.text for axis in (space.xaxis, space.yaxis, space.zaxis)]
    assert titles == ["right: higher spending →", "depth: higher age →", "up: higher tenure →"]


def test_the_word_of_a_customer_follows_its_rank_in_its_segment():
    points = pd.DataFrame({"segment_slug": ["a"] * 8 + ["b"], "confidence": [0.04, *np.linspace(0.1, 0.7, 7), 0.06]})
    assert with_words(points)["word"].tolist() == ["borderline", "leaning", *["clear"] * 6, "leaning"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_by_confidence_the_borderline_customers_stand_out(theme):
    figure = drawn(map_figure(theme, POINTS, SEGMENTS, by="confidence"))
    assert [(trace.name, len(trace.x)) for trace in figure.data] == [("clear", 1), ("leaning", 1), ("borderline", 1)]
    assert figure.data[2].marker.color == tokens(theme)["warn"]


def test_no_points_draw_no_points():
    figure = drawn(map_figure("light", POINTS.iloc[:0], SEGMENTS))
    assert sum(len(trace.x) for trace in figure.data) == 0


def test_explained_shares_are_the_bars():
    figure = drawn(explained_figure("light", COMPONENTS))
    assert list(figure.data[0].x) == [0.5, 0.25, 0.125]
    assert list(figure.data[0].text) == ["50.0%", "25.0%", "12.5%"]


def test_a_shade_colours_from_pale_to_strong_and_leaves_the_unknown_hollow():
    known, unknown = drawn(map_figure("light", POINTS, SEGMENTS, shade=np.array([0.0, np.nan, 1.0]))).data
    assert list(known.marker.color) == [0.0, 1.0]
    assert list(known.x) == [1.5, 2.5]
    assert known.text[0] == "007<br>Quiet high spenders"
    assert (list(unknown.x), unknown.marker.symbol) == ([-2.0], "circle-open")
    ink = tokens("light")
    assert [colour for _, colour in known.marker.colorscale] == [ink["line-strong"], ink["accent"]]


def test_the_density_counts_every_point_shown():
    (crowd,) = drawn(density_figure("dark", POINTS, SEGMENTS)).data
    assert crowd.type == "histogram2dcontour"
    assert list(crowd.x) == [1.5, -2.0, 2.5]


def test_a_scree_has_every_direction_and_marks_those_of_the_map():
    (bars,) = drawn(scree_figure("light", [0.4, 0.3, 0.1, 0.1, 0.1])).data
    assert list(bars.y) == [0.4, 0.3, 0.1, 0.1, 0.1]
    assert [round(each, 6) for each in bars.customdata] == [0.4, 0.7, 0.8, 0.9, 1.0]
    accent = tokens("light")["accent"]
    assert [colour == accent for colour in bars.marker.color] == [True, True, True, False, False]


def test_where_an_attribute_is_strongest_is_said_of_segments_with_enough_dots():
    slugs = np.array(["quiet"] * 10 + ["new"] * 10 + ["gone"] * 3)
    values = np.array([9.0] * 10 + [1.0] * 10 + [99.0] * 3)
    assert (
        shade_finding("Income", slugs, values, SEGMENTS)
        == "Income: strongest among Quiet high spenders, palest among Recent light buyers"
    )
    assert "differs little" in shade_finding("Income", slugs, np.full(23, 5.0), SEGMENTS)


def test_labels_are_pushed_apart_and_keep_their_order():
    up = apart(np.zeros(4), np.array([0.0, 5.0, 2.0, 300.0]), np.full(4, 80.0), np.full(4, 30.0))
    assert np.diff(np.sort(up)).min() >= 30 - 1e-3
    assert np.argsort(up).tolist() == [0, 2, 1, 3]
    assert up[3] == 300


def test_a_name_does_not_leave_the_picture():
    [note] = labels("light", ["Quiet high spenders"], np.array([[9.0, 1.0]]), np.array([[338.0, 50.0]]), 340.0)
    assert note["xshift"] < -30
    assert note["yshift"] == 0


def test_the_simulator_draws_the_customers_alone_and_faint():
    figure = drawn(simulator_map_figure("dark", POINTS, SEGMENTS))
    assert [trace.name for trace in figure.data] == [
        trace.name for trace in drawn(map_figure("dark", POINTS, SEGMENTS)).data
    ]
    assert {trace.marker.opacity for trace in figure.data} == {0.45}
