"""A segment keeps its identity when at least half of it is the same people."""

import pandas as pd

from segmentation.identity import NOWHERE, free_colour, matches, overlap, slugify


def match(before: pd.Series, after: pd.Series, k: int):
    return matches(overlap(before, after, k))


def labels_of(groups: dict[int, range]) -> pd.Series:
    return pd.Series({customer: label for label, people in groups.items() for customer in people})


def test_the_same_people_under_other_numbers_are_the_same_segments():
    before = labels_of({10: range(0, 50), 20: range(50, 100)})
    after = labels_of({1: range(0, 50), 0: range(50, 100)})
    assert [(m.identity_id, m.jaccard) for m in match(before, after, 2)] == [(20, 1.0), (10, 1.0)]


def test_half_shared_is_the_same_less_is_new_but_told():
    before = labels_of({10: range(0, 60), 20: range(60, 120)})
    after = labels_of({0: range(0, 90), 1: range(90, 120)})
    first, second = match(before, after, 2)
    assert (first.identity_id, round(first.jaccard, 3)) == (10, 0.667)
    assert (second.identity_id, second.jaccard) == (20, 0.5)
    third = match(before, labels_of({0: range(0, 95), 1: range(95, 120)}), 2)[1]
    assert (third.identity_id, third.candidate_id, round(third.jaccard, 3)) == (None, 20, 0.417)


def test_customers_only_one_of_them_knows_do_not_count():
    before = labels_of({10: range(0, 50)})
    after = labels_of({0: range(0, 5000)})
    assert match(before, after, 1)[0].jaccard == 1.0


def test_who_fell_out_of_a_segment_counts_against_it():
    """Of 100 a crowd keeps 40, the others are unassigned: not the same segment, though nobody went to another."""
    before = labels_of({10: range(0, 100), 20: range(100, 150)})
    after = labels_of({0: range(0, 40), NOWHERE: range(40, 100), 1: range(100, 150)})
    first, second = match(before, after, 2)
    assert (first.identity_id, first.candidate_id, first.jaccard) == (None, 10, 0.4)
    assert (second.identity_id, second.jaccard) == (20, 1.0)
    back = match(after.replace({0: 10, 1: 20}), before.replace({10: 0, 20: 1}), 2)
    assert (back[0].identity_id, back[0].jaccard) == (None, 0.4)  # as many came from nowhere


def test_customers_nobody_knew_match_nothing():
    assert match(labels_of({7: range(3)}), labels_of({0: range(10, 12)}), 1)[0].identity_id is None


def test_more_segments_than_before_leave_the_odd_one_new():
    before = labels_of({10: range(0, 100)})
    after = labels_of({0: range(0, 70), 1: range(70, 100)})
    assert [m.identity_id for m in match(before, after, 2)] == [10, None]


def test_an_identity_is_given_once():
    before = labels_of({10: range(0, 10), 20: range(10, 100)})
    after = labels_of({0: range(0, 50), 1: range(50, 100)})
    given = [m.identity_id for m in match(before, after, 2) if m.identity_id is not None]
    assert len(given) == len(set(given))


def test_slugs_are_free_and_plain():
    assert slugify("High spenders", {"high-spenders", "high-spenders-2"}) == "high-spenders-3"
    assert slugify("***") == "segment"
    assert len(slugify("a" * 200)) == 60


def test_colours_are_used_up_before_they_repeat():
    taken: list[int] = []
    for _ in range(12):
        taken.append(free_colour(taken))
    assert taken == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2]
