"""What the leaderboard and the training form say."""

import json

import pytest

from dashboard.cards.leaderboard import board, compare_options, options_of
from dashboard.cards.selection import how_it_assigns
from dashboard.cards.training import algorithm_options, shown_for, train_options
from segmentation.modelling.algorithms import ALGORITHMS

ROW = {
    "algorithm": "ward", "label": "Ward", "k": 4, "silhouette": 0.314, "calinski_harabasz": 812.4,
    "davies_bouldin": 1.21, "stability": 0.87, "smallest_share": 0.194, "unassigned_share": 0.0, "agreement": 0.962,
    "seconds": 1.4, "memory_mb": 61.3, "rank": 1.0, "note": None, "error": None,
}  # fmt: skip
RESULT = {
    "recipe": "behaviour", "k": 4, "customers": 2240, "as_of": "2014-12-31", "seed": 7, "plain": False, "sample": None,
    "rows": [
        ROW,
        ROW | {"algorithm": "hdbscan", "k": 3, "unassigned_share": 0.04, "rank": 2.0},
        ROW | {"algorithm": "dbscan", "error": "it finds one dense crowd", "rank": None},
    ],
}  # fmt: skip


def said(component) -> str:
    return json.dumps(component.to_plotly_json(), default=lambda each: each.to_plotly_json(), ensure_ascii=False)


def test_the_best_comes_first_and_what_could_not_says_why():
    told = said(board(RESULT))
    assert "Ward comes first by the middle rank" in told
    for figure in ("0.31", "812", "1.21", "0.87", "19.4%", "96", "61 MB"):
        assert figure in told, figure
    assert "and 4% in none" in told.replace("4.0%", "4%")
    assert "it finds one dense crowd" in told
    assert "cluster" not in told.lower()


def test_nothing_compared_looks_empty_and_a_tie_names_both():
    assert "Nothing was compared yet" in said(board(None))
    tied = RESULT | {"rows": [ROW, ROW | {"algorithm": "kmeans"}]}
    assert "Ward and k-means come first" in said(board(tied))


def test_train_this_one_trains_what_was_compared():
    same = {"recipe": "behaviour", "as_of": "2014-12-31", "seed": 7, "plain": False, "sample": None}
    assert options_of(RESULT, "ward") == same | {"algorithm": "ward", "k": 4}
    assert options_of(RESULT, "hdbscan")["k"] == "auto"


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_form_asks_only_what_an_algorithm_takes(name):
    no_k, no_eps, no_crowd, no_neighbours = shown_for(name)
    options = train_options("r", name, "4", 1, None, False, 500, 0.5, 20, 6)
    assert options["k"] == ("auto" if no_k else 4)
    assert ("eps" in options, "min_cluster_size" in options) == (not no_eps, not no_crowd)
    assert ("min_samples" in options) == (not no_neighbours)
    assert options["sample"] == 500
    assert ALGORITHMS[name].when[-1] not in ".!"
    assert len(algorithm_options()) == 8


def test_a_comparison_of_nothing_ticked_is_of_all():
    assert compare_options([], "r", "auto", None, None, False, None)["algorithms"] is None
    assert compare_options(["ward"], "r", "5", None, None, False, None)["k"] == 5


def test_a_stand_in_says_how_often_it_agrees():
    from types import SimpleNamespace

    model = SimpleNamespace(
        algorithm="ward", metrics={"agreement": 0.962}, parameters={"warnings": ["The smallest segment has 3."]}
    )
    told = "".join(map(said, how_it_assigns(model)))
    assert "Assigned by a stand-in that agrees with Ward on 96" in told
    assert "The smallest segment has 3." in told
    assert how_it_assigns(SimpleNamespace(algorithm="kmeans", metrics={}, parameters={})) == []
