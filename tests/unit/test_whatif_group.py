"""A change for a whole group: each row as if it were alone, nothing invented, and back again where it is undone."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.test_whatif_paths import FEATURES, Shop

from segmentation import scoring
from segmentation.errors import KindredError
from segmentation.simulator import rows
from segmentation.whatif.group import Change, changed, parse_changes, ranges
from segmentation.whatif.moves import GroupResult, Moves

SLUGS = [(f"s{n}", f"S {n}", n + 1) for n in range(4)]


@pytest.fixture(scope="module")
def shop():
    found = Shop(FEATURES)
    found.frame.loc[[3, 8], "wine"] = np.nan
    found.everyone = {c.name: SimpleNamespace(quantiles=seen(found.frame[c.name], c.kind)) for c in found.controls}
    return found


def seen(column, kind):
    if kind not in ("number", "date"):
        return None
    ends = (column.min(), column.max())
    return dict(zip(("min", "max"), [str(end.date()) if kind == "date" else end for end in ends], strict=True))


@pytest.fixture(scope="module")
def limits(shop):
    return ranges(shop.controls, shop.everyone, date(2023, 1, 1))


def counted(shop, frames, changes, limits):
    moves = Moves(4, ["wine", "fish"], 0.05)
    for frame in frames:
        moves.add(shop.bundle, frame, changes, shop.controls, limits)
    return moves.result(SLUGS, changes, version=7, as_of=date(2023, 1, 1), group="Everyone")


def one_by_one(shop, changes):
    """The labels of the changed rows, each typed, changed with Python's own arithmetic, and scored alone."""
    labels = []
    for _, row in shop.frame.iterrows():
        values = {name: None if pd.isna(value) else value for name, value in row.items()}
        for change in changes:
            own = values[change.attribute]
            if change.how == "set":
                values[change.attribute] = change.value
            elif own is not None and isinstance(own, pd.Timestamp):
                values[change.attribute] = min(own + pd.Timedelta(days=change.value), pd.Timestamp("2023-01-01"))
            elif own is not None:
                told = {"add": own + change.value, "multiply": own * change.value,
                        "at_most": min(own, change.value), "at_least": max(own, change.value)}  # fmt: skip
                values[change.attribute] = told[change.how]
        for name in ("wine", "fish", "visits"):
            values[name] = values[name] if values[name] is None else max(values[name], 0.0)
        values["joined_on"] = str(values["joined_on"])[:10]
        labels.append(int(scoring.assign(shop.bundle, rows([values], shop.controls)).label[0]))
    return labels


@pytest.mark.slow
def test_a_group_is_its_rows_one_by_one_in_parts_of_any_size(shop, limits):
    asked = [
        ("wine", "multiply", 1.5), ("visits", "add", -3.0), ("visits", "at_most", 8.0), ("plan", "set", "gold"),
        ("joined_on", "add", 400.0), ("fish", "at_least", 30.0),
    ]  # fmt: skip
    changes = [Change(*each) for each in asked]
    before = scoring.assign(shop.bundle, shop.frame).label.tolist()
    after = one_by_one(shop, changes)
    told = counted(shop, [shop.frame], changes, limits)
    pairs = {(each.start, each.end): each.customers for each in told.flows}
    expected = {}
    for one, other in zip(before, after, strict=True):
        key = (f"s{one}", f"s{other}")
        expected[key] = expected.get(key, 0) + 1
    assert pairs == expected
    assert told.moved == sum(one != other for one, other in zip(before, after, strict=True)) > 50
    assert [each.after for each in told.segments] == np.bincount(after, minlength=4).tolist()
    assert told.missing == {"wine": 2}
    assert told.limited["visits"] == (shop.frame["visits"] < 3).sum()
    joined = shop.frame["joined_on"] + pd.Timedelta(days=400)
    assert told.limited["joined_on"] == (joined > pd.Timestamp("2023-01-01")).sum() > 0
    worth = shop.frame[["wine", "fish"]].sum(axis=1).sum()
    assert told.value_before == pytest.approx(worth)
    assert told.value_after == pytest.approx(shop.frame["wine"].sum() * 1.5 + np.maximum(shop.frame["fish"], 30).sum())
    parts = [shop.frame.iloc[:7], shop.frame.iloc[7:200], shop.frame.iloc[200:]]
    pieces = counted(shop, parts, changes, limits)
    assert pieces.as_json() | {"value_before": 0, "value_after": 0, "segments": 0} == (
        told.as_json() | {"value_before": 0, "value_after": 0, "segments": 0}
    )
    assert GroupResult.of(told.as_json()) == told


