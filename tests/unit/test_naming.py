"""Names come from the profile: for any data, for any numbering of the segments."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.naming import name_segments
from segmentation.profiles import profile


def column(name: str, kind: str = "number", role: str | None = None, label: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        name=name, label=label or name.replace("_", " ").capitalize(), kind=kind, unit=None, role=role
    )


def names_of(frame: pd.DataFrame, labels: np.ndarray, columns: list[SimpleNamespace], used: set[str] | None = None):
    k = int(labels.max()) + 1
    return name_segments(profile(frame, labels, k, columns, used or {c.name for c in columns}), k)


def clouds(centres: list[list[float]], names: list[str], per: int = 60) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(centre, 0.3, (per, len(names))) for centre in centres])
    return pd.DataFrame(rows, columns=names), np.repeat(np.arange(len(centres)), per)


BEHAVIOUR = [
    column("total_spending", role="value"),
    column("purchases", role="frequency"),
    column("responses", role="response"),
    column("years_as_customer", role="tenure"),
]


def test_the_behaviour_of_the_mock_up_gets_the_names_of_the_mock_up():
    frame, labels = clouds(
        [[1.5, 1, 2, 0], [1, 1, -0.6, 0], [-1, -1, -0.6, 1], [-1, -1, -0.6, -1]], [c.name for c in BEHAVIOUR]
    )
    assert names_of(frame, labels, BEHAVIOUR) == [
        "Responsive high spenders",
        "Quiet high spenders",
        "Long-standing light buyers",
        "Recent light buyers",
    ]


def test_of_fewer_than_ten_a_name_says_nothing():
    frame, labels = clouds([[1.5, 1], [-1, -1], [8, 8], [-8, 8]], ["total_spending", "purchases"])
    kept = (labels < 2) | (np.arange(len(labels)) % 60 < np.where(labels == 2, 9, 5))
    columns = [column("total_spending", role="value"), column("purchases", role="frequency")]
    names = names_of(frame[kept], labels[kept], columns)
    assert names[2:] == ["A handful of customers", "A handful of customers (2)"]
    assert not any("handful" in name for name in names[:2])
    one_more = kept | (np.arange(len(labels)) == 2 * 60 + 9)
    assert "handful" not in names_of(frame[one_more], labels[one_more], columns)[2]


def test_the_mall_gets_young_high_scorers():
    columns = [column("age"), column("annual_income_k"), column("spending_score_1_100")]
    frame, labels = clouds([[-1, -1, 1], [1, 0.5, -1], [0, 1, 0.3]], [c.name for c in columns])
    assert names_of(frame, labels, columns)[0] == "Young high scorers, low income"


def test_unknown_attributes_fall_back_on_their_labels():
    columns = [column("voltage"), column("pressure")]
    frame, labels = clouds([[1, -1], [-1, 1]], ["voltage", "pressure"])
    assert set(names_of(frame, labels, columns)) == {"High pressure, low voltage", "High voltage, low pressure"} or set(
        names_of(frame, labels, columns)
    ) == {"Low voltage, high pressure", "High voltage, low pressure"}


def test_categories_alone_make_names():
    frame = pd.DataFrame(
        {"internet": pd.Series(["Fibre optic"] * 50 + ["DSL"] * 10 + ["DSL"] * 60 + ["None"] * 50, dtype=object)}
    )
    labels = np.repeat([0, 1, 2], [60, 60, 50])
    names = names_of(frame, labels, [column("internet", "category")])
    assert names[:2] == ["Mostly fibre optic", "Mostly DSL"]
    assert "internet none" in names[2]


def test_a_flag_is_said_with_and_without():
    frame = pd.DataFrame({"partner": [1.0] * 45 + [0.0] * 5 + [0.0] * 50})
    columns = [column("partner", "flag", label="Has a partner")]
    assert names_of(frame, np.repeat([0, 1], 50), columns) == ["Mostly partner", "Rarely partner"]


def test_who_left_is_not_called_responsive():
    frame = pd.DataFrame({"churn": [1.0] * 50 + [0.0] * 50})
    names = names_of(frame, np.repeat([0, 1], 50), [column("churn", "flag", "response", "Churned")])
    assert names == ["Mostly churned", "Rarely churned"]


def test_segments_alike_but_for_size_still_get_names_of_their_own():
    frame = pd.DataFrame({"age": [1.0, 2.0] * 10})
    names = names_of(frame, np.array([0, 0] * 6 + [1, 1] * 4), [column("age")])
    assert len(set(names)) == 2


def test_a_segment_like_everyone_is_average():
    frame, labels = clouds([[2.0], [0.0], [-2.0]], ["age"])
    assert names_of(frame, labels, [column("age")]) == ["Older customers", "Average customers", "Young customers"]


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 10), st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_permuting_labels_changes_no_name(k, seed, random):
    rng = np.random.default_rng(seed)
    columns = [
        *BEHAVIOUR,
        column("age"),
        column("income"),
        column("city", "category"),
        column("member", "flag"),
        column("zeal"),
    ]
    labels = np.concatenate([np.arange(k), rng.integers(0, k, 40 * k)])
    frame = pd.DataFrame({c.name: rng.normal(rng.normal(0, 1, k)[labels], 1) for c in columns if c.kind == "number"})
    frame["city"] = pd.Series(rng.choice(["Oslo", "Bergen", "Hamar"], len(labels)), dtype=object)
    frame["member"] = rng.integers(0, 2, len(labels)).astype(float)
    names = names_of(frame, labels, columns)
    assert len(set(names)) == k
    assert not any(re.search(r"\d", name) for name in names), names
    assert max(map(len, names)) <= 60
    turned = list(range(k))
    random.shuffle(turned)
    again = names_of(frame, np.array(turned)[labels], columns)
    assert [again[turned[label]] for label in range(k)] == names


@pytest.mark.parametrize("k", [2, 5, 10])
def test_names_are_about_forty_characters_at_most(k):
    rng = np.random.default_rng(k)
    centres = rng.normal(0, 1, (k, 4)).tolist()
    frame, labels = clouds(centres, [c.name for c in BEHAVIOUR])
    assert max(map(len, names_of(frame, labels, BEHAVIOUR))) <= 45
