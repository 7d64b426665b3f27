"""The numbers in the pictures of segments, and what the components make of edge cases."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard import components as c
from dashboard.cards import overview as overview_cards
from dashboard.cards import segment as segment_cards
from dashboard.cards import segments as list_cards
from dashboard.figures.profile import distribution_figure, dot_plot, lift_plot
from dashboard.figures.thumbnail import thinned, thumbnail_figure
from dashboard.theme import segment_colour
from segmentation.findings import Finding
from segmentation.portrait_pictures import Distribution, LevelLift
from segmentation.portraits import Distinction
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
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


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
    drawn = html_of(list_cards.list_card("mall", segments)) + html_of(list_cards.head("mall", segments))
    assert "pending" not in drawn


def test_what_is_close_to_everyone_is_not_called_different():
    near = Distinction("a", "A", "number", None, True, 5.0, 4.9, 0.1)
    assert segment_cards.difference([near]) == "Close to everyone in everything"
    assert list_cards.stands_out([near]) == "Much like everyone"


def test_a_table_names_its_rows_and_says_which_columns_are_figures():
    drawn = c.table([c.Column("Name"), c.Column("Size", True), c.Column("")], [["a", "1", "x"]])
    head, body = drawn.children.children
    assert [type(cell).__name__ for cell in head.children.children] == ["Th", "Th", "Td"]
    assert [type(cell).__name__ for cell in body.children[0].children] == ["Th", "Td", "Td"]
    assert body.children[0].children[1].className == "k-num"


def test_a_table_refuses_rows_of_another_length():
    with pytest.raises(ValueError, match="zip"):
        c.table([c.Column("a"), c.Column("b")], [["only one"]])


def test_a_card_offers_its_data_only_where_there_is_some():
    assert "show-data" not in html_of(c.card("A finding", "body"))
    with_data = html_of(c.card("A finding", "body", data=c.data_of(["x", "y"], [["1", "2"]])))
    assert "show-data" in with_data
    assert "Show the data behind: A finding" in with_data


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (["borderline", "borderline"], "Members on a border"),
        (["borderline", "leaning"], "Members closest to a border"),
    ],
)
def test_the_border_list_claims_a_border_only_for_borderline_members(words, title):
    rows = pd.DataFrame({"customer_key": ["a", "b"], "word": words, "percentile": [0, 1], "runner_up": ["B"] * 2})
    members = SimpleNamespace(columns=[], rows=rows)
    text = html_of(segment_cards.members_card("Members on a border", "Almost", members, next_closest=True))
    assert f'"{title}"' in text
    assert ("closest to" in text) == ("closest to" in title)


def test_the_standing_says_what_was_counted():
    detail = SimpleNamespace(summary=summary(borderline=1), neighbour=None, reality="not checked")
    assert "98% of the members are not on a border" in html_of(segment_cards.standing_card("shop", detail))


def test_the_trust_card_tells_where_the_segments_in_use_fall_short():
    found = {"verdict": "groups", "score": 0.33, "null_mean": 0.31}
    real = Finding("real", "ok", "The groups are real", "Tested.")
    for silhouette, title, text in [
        (0.27, "Read these segments with care", "Tested. Your three segments separate at 0.27, no better than the"),
        (0.33, "You can build on these segments", '"Tested."'),
    ]:
        model = SimpleNamespace(reality=found, k=3, silhouette=silhouette)
        card = html_of(overview_cards.trust_card(SimpleNamespace(slug="shop", trust=[real], findings=[], model=model)))
        assert title in card
        assert text in card
