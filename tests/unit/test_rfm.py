"""RFM scores and groups: the table of cells, ties, and an order of rows that changes nothing."""

import numpy as np
import pytest

from segmentation.features.rfm import GROUPS, NAMES, group_of, scale, score, summarised

CELLS = {
    5: "New|Potential loyalist|Potential loyalist|Champions|Champions",
    4: "Promising|Potential loyalist|Potential loyalist|Loyal|Champions",
    3: "About to sleep|About to sleep|Need attention|Loyal|Loyal",
    2: "Hibernating|Hibernating|At risk|At risk|Cannot lose",
    1: "Lost|Lost|At risk|Cannot lose|Cannot lose",
}


def test_every_cell_has_its_group_and_every_group_a_cell():
    assert {r: "|".join(group_of(r, fm) for fm in range(1, 6)) for r in CELLS} == CELLS
    assert {group_of(r, fm) for r in CELLS for fm in range(1, 6)} == set(NAMES)
    assert len(GROUPS) == 11


@pytest.mark.parametrize(
    ("figures", "scores"),
    [
        ([7.0] * 9, (3,)),
        ([1.0] * 9 + [2.0], (1, 5)),
        ([1.0] * 6 + [2.0] * 4, (1, 5)),
        ([1.0] * 7 + [5.0, 6.0, 7.0], (1, 3, 5)),
        ([1, 2, 3, 4, 4, 4, 4, 4, 4, 5], (1, 3, 5)),
    ],
)
def test_who_shares_a_figure_shares_a_score_and_the_scores_are_spread(figures, scores):
    found = scale(np.array(figures, dtype=float))
    assert found.scores == scores
    told = found.of(np.array(figures, dtype=float))
    assert told[np.argmin(figures)] == scores[0]
    assert all(np.diff(told) >= 0)


def test_the_order_of_customers_changes_nothing():
    rng = np.random.default_rng(2)
    recency, frequency, value = rng.integers(0, 300, 500), rng.poisson(2, 500), rng.gamma(2, 50, 500).round(2)
    figures = [each.astype(float) for each in (recency, frequency, value)]
    order = rng.permutation(500)
    before, after = score(*figures), score(*(each[order] for each in figures))
    assert np.array_equal(before.group[order], after.group)
    told = summarised(before, figures[2], None)
    assert sum(customers for customers, _ in told["groups"]) == 500
    assert sum(value for _, value in told["groups"]) == pytest.approx(figures[2].sum())
    assert sum(customers for row in told["grid"] for customers, _ in row) == 500
