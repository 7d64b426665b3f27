"""Segments side by side: what a row of distances says, and what the whole says."""

import pytest

from segmentation.contrast import Cell, Contrast, contrasts, headline, most_alike
from segmentation.profiles import ProfileRow

NAMES = ["A", "B", "C", "D"]


def row(effects, *, name="visits", kind="number", customers=50):
    """Profile rows of everyone and of each segment of one attribute, with these distances."""

    def one(label, effect):
        return ProfileRow(
            label, name, name.capitalize(), kind, None, True, customers, 0, 10.0 + (effect or 0), 1.0, None, None,
            None, effect,
        )  # fmt: skip

    return {None: one(None, 0.0), **{at: one(at, effect) for at, effect in enumerate(effects)}}


def profiles(*attributes):
    found = {}
    for each in attributes:
        for segment, told in each.items():
            found.setdefault(segment, {})[told.attribute] = told
    return found


def readings(*attributes, names=NAMES):
    ids = list(range(len(names)))
    return {each.attribute: each.reading for each in contrasts(profiles(*attributes), ids, names, ids)}


@pytest.mark.parametrize(
    ("effects", "kind", "says"),
    [
        ([0.1, -0.1, 0.0, 0.0], "number", "Hardly differs"),
        ([0.0, 0.0, 0.0, 0.0], "number", "The same in all of them"),
        ([0.3, -0.1, -0.1, 0.0], "number", "Slightly higher in A"),
        ([0.0, -0.4, 0.1, 0.1], "flag", "Slightly rarer in B"),
        ([1.6, -0.3, -0.4, -0.5], "number", "High only in A"),
        ([0.4, 0.4, 0.5, -1.2], "date", "Early only in D"),
        ([1.2, 1.0, -0.7, -0.8], "number", "High in A and B"),
        ([1.2, 0.1, 0.0, -1.0], "flag", "Common in A, rare in D"),
        ([0.6, 0.3, 0.0, -0.3], "number", "From high to low by degrees: A first"),
    ],
)
def test_a_row_is_read_in_a_line(effects, kind, says):
    assert readings(row(effects, kind=kind)) == {"visits": says}


def test_rows_that_part_the_segments_alike_say_so_once():
    told = readings(
        row([1.2, 1.0, -0.7, -0.8], name="spend"),
        row([0.9, 1.0, -0.5, -0.8], name="buys"),
        row([-0.6, -0.7, 0.6, 0.6], name="children"),
    )
    assert told == {
        "spend": "High in A and B",
        "buys": "Same split as spend",
        "children": "The other way round from spend",
    }


def test_the_title_names_what_parts_most_and_what_parts_those_it_leaves_together():
    every = profiles(
        row([1.2, 1.0, -0.7, -0.8], name="spend"), row([1.6, -0.4, -0.3, -0.4], name="answers"), row([0.0] * 4)
    )
    rows = contrasts(every, range(4), NAMES, range(4))
    title, lede = headline(rows, range(4), [10, 30, 30, 30])
    assert title == "The segments differ most in spend, the two highest of them in answers"
    assert lede == "Visits tells no segment from everyone."
    assert headline(rows, range(4), [60, 10, 10, 10])[0].startswith("The segments differ most in answers")


def test_of_a_segment_under_ten_members_nothing_is_told():
    (told,) = contrasts(profiles(row([1.0, -1.0, 2.0])), range(3), NAMES, [0, 1])
    assert told.cells[2] == Cell()
    assert told.spread() == 2.0
    assert told.reading == "High only in A"


def test_a_category_is_told_by_the_level_that_differs_most():
    def levels(oslo, bergen):
        n = oslo + bergen
        told = [("Oslo", oslo), ("Bergen", bergen)]
        return [{"level": name, "customers": count, "share": count / n, "lift": 1.0} for name, count in told]

    def one(label, *counts):
        return ProfileRow(label, "city", "City", "category", None, False, sum(counts), 0, None, None, None, None,
                          levels(*counts), 0.5)  # fmt: skip

    every = profiles({None: one(None, 50, 50), 0: one(0, 40, 10), 1: one(1, 10, 40)})
    (told,) = contrasts(every, range(2), NAMES[:2], range(2))
    assert (told.full_label, told.population) == ("City: Oslo", 0.5)
    assert [round(cell.effect, 6) for cell in told.cells] == [0.6, -0.6]
    assert [cell.value for cell in told.cells] == [0.8, 0.2]


def test_the_most_alike_are_the_nearest_in_what_formed_them():
    every = profiles(row([1.0, 0.9, -1.0]))
    assert most_alike(every, range(3), range(3)) == (0, 1)
    assert most_alike(every, range(3), [2]) == (2,)


def test_a_row_without_distances_has_no_spread():
    empty = Contrast("a", "A", "number", None, True, None, None, (Cell(), Cell()))
    assert (empty.spread(), empty.strongest) == (0.0, 0.0)