def test_what_a_segment_of_a_handful_is_worth_is_not_told(shop, limits):
    few = counted(shop, [shop.frame.iloc[:12]], [Change("wine", "add", 0.0)], limits)
    assert {each.value_before is None for each in few.segments if each.before < 10} == {True}
    assert few.value_before is not None
    assert counted(shop, [shop.frame.iloc[:9]], [Change("wine", "add", 0.0)], limits).value_before is None


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["wine", "fish", "visits"]),
    st.one_of(
        st.integers(0, 4096).map(lambda n: ("add", n / 4)), st.integers(-6, 6).map(lambda n: ("multiply", 2.0**n))
    ),
)
def test_a_change_and_its_inverse_is_no_change(shop, limits, name, asked):
    how, value = asked
    back = Change(name, how, -value if how == "add" else 1 / value)
    told = counted(shop, [shop.frame], [Change(name, how, value), back], limits)
    assert (told.moved, told.limited) == (0, {})
    days = [Change("joined_on", "add", 30.0), Change("joined_on", "add", -30.0)]
    assert changed(shop.frame, days, shop.controls, limits).frame["joined_on"].equals(shop.frame["joined_on"])


def test_what_nobody_has_is_counted_and_missing_stays_missing_unless_it_is_set(shop, limits):
    people = shop.frame.assign(wine=[np.nan, *shop.frame["wine"][1:]], plan=[None, *shop.frame["plan"][1:]])
    most = shop.frame["wine"].max()
    far = changed(people, [Change("wine", "at_least", most + 1)], shop.controls, limits)
    assert (far.beyond["wine"], far.outside.sum(), far.missing["wine"]) == (len(people) - 3, len(people) - 3, 3)
    set_ = changed(people, [Change("wine", "set", 5.0), Change("plan", "set", "iron")], shop.controls, limits)
    assert (set_.missing["wine"], set_.frame["wine"].tolist()) == (0, [5.0] * len(people))
    assert set_.beyond["plan"] == len(people)
    minus = changed(people, [Change("wine", "set", -5.0)], shop.controls, limits)
    assert (minus.limited["wine"], set(minus.frame["wine"])) == (len(people), {0.0})
    assert people["wine"].isna().sum() == 3
    lacking = changed(people.drop(columns="fish"), [Change("fish", "add", 1.0)], shop.controls, limits)
    assert lacking.missing["fish"] == len(people)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"attribute": "wines", "how": "add", "value": 1}, "does not use an attribute 'wines'.*did you mean wine"),
        ({"attribute": "wine", "how": "add", "value": "much"}, "wine: 'much' is not a number"),
        ({"attribute": "wine", "how": "add", "value": float("nan")}, "wine: nan is not a number"),
        ({"attribute": "wine", "how": "add", "value": ""}, "wine: give the value"),
        ({"attribute": "plan", "how": "multiply", "value": 2}, "plan: 'multiply' does not fit a category"),
        ({"attribute": "joined_on", "how": "multiply", "value": 2}, "does not fit a date; what fits: set, add"),
        ({"attribute": "joined_on", "how": "set", "value": "soon"}, "joined_on: 'soon' is not a date"),
        ({"attribute": "first", "how": "set", "value": "maybe"}, "first: 'maybe' is neither yes nor no"),
        ({"attribute": "wine", "how": None, "value": 1}, "wine: None does not fit"),
    ],
)
def test_a_change_that_cannot_be_says_why(shop, asked, says):
    with pytest.raises(KindredError, match=says):
        parse_changes([asked], shop.controls)


def test_no_change_and_too_many_are_refused(shop):
    with pytest.raises(KindredError, match="nothing is changed yet"):
        parse_changes([], shop.controls)
    with pytest.raises(KindredError, match="21 changes"):
        parse_changes([{"attribute": "wine", "how": "add", "value": 1}] * 21, shop.controls)
