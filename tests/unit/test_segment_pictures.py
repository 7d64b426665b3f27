"""The numbers in the pictures of segments, and what the components make of edge cases."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from plotly.utils import PlotlyJSONEncoder
from unfolding import unfolded

from dashboard import components as c
from dashboard.cards import overview as overview_cards
from dashboard.cards import segment as segment_cards
from dashboard.cards import segment_trust
from dashboard.cards import segments as list_cards
from dashboard.cards.explanation import rule_title
from dashboard.figures.profile import distribution_figure, dot_plot, lift_plot
from dashboard.figures.thumbnail import thinned, thumbnail_figure
from dashboard.theme import segment_colour
from segmentation.criteria import Criterion, Standing
from segmentation.findings import Finding
from segmentation.portrait_pictures import Distribution, LevelLift
from segmentation.portraits import Distinction
from segmentation.rules import Condition, Rule
from segmentation.segment_views import SegmentSummary
from tests.unit.drawn import drawn as drawn_figure

TOLD = Distribution(
    "income", "Income", None, [0, 10, 20, 40], [1, 2, 1], [6, 3, 1], 0, 0, 4, 10, 15.0, 8.0, "Half of them"
)


def summary(n=1, **changes):
    facts = {
        "id": n, "slug": f"s{n}", "name": f"Segment {n}", "auto_name": f"Segment {n}", "colour": n, "position": n,
        "customers": 50, "share": 0.5, "value": 100.0, "value_share": 0.5, "value_per_customer": 2.0, "borderline": 0,
        "stability": None, "description": "", "top_features": [],
    }  # fmt: skip
    return SegmentSummary(**(facts | changes))


def html_of(component):
    return json.dumps(unfolded(json.loads(json.dumps(component, cls=PlotlyJSONEncoder))), ensure_ascii=False)


def test_the_distribution_draws_shares_of_members_and_of_everyone():
    bars, line = drawn_figure(distribution_figure("light", TOLD, 2)).data
    assert np.allclose(bars.y, [0.25, 0.5, 0.25])
    assert np.allclose(bars.x, [5, 15, 30])
    assert np.allclose(line.y, [0.6, 0.3, 0.1, 0.1])
    assert bars.marker.color == segment_colour(2)


def test_the_distribution_marks_the_median_of_the_members():
    drawn = drawn_figure(distribution_figure("dark", TOLD, 1))
    assert drawn.layout.shapes[0].x0 == 15
    assert "15" in drawn.layout.annotations[0].text


def test_a_segment_without_values_draws_no_bars_and_does_not_fail():
    empty = Distribution("x", "X", None, [0, 1], [0], [0], 0, 0, 0, 0, 0.0, 0.0, "")
    assert list(drawn_figure(distribution_figure("light", empty, 1)).data[0].y) == [0]


def test_dots_lie_where_their_distance_says():
    features = [
        Distinction("a", "A", "number", None, True, 5.0, 4.0, 1.0, None, 4.5, 0.0),
        Distinction("b", "B", "flag", None, True, 0.5, 0.75, -1.0, None, None, None),
    ]
    drawn = html_of(dot_plot(features, 1, 2))
    assert "1 sd above" in drawn
    # scale from -1.15 to 1.30: everyone at 46.94%, +1 sd at 87.76%, -1 sd at 6.12%
    for place in ("46.94%", "87.76%", "6.12%"):
        assert place in drawn
    assert "50%" in drawn  # a flag's mean is a share
    assert "+1.0 standard deviations" in drawn


def test_the_words_of_a_wide_scale_keep_apart():
    far = Distinction("a", "A", "number", None, True, 5.0, 4.0, 4.0)
    drawn = html_of(dot_plot([far], 1, None))
    assert "2 sd above" in drawn
    assert "1 sd above" not in drawn


def test_lifts_lie_on_a_scale_of_doublings_and_nobody_is_at_its_end():
    lifts = [
        LevelLift("a", "A", "x", "twice as often", 20, 0.4, 0.2, 2.0),
        LevelLift("a", "A", "y", "never", 0, 0.0, 0.2, 0.0),
    ]
    drawn = html_of(lift_plot(lifts, 3))
    assert "×2.00" in drawn
    assert "×0.00" in drawn
    assert '"--x": "0.00%"' in drawn


def test_the_thumbnail_has_one_trace_per_segment_in_its_colour():
    points = pd.DataFrame({"segment_slug": ["s1"] * 3 + ["s2"], "x": [0.0, 1, 2, 3], "y": [0.0, 1, 2, 3], "z": 0.0})
    component = {"explained": 0.5, "loadings": [{"more": "higher income", "less": "lower income", "weight": -0.9}]}
    drawn = drawn_figure(
        thumbnail_figure("light", points, [summary(1), summary(2), summary(3)], [component, component])
    )
    assert [len(trace.x) for trace in drawn.data] == [3, 1, 0]
    assert [trace.marker.color for trace in drawn.data] == [segment_colour(i) for i in (1, 2, 3)]
    ends = [note.text for note in drawn.layout.annotations[2:4]]
    assert ends == ["higher income", "lower income"]  # less and more, as the weight is negative


def test_thinning_keeps_every_segment():
    points = pd.DataFrame({"segment_slug": ["big"] * 10_000 + ["small"], "x": 0.0})
    kept = thinned(points)
    assert len(kept) <= 460
    assert set(kept["segment_slug"]) == {"big", "small"}


@pytest.mark.parametrize(
    ("shares", "values", "title"),
    [
        ([0.4, 0.6], [0.8, 0.2], "Spending sits with one segment, customers with the other one"),
        ([0.7, 0.3], [0.9, 0.1], "One segment brings more than an even share of spending"),
        ([0.5, 0.5], [None, None], "Segment 1 are the largest segment, 50% of customers"),
    ],
)
def test_the_title_says_where_the_spending_is(shares, values, title):
    segments = [summary(i + 1, share=s, value_share=v) for i, (s, v) in enumerate(zip(shares, values, strict=True))]
    assert overview_cards._where(segments, values[0] is not None) == title


def test_a_dataset_without_value_shows_no_spending_anywhere():
    segments = [summary(1, value=None, value_share=None, value_per_customer=None), summary(2, value_per_customer=None)]
    drawn = html_of(list_cards.list_card("mall", segments)) + html_of(list_cards.head("mall", segments, []))
    assert "pending" not in drawn


def test_what_is_close_to_everyone_is_not_called_different():
    near = Distinction("a", "A", "number", None, True, 5.0, 4.9, 0.1)
    assert segment_cards.difference([near]) == "Close to everyone in everything"
    assert list_cards.stands_out([near]) == "Much like everyone"


def test_a_table_names_its_rows_and_says_which_columns_are_figures():
    drawn = c.table([c.Column("Name"), c.Column("Size", True), c.Column("")], [["a", "1", "x"]])
    head, body = re.findall("<tr.*?</tr>", drawn.to_plotly_json()["props"]["data-k-html"])
    assert re.findall("<t[hd]", head) == ["<th", "<th", "<td"]
    assert re.findall("<t[hd]", body) == ["<th", "<td", "<td"]
    assert '<td class="k-num">1</td>' in body


def test_a_table_refuses_rows_of_another_length():
    with pytest.raises(ValueError, match="zip"):
        c.table([c.Column("a"), c.Column("b")], [["only one"]])


def test_a_card_offers_its_data_only_where_there_is_some():
    assert "show-data" not in html_of(c.card("A finding", "body"))
    with_data = html_of(c.card("A finding", "body", data=c.data_of(["x", "y"], [["1", "2"]])))
    assert "show-data" in with_data
    assert "Show the data behind: A finding" in with_data


def standing_of(why_not=None, unreal=None, stability=0.9, reality="the groups are real"):
    standing = Standing([], None, why_not, unreal)
    model = SimpleNamespace(reality={"verdict": "groups"})
    return SimpleNamespace(
        summary=summary(borderline=1, stability=stability), neighbour=None, reality=reality, in_use="",
        standing=standing, model=model,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "title", "badge"),
    [
        ({}, "Real and stable", "ready for a play"),
        ({"why_not": "it is too small"}, "Real and stable, but too small to act on", "not ready"),
        ({"why_not": "x", "stability": 0.5}, "Real groups, but this one does not come back", "not ready"),
        # real is another number of segments than the one in use
        (
            {"why_not": "x", "unreal": "the three segments in use separate no better"},
            "A useful way to divide",
            "not ready",
        ),
    ],
)
def test_the_verdict_says_no_more_than_what_was_checked(given, title, badge):
    card = html_of(segment_trust.standing_card("shop", standing_of(**given)))
    assert f'"{title}"' in card
    assert badge in card
    assert "98% of the members are not on a border" in card
    note = segment_trust.gate_note("shop", standing_of(**given))
    assert (note is None) == (badge == "ready for a play")


def test_the_five_tests_show_number_threshold_and_word():
    tests = [
        Criterion("measurable", True, "yes", 0.0, 0.1, "Two inputs, filled for every member."),
        Criterion("accessible", None, "not known", None, 0.5, "Not known: no channel or consent column."),
        Criterion("actionable", False, "not yet", 0.0, 1.0, "There is no play for it yet."),
    ]
    detail = standing_of()
    detail.standing.criteria.extend(tests)
    card = html_of(segment_trust.tests_card(detail))
    assert "One of five tests passed" in card
    for text in ("Needed: at most 10% missing", "not known", "Not known: no channel or consent column."):
        assert text in card


@pytest.mark.parametrize(
    ("coverage", "exclusivity", "title"),
    [
        (0.96, 0.91, "One rule finds almost all of them"),
        (0.83, 0.85, "One rule finds 83% of them"),
        (0.6, 0.95, "One rule finds only 60% of them"),
        (0.95, 0.6, "One rule finds almost all of them, but 40% of those found are others"),
    ],
)
def test_the_title_of_a_rule_is_what_it_is_worth(coverage, exclusivity, title):
    rule = Rule(0, ((Condition("age", "Age", "number", under=38),),), coverage, exclusivity, 50, 40, 200)
    assert rule_title(rule) == title


def test_the_trust_card_tells_where_the_segments_in_use_fall_short():
    found = {"verdict": "groups", "score": 0.33, "null_mean": 0.31}
    real = Finding("real", "ok", "The groups are real", "Tested.")
    for silhouette, title, text in [
        (0.27, "Read these segments with care", "Tested. Your three segments separate at 0.27, no better than the"),
        (0.33, "You can build on these segments", '"Tested."'),
    ]:
        model = SimpleNamespace(reality=found, k=3, metrics={"silhouette": silhouette})
        card = html_of(overview_cards.trust_card(SimpleNamespace(slug="shop", trust=[real], findings=[], model=model)))
        assert title in card
        assert text in card
