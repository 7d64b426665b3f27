"""What the pages say of the checks: the numbers in the picture, and words for every outcome."""

import json
from types import SimpleNamespace

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard.cards.checks import checked_words, reality_card, stability_card
from dashboard.cards.models import models_head, selection_card, selection_title
from dashboard.figures.checks import reality_figure
from segmentation.segment_views import SegmentSummary
from segmentation.trust import reality_finding, stability_finding, verdict_words

REALITY = {
    "verdict": "groups", "z": 3.8, "score": 0.37, "null_mean": 0.35, "null_sd": 0.005, "needed": 3.0, "columns": [],
    "nulls": [0.35, 0.34, 0.36, 0.35], "rows": 2000,
}  # fmt: skip
STEADY = {"segments": [0.97, 0.49], "ari": 0.83, "weakest": 0.49, "refits": 50, "rows": 2240}


def segment(name, stability):
    return {"name": name, "slug": name.lower(), "colour": 1, "size": 9, "stability": stability}


def model(reality=REALITY, stability=STEADY):
    segments = [segment("Buyers", 0.97), segment("Savers", 0.49)]
    standing = [SimpleNamespace(**each) for each in segments]
    return SimpleNamespace(
        algorithm="kmeans",
        reality_check=reality, stability=stability, segments=segments, seed=42,
        trust=[
            reality_finding(reality, {"spend": "Spending"}, 2, {"silhouette": 0.37}),
            stability_finding(standing, stability),
        ],
    )  # fmt: skip


def html_of(component):
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_every_copy_is_an_open_dot_and_the_customers_a_filled_one():
    copies, own = reality_figure("light", REALITY)["data"]
    assert copies["x"] == [0.34, 0.35, 0.35, 0.36]
    assert copies["y"] == [0, 0, 1, 0]  # equal ones are stacked
    assert (own["x"], own["text"]) == ([0.37], ["0.37"])


def test_the_cards_tell_the_figures():
    text = html_of(reality_card("light", model()))
    assert "The groups are real" in text
    assert "2,000 customers compared, seed 42" in text
    text = html_of(stability_card(model()))
    assert "segments does not come back" in text
    assert text.count("under 75%") == 1
    assert "97.0%" in text
    assert "over 50 refits" in text


def test_what_was_not_checked_is_said():
    unchecked = model(reality=None, stability=None)
    assert "was not checked" in html_of(reality_card("dark", unchecked))
    assert "was not checked" in html_of(stability_card(unchecked))
    assert checked_words(unchecked) == ""


@pytest.mark.parametrize(
    ("changes", "title", "words"),
    [
        ({}, "The groups are real", "the groups are real"),
        ({"verdict": "split", "z": 1.2, "columns": ["spend"]}, "A split in spending, not groups",
         "a split, not groups"),
        ({"verdict": "split", "z": -1.2, "columns": ["first_component"]},
         "A split in the numbers taken together, not groups", "a split, not groups"),
        ({"verdict": "none", "z": 2.4}, "A weak hint of groups, no more", "a weak hint of groups"),
        ({"verdict": "none", "z": 0.1}, "A way to divide, not groups found", "no groups found"),
        ({"verdict": "none", "z": None, "score": None}, "A way to divide, not groups found", "no groups found"),
    ],
)  # fmt: skip
def test_every_verdict_has_its_words(changes, title, words):
    found = {**REALITY, **changes}
    told = reality_finding(found, {"spend": "Spending"}, 2, {"silhouette": 0.37})
    assert told.title == title
    assert (told.level == "ok") == (found["verdict"] == "groups")
    assert "needed 3" in told.text or found["z"] is None
    assert verdict_words(found) == words


def test_a_segment_says_its_stability_in_words():
    facts = dict.fromkeys(SegmentSummary.__dataclass_fields__, 0)
    facts |= {"stability": 0.7, "top_features": []}
    assert SegmentSummary(**facts).as_json(1)["stability_word"] == "a pattern with doubtful members"


@pytest.mark.parametrize(
    ("silhouette", "title", "added"),
    [
        (0.37, "Two segments, real and stable", ""),
        (0.30, "Two segments that touch", "Your two segments separate at 0.30, no better than the copies."),
    ],
)
def test_the_heading_calls_real_only_what_stands_above_the_copies(silhouette, title, added):
    used = model(stability={**STEADY, "weakest": 0.94})
    used.champion, used.k, used.metrics = True, 2, {"silhouette": silhouette}
    text = html_of(models_head([used], "shop", used.trust))
    assert title in text
    assert added in text
    assert "between" not in text
    assert ("no better" in text) == bool(added)


def test_nearly_all_is_not_at_least_over():
    told = stability_finding([SimpleNamespace(name="A", stability=0.995)], {"refits": 50})
    assert told.text == "Over 50 refits every segment finds over 99% of itself again on average."


@pytest.mark.parametrize(
    ("recommended", "title", "caption"),
    [
        (4, "Four is the recommended number of segments", "The middle rank over the criteria decides"),
        (None, "Four segments, as asked", "The number in use was asked for"),
    ],
)
def test_a_number_asked_for_is_not_said_to_be_decided_by_the_criteria(recommended, title, caption):
    rows = [{"k": k, "silhouette": 0.3, "smallest_share": 0.2, "recommended": k == recommended} for k in (3, 4)]
    used = SimpleNamespace(k=4, selection=rows, algorithm="kmeans", parameters={})
    assert selection_title(used) == title
    assert caption in html_of(selection_card(used))
