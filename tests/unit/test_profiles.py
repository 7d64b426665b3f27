"""Figures of a segment: checked against pandas and against hand-made cases."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.histograms import count_in, nice_edges
from segmentation.profiles import ProfileRow, profile


def column(name: str, kind: str = "number") -> SimpleNamespace:
    return SimpleNamespace(name=name, label=name.capitalize(), kind=kind, unit=None)


def rows_of(rows: list[ProfileRow], attribute: str) -> dict[int | None, ProfileRow]:
    return {row.segment_label: row for row in rows if row.attribute == attribute}


@pytest.fixture
def customers() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(3)
    n = 500
    frame = pd.DataFrame(
        {
            "spend": np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(5, 1, n)),
            "visits": rng.poisson(4, n).astype(float),
            "member": np.where(rng.random(n) < 0.05, np.nan, rng.integers(0, 2, n)),
            "city": pd.Series(rng.choice(["Oslo", "Bergen", None], n, p=[0.5, 0.4, 0.1]), dtype=object),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "note": pd.Series([f"note {i}" for i in range(n)], dtype=object),
        }
    )
    return frame, rng.integers(0, 3, n)


KINDS = {"spend": "number", "visits": "number", "member": "flag", "city": "category", "joined": "date", "note": "text"}


@pytest.fixture
def rows(customers: tuple[pd.DataFrame, np.ndarray]) -> list[ProfileRow]:
    frame, labels = customers
    return profile(frame, labels, 3, [column(name, kind) for name, kind in KINDS.items()], {"spend"})


def test_numbers_equal_those_of_pandas(customers, rows):
    frame, labels = customers
    for name in ("spend", "visits", "member"):
        for label, row in rows_of(rows, name).items():
            members = frame[name] if label is None else frame[name][labels == label]
            assert row.customers == members.notna().sum()
            assert row.customers + row.missing == len(members)
            assert row.mean == pytest.approx(members.mean())
            assert row.sd == pytest.approx(members.std(ddof=0))
            for quantile in (0.01, 0.25, 0.5, 0.99):
                assert row.quantiles[str(quantile)] == pytest.approx(members.quantile(quantile))
            expected = (members.mean() - frame[name].mean()) / frame[name].std(ddof=0)
            assert row.effect == pytest.approx(expected, abs=1e-12)


def test_histograms_share_their_edges_and_lose_nobody(rows):
    for name in ("spend", "visits", "joined"):
        by_label = rows_of(rows, name)
        assert len({tuple(row.histogram["edges"]) for row in by_label.values()}) == 1
        for row in by_label.values():
            histogram = row.histogram
            assert histogram["below"] + sum(histogram["counts"]) + histogram["above"] == row.customers
        together = np.sum([by_label[label].histogram["counts"] for label in range(3)], axis=0)
        assert together.tolist() == by_label[None].histogram["counts"]


def test_levels_are_counted_as_pandas_counts_them(customers, rows):
    frame, labels = customers
    for label, row in rows_of(rows, "city").items():
        members = frame["city"] if label is None else frame["city"][labels == label]
        assert {level["level"]: level["customers"] for level in row.levels} == members.value_counts().to_dict()
        assert sum(level["share"] for level in row.levels) == pytest.approx(1)
        for level in row.levels:
            share = (frame["city"] == level["level"]).sum() / frame["city"].notna().sum()
            assert level["lift"] == pytest.approx(level["share"] / share)


def test_a_flag_has_the_levels_yes_and_no(customers, rows):
    frame, _ = customers
    everyone = rows_of(rows, "member")[None]
    assert [level["customers"] for level in everyone.levels] == [(frame.member == 1).sum(), (frame.member == 0).sum()]


def test_a_date_is_told_in_dates(customers, rows):
    frame, _ = customers
    everyone = rows_of(rows, "joined")[None]
    assert everyone.mean is None
    assert everyone.quantiles["min"] == str(frame.joined.min().date())
    assert everyone.quantiles["max"] == str(frame.joined.max().date())


def test_text_is_only_counted(rows):
    everyone = rows_of(rows, "note")[None]
    assert (everyone.customers, everyone.levels, everyone.histogram, everyone.effect) == (500, None, None, None)


def test_a_label_without_members_has_rows_with_nobody():
    rows = profile(pd.DataFrame({"x": [1.0, 2.0]}), np.array([0, 0]), 2, [column("x")], set())
    empty = rows_of(rows, "x")[1]
    assert (empty.customers, empty.missing, empty.mean, empty.quantiles, empty.effect) == (0, 0, None, None, None)


def test_a_column_without_any_value_has_no_figures():
    frame = pd.DataFrame({"x": [np.nan, np.nan], "c": pd.Series([None, None], dtype=object)})
    rows = profile(frame, np.array([0, 1]), 2, [column("x"), column("c", "category")], set())
    for row in rows:
        assert (row.customers, row.mean, row.histogram, row.levels, row.effect) == (0, None, None, None, None)
    assert rows[0].missing == 2


def test_a_constant_column_distinguishes_nobody():
    rows = profile(pd.DataFrame({"x": [0.1] * 7}), np.array([0, 1] * 3 + [0]), 2, [column("x")], set())
    assert [row.effect for row in rows] == [0.0, 0.0, 0.0]


def test_a_rare_level_does_not_pass_for_a_trait():
    # One person of twenty has a level two of forty have: lift 1, and with nobody at all: still nothing said.
    city = pd.Series((["a"] * 38) + ["b", "b"], dtype=object)
    rows = profile(pd.DataFrame({"city": city}), np.array([0] * 20 + [1] * 20), 2, [column("city", "category")], set())
    assert all(abs(row.effect) < 0.2 for row in rows)


def test_stored_names_are_the_columns_of_the_table(rows):
    from db.models import SegmentProfile

    columns = {c.name for c in SegmentProfile.__table__.columns} - {"id", "scoring_run_id", "segment_id"}
    assert set(rows[0].stored()) == columns


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=80))
def test_edges_ascend_and_counts_add_up_for_any_numbers(values):
    ordered = np.sort(np.array(values))
    edges = nice_edges(ordered)
    assert (np.diff(edges) > 0).all()
    counted = count_in(ordered, edges)
    assert counted["below"] + sum(counted["counts"]) + counted["above"] == len(values)


def test_integers_of_a_short_range_get_a_bin_each():
    counted = count_in(np.array([0.0, 0.0, 1.0, 3.0]), nice_edges(np.array([0.0, 0.0, 1.0, 3.0])))
    assert counted["edges"] == [-0.5, 0.5, 1.5, 2.5, 3.5]
    assert counted["counts"] == [2, 1, 0, 1]


def test_one_extreme_customer_does_not_press_the_others_into_one_bin():
    ordered = np.append(np.linspace(1_000, 90_000, 999), 666_666.0)
    counted = count_in(ordered, nice_edges(ordered))
    assert counted["edges"][-1] <= 100_000
    assert counted["above"] >= 1
