"""The numbers in the traces of the criteria."""

import numpy as np
import pytest

from dashboard.figures.models import CRITERIA, criteria_of, criterion_figure
from dashboard.theme import tokens
from tests.unit.drawn import drawn

SELECTION = [
    {"k": 2, "silhouette": 0.37, "inertia": 900.0, "smallest_share": 0.45, "davies_bouldin": None},
    {"k": 3, "silhouette": 0.36, "inertia": 700.0, "smallest_share": 0.21, "davies_bouldin": None},
    {"k": 4, "silhouette": 0.34, "inertia": None, "smallest_share": 0.03, "davies_bouldin": None},
]
BY_KEY = {criterion.key: criterion for criterion in CRITERIA}


def test_criteria_that_were_not_computed_are_left_out():
    assert [criterion.key for criterion in criteria_of(SELECTION)] == ["silhouette", "inertia", "smallest_share"]


def test_every_number_of_segments_is_a_dot_and_the_one_in_use_is_filled():
    figure = drawn(criterion_figure("light", SELECTION, BY_KEY["silhouette"], in_use=3))
    line, used = figure.data
    assert list(line.x) == [2, 3, 4]
    assert list(line.y) == [0.37, 0.36, 0.34]
    assert (list(used.x), list(used.y), list(used.text)) == ([3], [0.36], ["0.36"])
    assert used.marker.color == tokens("light")["text"]


def test_a_missing_value_is_a_gap_not_a_zero():
    line = drawn(criterion_figure("light", SELECTION, BY_KEY["inertia"], in_use=None)).data[0]
    assert line.y[2] is None or np.isnan(line.y[2])
    assert line.text[2] == "not available"


def test_a_threshold_is_a_line_and_shares_start_at_zero():
    figure = drawn(criterion_figure("dark", SELECTION, BY_KEY["smallest_share"], in_use=4))
    assert figure.layout.shapes[0].y0 == pytest.approx(0.05)
    assert figure.layout.yaxis.range[0] == 0
