"""The story of a new version: thresholds, and that the clusterer's numbers play no part in it."""

import numpy as np
import pandas as pd
import pytest

from segmentation import story
from segmentation.identity import matches, overlap
from segmentation.story import Segment


def shuffled(rng: np.random.Generator, counts: list[list[int]]) -> tuple[pd.Series, pd.Series]:
    """Customers with identity 10, 11, ... (columns) and label (rows), in random order."""
    table = np.array(counts)
    pairs = [(label, 10 + column) for (label, column), n in np.ndenumerate(table) for _ in range(n)]
    order = rng.permutation(len(pairs))
    found = np.array(pairs)[order]
    index = pd.Index(np.arange(len(pairs)) * 3 + 5, name="customer_id")
    return pd.Series(found[:, 1], index), pd.Series(found[:, 0], index)


def told(counts: list[list[int]]) -> list[dict]:
    before, after = shuffled(np.random.default_rng(1), counts)
    shared = overlap(before, after, len(counts))
    return story.figures(shared, matches(shared), 1)


def events(counts: list[list[int]]) -> list[str]:
    return [entry["kind"] for entry in told(counts)[1 + len(counts) :]]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([[70], [30]], ["split"]),
        ([[76], [24]], []),  # the smaller part is under a quarter
        ([[45, 0], [30, 40], [25, 300]], ["gone"]),  # parts that are mostly somebody else's are no split
        ([[40], [30], [30]], ["split", "gone"]),  # in three, none of them sure to be the old one
        ([[60, 60]], ["merged", "gone"]),
        ([[60, 25], [0, 100]], []),  # one of them lives on elsewhere
        ([[60, 0], [0, 60]], []),
    ],
)
def test_thresholds_of_splits_and_merges(counts, expected):
    assert events(counts) == expected


def test_the_figures_add_up():
    first, *rest = told([[60, 20, 0], [0, 40, 0], [0, 0, 30]])
    assert (first["customers"], first["identities"]) == (150, [10, 11, 12])
    assert first["counts"] == [[60, 20, 0], [0, 40, 0], [0, 0, 30]]
    assert [(entry["kind"], round(entry["jaccard"], 3)) for entry in rest[:3]] == [
        ("same", 0.75), ("same", 0.667), ("same", 1.0)
    ]  # fmt: skip
    flows = rest[0]["from"]
    assert [(flow["identity"], flow["share"], round(flow["of_other"], 3)) for flow in flows] == [
        (10, 0.75, 1.0), (11, 0.25, 0.333)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_permuting_the_labels_changes_no_identity_and_no_sentence(seed):
    """Ties included: half of a segment in each of two new ones goes to the half with the first customer."""
    rng = np.random.default_rng(seed)
    k, old = rng.integers(1, 7, 2)
    counts = rng.integers(0, 4, (k, old)) * 20 * rng.integers(0, 2, (k, old))
    counts[0, 0] += 20
    before, after = shuffled(rng, counts.tolist())
    renumbered = rng.permutation(k)
    other = pd.Series(renumbered[after.to_numpy()], after.index)
    names = {10 + i: Segment(f"Old {i}", f"old-{i}", 1) for i in range(old)}

    def sentences(labels: pd.Series, number: np.ndarray) -> list[tuple]:
        shared = overlap(before, labels, k, list(names))
        found = matches(shared)
        now = {int(number[label]): Segment(f"New {label}", f"new-{label}", 1) for label in range(k)}
        shown = story.sentences(story.figures(shared, found, 1), now, names)
        return sorted((each.kind, each.title, sorted(s.name for s in each.about)) for each in shown)

    assert sentences(after, np.arange(k)) == sentences(other, renumbered)


def test_who_is_asked_about_is_not_also_told_to_be_gone():
    now = {0: Segment("Savers", "savers", 1), 1: Segment("Spenders", "spenders", 2)}
    before = {10: Segment("Regulars", "regulars", 3), 11: Segment("Rare guests", "rare-guests", 4)}
    figures = told([[40, 30], [60, 260]])
    asked, *_ = shown = story.sentences(figures, now, before)
    assert [each.kind for each in shown] == ["doubtful", "same"]
    assert asked.title == "Are “Savers” the segment you knew as “Regulars”?"
    assert asked.text == (
        "40% of “Regulars” are in it, and they are 57% of its members "
        "(overlap 0.31; from 0.50 on Kindred is sure)."
    )  # fmt: skip
    asked_about = next(entry for entry in figures if entry["kind"] == "doubtful")
    asked_about["answer"] = {"same": False, "by": "ana", "at": "2026-01-01T00:00:00+00:00"}
    refused = story.sentences(figures, now, before)
    assert [each.kind for each in refused] == ["new", "gone", "same"]
    assert refused[1].title == "Regulars are no segment any more"
    assert refused[1].text == "Of its members 60% are now in “Spenders” and 40% are now in “Savers”."
