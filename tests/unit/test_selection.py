"""How many segments: ranks of the criteria, an honest elbow, and a reason a marketer understands."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_score

from segmentation.errors import TrainingError
from segmentation.modelling.algorithms import algorithm
from segmentation.modelling.candidates import as_row, candidates, check_distinct, numbers_to_try
from segmentation.modelling.dividing import KMEANS
from segmentation.modelling.limits import check_k
from segmentation.modelling.metrics import quality, sample_rows
from segmentation.modelling.selection import find_elbow, median_ranks, select

KEYS = {
    "k", "inertia", "silhouette", "calinski_harabasz", "davies_bouldin", "gap", "gap_se", "prediction_strength",
    "stability", "smallest_share", "excluded", "recommended",
}  # fmt: skip


def rows_of(X, ks=range(2, 9)):
    return [as_row(found) for found in candidates(X, list(ks), method=KMEANS, seed=1, n_init=5)]


@pytest.mark.slow
@pytest.mark.parametrize("groups", [2, 3, 4, 5, 6])
def test_planted_groups_are_found(groups):
    X, _ = make_blobs(600, centers=10 * np.eye(6)[:groups], random_state=3)
    chosen = select(rows_of(X), n=600)
    assert chosen.k == groups
    assert [row["k"] for row in chosen.rows if row["recommended"]] == [groups]


def test_every_row_has_every_key_and_what_is_not_computed_is_none():
    X, _ = make_blobs(90, centers=3, random_state=0)
    for row in select(rows_of(X, [2, 3]), n=90).rows:
        assert set(row) == KEYS
        assert row["gap"] is row["gap_se"] is row["prediction_strength"] is row["stability"] is None


def row(k, silhouette, ch=100.0, db=1.0, share=0.2, inertia=None):
    return {
        "k": k, "inertia": 1000.0 / k if inertia is None else inertia, "silhouette": silhouette,
        "calinski_harabasz": ch, "davies_bouldin": db, "smallest_share": share,
    }  # fmt: skip


def test_a_tie_goes_to_the_smaller_number():
    chosen = select([row(2, 0.3), row(3, 0.3)], n=1000)
    assert chosen.ranks == {2: 1.5, 3: 1.5}
    assert chosen.k == 2


def test_median_ranks_by_hand():
    rows = [row(2, 0.5, ch=90, db=0.9), row(3, 0.4, ch=100, db=0.8), row(4, 0.3, ch=80, db=1.0)]
    # silhouette 1 2 3, Calinski-Harabasz 2 1 3, Davies-Bouldin 2 1 3, distance from the elbow 3: 2.5 1 2.5
    assert median_ranks(rows, 3) == {2: 2.0, 3: 1.0, 4: 3.0}


def test_a_number_with_a_segment_that_is_too_small_is_left_out_and_says_so():
    chosen = select([row(2, 0.9, share=0.004), row(3, 0.3)], n=1000)
    assert chosen.k == 3
    assert chosen.rows[0]["excluded"] == "its smallest segment would have 4 customers, fewer than 10"
    assert chosen.reason == "3 segments: any other number leaves one too small."


def test_one_percent_counts_where_it_is_more_than_ten():
    assert select([row(2, 0.9, share=0.009), row(3, 0.3)], n=100_000).rows[0]["excluded"] is not None


def test_when_every_number_is_left_out_the_fewest_stay_and_it_is_said():
    chosen = select([row(2, 0.9, share=0.004), row(3, 0.3, share=0.001)], n=1000)
    assert chosen.k == 2
    assert "any number tried leaves a segment with fewer than 10 customers" in chosen.reason


def test_no_clear_knee_is_a_valid_answer():
    assert find_elbow([2, 3, 4, 5, 6, 7], [60, 50, 40, 30, 20, 10]) is None
    assert find_elbow([2, 3], [2.0, 1.0]) is None


@pytest.mark.slow
def test_the_number_asked_for_is_kept_and_only_separation_is_compared():
    X, _ = make_blobs(300, centers=[[0, 0], [20, 0], [0, 20]], random_state=0)
    asked = select(rows_of(X), n=300, asked=5)
    assert asked.k == 5
    assert asked.reason.startswith("You asked for 5 segments; by separation alone, 3 would come first of 2 to 8 tried")
    assert not any(row["recommended"] for row in asked.rows)
    same = select(rows_of(X), n=300, asked=3).reason
    assert same.startswith("You asked for 3 segments; they also separate best of 2 to 8 tried")


def test_a_compromise_claims_no_more_than_its_rank():
    rows = [
        row(2, 0.50, ch=70, db=1.0), row(3, 0.40, ch=90, db=0.8), row(4, 0.2, ch=100, db=0.9),
        row(5, 0.30, ch=80, db=0.7),
    ]  # fmt: skip
    # ranks: 2 is 1 4 4, 3 is 2 2 2, 4 is 4 1 3 and 5 is 3 3 1
    chosen = select(rows, n=900, named={"elbow": None})
    assert chosen.ranks == {2: 4.0, 3: 2.0, 4: 3.0, 5: 3.0}
    assert (
        chosen.reason == "3 segments are the best compromise of 2 to 5 tried: first on none, but the best middle rank."
    )


@pytest.mark.slow
def test_the_reason_is_one_sentence():
    X, _ = make_blobs(300, centers=4, random_state=0)
    for asked in (None, 4, 7):
        reason = select(rows_of(X), n=300, asked=asked, sampled=200).reason
        assert reason.endswith("(measured on a sample of 200 of 300 customers).")
        assert reason.count(". ") == 0


def test_auto_tries_two_to_ten_and_never_more_than_a_thirtieth():
    assert numbers_to_try(2000) == list(range(2, 11))
    assert numbers_to_try(150) == [2, 3, 4, 5]
    assert numbers_to_try(31) == [2]


@pytest.mark.parametrize(
    ("k", "customers", "message"),
    [
        ("auto", 0, "no customers"),
        ("auto", 1, "only one customer"),
        (1, 50, "k=1 is not a division"),
        (0, 50, "at least 2 segments"),
        (51, 50, "k=51 is more than the 50 customers"),
        (2.5, 50, "not a number of segments"),
        ("five", 50, "or auto"),
    ],
)
def test_numbers_of_segments_that_cannot_be(k, customers, message):
    with pytest.raises(TrainingError, match=message):
        check_k(k, customers)


def test_customers_who_are_all_alike_are_refused():
    with pytest.raises(TrainingError, match="all customers are exactly alike"):
        check_distinct(np.ones((40, 2)), None)
    with pytest.raises(TrainingError, match=r"only 2 groups that are exactly alike in .* ask for at most 2"):
        check_distinct(np.repeat([[0.0], [1.0]], 20, axis=0), 5)


def test_an_unknown_algorithm_names_those_that_exist():
    with pytest.raises(TrainingError, match="no algorithm 'magic'; algorithms are: kmeans"):
        algorithm("magic")


def test_the_sample_is_seeded_and_small_data_is_taken_whole():
    assert (sample_rows(20_000, 3) == sample_rows(20_000, 3)).all()
    assert (sample_rows(20_000, 3) != sample_rows(20_000, 4)).any()
    assert sample_rows(5_000, 3).tolist() == list(range(5_000))


def test_quality_is_scikit_learns_and_undefined_where_it_is():
    X, y = make_blobs(100, centers=3, random_state=0)
    assert quality(X, y)["silhouette"] == pytest.approx(silhouette_score(X, y))
    assert set(quality(X, np.zeros(100, int)).values()) == {None}
    assert set(quality(X[:3], np.arange(3)).values()) == {None}


def test_a_number_whose_weakest_segment_does_not_come_back_is_left_out_and_says_so():
    chosen = select([row(2, 0.9) | {"stability": 0.49}, row(3, 0.3) | {"stability": 0.60}], n=1000)
    assert chosen.k == 3
    assert chosen.rows[0]["excluded"] == "its weakest segment comes back only to 49% of itself, less than 60%"
    assert chosen.reason == "3 segments: any other number leaves one too small or one that does not come back."


def test_when_no_number_comes_back_the_fewest_stay_and_it_is_said():
    chosen = select([row(2, 0.9) | {"stability": 0.4}, row(3, 0.3) | {"stability": 0.5}], n=1000)
    assert chosen.k == 2
    assert "no number tried gives segments that are large enough and all come back" in chosen.reason


def test_gap_and_prediction_strength_rank_by_the_distance_from_the_number_they_name():
    rows = [row(k, silhouette) for k, silhouette in [(2, 0.3), (3, 0.5), (4, 0.4)]]
    # silhouette 3 1 2, Calinski-Harabasz and Davies-Bouldin 2 2 2, distance from the 4 that both name 3 2 1
    assert median_ranks(rows, 4, 4) == {2: 3.0, 3: 2.0, 4: 2.0}
    assert median_ranks(rows, None, None) == median_ranks(rows) == {2: 2.0, 3: 2.0, 4: 2.0}


def test_numbers_named_are_told_in_the_reason():
    rows = [row(2, 0.5), row(3, 0.4), row(4, 0.3)]
    reason = select(rows, n=900, named={"gap": 2, "prediction_strength": 2}).reason
    assert "they exceed what evenly spread customers show" in reason
    assert "no larger number is confirmed by customers left out" in reason
