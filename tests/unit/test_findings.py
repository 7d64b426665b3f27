"""What the overview says, for data with and without value, even and uneven."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from segmentation.findings import findings, headline, next_step, silhouette_word


@dataclass(frozen=True)
class Summary:
    name: str
    customers: int
    share: float
    value_share: float | None = None
    value_per_customer: float | None = None
    borderline: int = 0
    description: str = "people"

    @property
    def slug(self) -> str:
        return self.name.lower()


MOCK_UP = [
    Summary("Responsive high spenders", 427, 0.191, 0.424, 1349.0, 10),
    Summary("Quiet high spenders", 582, 0.260, 0.437, 1020.0, 20),
    Summary("Long-standing light buyers", 564, 0.252, 0.065, 156.0, 56),
    Summary("Recent light buyers", 667, 0.298, 0.073, 149.0, 45),
]
STALE = datetime(2024, 5, 1, tzinfo=UTC)


def test_the_mock_ups_title_follows_from_its_figures():
    title, lede = headline(MOCK_UP)
    assert title == "45% of customers bring 86% of spending"
    assert lede == (
        "Two of four segments bring it: “Responsive high spenders” and “Quiet high spenders”. "
        "“Recent light buyers”, 30% of customers, bring 7%. Most spending: “Quiet high spenders”, 43.7%."
    )


def test_the_order_the_segments_come_in_changes_no_title():
    assert headline(MOCK_UP[::-1]) == headline(MOCK_UP)


@pytest.mark.parametrize(
    "segments",
    [
        [Summary("Young", 60, 0.6), Summary("Older", 40, 0.4)],  # no value at all
        [Summary("Young", 60, 0.6, 0.58, 9.7), Summary("Older", 40, 0.4, 0.42, 10.5)],  # value spread evenly
        [Summary("Young", 60, 0.6, None, 0.0), Summary("Older", 40, 0.4, None, 0.0)],  # nobody spent anything
    ],
)
def test_without_uneven_value_the_largest_segment_is_the_title(segments):
    assert headline(segments) == ("60% of customers are “Young”, the largest of two segments", "people")


def test_one_segment_holds_everyone():
    assert headline([Summary("All", 9, 1.0, 1.0, 5.0)])[0] == "Everyone is in one segment"


def test_findings_come_most_urgent_first():
    small = [*MOCK_UP, Summary("Few", 12, 0.005, 0.0, 1.0)]
    found = findings(small, total=2252, borderline=131, silhouette=0.342, stale=STALE)
    assert [finding.about for finding in found] == ["stale", "small", "separation", "border"]
    assert found[1].text == "12 customers, under 1% of all: too few for most campaigns."
    assert found[2].text == (
        "Separation is fair (0.34): they lie close together, but only 131 customers (5.8%) sit right on a border."
    )
    assert found[3].title == "131 customers sit on a border"
    assert "56 of them are in “Long-standing light buyers”" in found[3].text


def test_nothing_to_find_is_nothing_said():
    assert findings(MOCK_UP, total=2240, borderline=0, silhouette=None, stale=None) == []


@pytest.mark.parametrize(
    ("silhouette", "title"),
    [(0.1, "They overlap"), (0.4, "They touch"), (0.6, "They stand apart"), (0.8, "They stand far apart")],
)
def test_separation_is_told_in_words(silhouette, title):
    (finding,) = findings(MOCK_UP, total=2240, borderline=0, silhouette=silhouette, stale=None)
    assert finding.title == title
    assert (finding.level == "ok") == (silhouette > 0.5)
    assert silhouette_word(silhouette) in finding.text


@pytest.mark.parametrize(
    ("silhouette", "borderline", "told"),
    [
        (0.24, 0, "close together, but nobody sits right on a border."),
        (0.24, 1, "close together, but only 1 customer (0.1%) sits right on a border."),
        (0.24, 300, "close together, and 300 customers (30.0%) sit right on a border."),
        (0.60, 300, "apart, but 300 customers (30.0%) sit right on a border."),
        (0.60, 10, "apart, and only 10 customers (1.0%) sit right on a border."),
    ],
)
def test_what_is_said_of_overlap_follows_from_the_counted_border(silhouette, borderline, told):
    total = 1000
    found = findings(MOCK_UP, total=total, borderline=borderline, silhouette=silhouette, stale=None)
    assert found[0].text.endswith(f"they lie {told}")


def test_one_step_is_next():
    assert next_step([], stored=0, stale=None).action == "import"
    assert next_step([], stored=9, stale=None).action == "train"
    assert next_step(MOCK_UP, stored=9, stale=STALE).action == "score"
    step = next_step(MOCK_UP, stored=9, stale=None)
    assert (step.action, step.label, step.slug) == (
        "segment",
        "Look at quiet high spenders",
        "quiet high spenders",
    )
