"""Fields of a play: what may be written, and two people's changes brought together."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.errors import KindredError
from segmentation.expected_value import ASSUMPTIONS, expected
from segmentation.plays import FIELDS, checked, difference, empty, merge, rewound

SOME = ("objective", "owner", "offer", "response")
plays = st.fixed_dictionaries({name: st.sampled_from(["", "x", "y", "z"]) for name in SOME}).map(
    lambda some: empty() | some
)


@pytest.mark.parametrize(
    ("given_", "why"),
    [
        ({}, "needs an objective"),
        ({"objective": "x" * 501}, "501 characters are too many"),
        ({"objective": "a\u202eb"}, r"U\+202E"),
        ({"owner": "x" * 81}, "owner: 81 characters"),
        ({"budget": -1}, "budget: -1 is not between 0"),
        ({"budget": "nan"}, "is not between 0"),
        ({"budget": "lots"}, "'lots' is no number"),
        ({"due": "2026-02-30"}, "due: '2026-02-30' is no date"),
        ({"status": "paused"}, "'paused' is none of draft, planned, running, ended"),
        ({"risk": "huge"}, "none of low, medium, high"),
        ({"response": 1.2}, "120% is more than everyone"),
        ({"people": 10.5}, "no whole number of people"),
        ({"colour": 1}, "no field colour"),
        ({"budget": -1, "due": "soon"}, "budget: .*; due: "),
    ],
)
def test_what_cannot_be_kept_is_refused_with_every_reason(given_, why):
    with pytest.raises(KindredError, match=why):
        checked({"objective": "Win back"} | given_ if given_ else {})


@given(plays, plays, plays)
def test_a_merge_keeps_both_changes_or_tells_the_conflict(base, mine, theirs):
    merged, conflicts = merge(base, mine, theirs)
    doubtful = {each.field: (each.mine, each.theirs) for each in conflicts}
    for name in FIELDS:
        changed = (mine[name] != base[name], theirs[name] != base[name])
        if all(changed) and mine[name] != theirs[name]:
            assert doubtful[name] == (mine[name], theirs[name])
        else:
            assert name not in doubtful
            assert merged[name] == (mine[name] if changed[0] else theirs[name])
    assert {each.field for each in merge(base, theirs, mine)[1]} == set(doubtful)
    assert merge(base, mine, theirs, seen=theirs)[1] == []  # what was shown may be overruled


@given(st.lists(plays, min_size=2, max_size=5))
def test_changes_taken_back_one_by_one_lead_to_every_earlier_play(states):
    undone = [difference(before, after)[0] for before, after in pairwise(states)][::-1]
    for back, state in enumerate(reversed(states)):
        assert rewound(states[-1], undone[:back]) == state


def test_what_is_expected_is_the_formula_and_nothing_is_made_up():
    typed = {"people": 500, "reach": 0.5, "response": 0.1, "value": 100.0, "margin": 0.3, "cost": 2.0, "fixed": 50.0}
    told = expected(typed)
    assert told.gain == pytest.approx(500 * 0.5 * (0.1 * 100 * 0.3 - 2) - 50)
    assert expected(typed | {"response": told.break_even}).gain == pytest.approx(0)
    for name in ASSUMPTIONS:
        without = expected(typed | {name: None})
        assert (without.missing, without.gain) == ([name], None)
    assert expected({}).missing == list(ASSUMPTIONS)
    assert expected(typed | {"margin": 0.0}).break_even is None
