"""What the list of segments is made of."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.cards.verdict import verdict_line
from dashboard.datasets import address
from dashboard.figures.profile import shown
from dashboard.formatting import counted, in_words, number, percent, sentence, statistic
from segmentation.findings import Finding

TELLING = 8  # attributes in the card that says what sets the segments apart
NOTICEABLE = 0.2  # sd; what lies closer to everyone is not worth a word


def segment_address(dataset: str, segment: str) -> str:
    """The page of a segment.

    >>> segment_address("mall", "high-scorers")
    '/segments/high-scorers?dataset=mall'
    """
    return address(f"/segments/{segment}", dataset)


def without_unassigned(segments: Sequence[Any]) -> list[Any]:
    """The segments without Unassigned, whose colour is 0: what may be said of segments is said of these."""
    return [segment for segment in segments if segment.colour]


def head(dataset: str, segments: Sequence[Any], trust: Sequence[Finding]) -> Any:
    """How far they carry, how many there are and how even."""
    everyone, segments = segments, without_unassigned(segments) or segments
    n = len(segments)
    trail, above = [("Segments", None)], verdict_line(trust)
    if n == 1:
        return c.page_head("One segment holds everyone", segments[0].description, trail=trail, above=above)
    shares = [segment.share for segment in segments]
    low, high = percent(min(shares), 0), percent(max(shares), 0)
    title = f"{sentence(in_words(n))} segments of about {low} each" if low == high else (
        f"{sentence(in_words(n))} segments, from {low} to {high} of customers"
    )  # fmt: skip
    lede = "Highest spending per customer first, in the same order and colour on every page."
    if all(segment.value_per_customer is None for segment in segments):
        lede = "In the same order and colour on every page."
    if nobody := sum(segment.customers for segment in everyone if not segment.colour):
        lede += f" {sentence(counted(nobody, 'customer'))} {'is' if nobody == 1 else 'are'} in none."
    report = html.A("Report to print", href=f"/report/{dataset}", target="_blank", rel="noopener",
                    className="btn btn-outline-secondary")  # fmt: skip
    on_map = c.link_button("See them on the map", address("/map", dataset), icon_name="map")
    compare = c.link_button("Compare them", address("/segments/compare", dataset), primary=True)
    return c.page_head(title, lede, [report, on_map, compare], trail=trail, above=above)


def list_card(dataset: str, segments: Sequence[Any]) -> html.Section:
    """Every segment with its size, value and what tells it from everyone."""
    valued = any(segment.value_per_customer is not None for segment in segments)
    largest = max(segment.share for segment in segments)
    columns = [
        c.Column("Segment"),
        c.Column("What stands out", wide=True),
        c.Column("Share of customers", small="customers", wide=True),
    ]
    columns += [
        c.Column(c.term("spending", "Share of spending"), True, small="spending"),
        c.Column(c.term("per_customer"), True, small="each"),
    ] * valued
    columns += [c.Column("Customers", True, hide_on_phone=True), c.Column(c.term("border"), True, hide_on_phone=True)]
    rows = []
    for each in segments:
        cells: list[Any] = [
            c.segment_chip(each.name, each.colour, segment_address(dataset, each.slug)),
            html.Div(stands_out(each.top_features) if each.colour else each.description, className="k-muted k-small"),
            c.share_bar(each.share, largest, each.colour),
        ]
        cells += [percent(each.value_share), number(each.value_per_customer)] * valued
        cells += [number(each.customers), percent(each.borderline / each.customers) if each.customers else "0.0%"]
        rows.append(cells)
    return c.card(
        _least_settled(segments),
        c.table(columns, rows, hover=True, stacked=True, caption="Segments"),
        caption="What stands out: the averages furthest from everyone’s. On a border: almost as close to a second "
        "segment.",
        data_is_body=True,
    )


def effects_card(found: Sequence[Any]) -> html.Section:
    """What sets the segments apart, the most telling attribute first."""
    told = sorted(found, key=lambda each: (-each.value, each.attribute))[:TELLING]
    columns = [c.Column("Attribute"), c.Column(c.term("set_apart"), wide=True), c.Column("Effect")]
    rows = [
        [
            each.label,
            html.Div([html.I(style={"--w": f"{100 * each.value:.1f}%"}), html.B(statistic(each.value))],
                     className="k-bar soft"),
            each.word if each.used else f"{each.word}, not used to form them",
        ]
        for each in told
    ]  # fmt: skip
    return c.card(
        f"{told[0].label} sets the segments apart most",
        c.table(columns, rows, hover=True),
        caption="0: every segment is like everyone; 1: the segment alone tells the value. "
        "Eta squared for numbers and dates, Cramér’s V for categories and flags; the word is Cohen’s.",
        data_is_body=True,
        footer=f"The {counted(len(told), 'attribute')} of {number(len(found))} that differ most.",
    )


def _least_settled(segments: Sequence[Any]) -> str:
    there = [segment for segment in without_unassigned(segments) if segment.customers]
    worst = max(there, key=lambda segment: segment.borderline / segment.customers)
    if not worst.borderline:
        return "Nobody sits on a border between two segments"
    return f"{worst.name} are the least settled: {counted(worst.borderline, 'member')} on a border"


def stands_out(features: Sequence[Any]) -> Any:
    """The strongest differences, a line each: ``Purchases: 22.2 (everyone 14.9)``."""
    strong = [feature for feature in features if abs(feature.effect) >= NOTICEABLE]
    if not strong:
        return "Much like everyone" if features else "Too few members to describe without describing persons"
    return html.Ul([html.Li(_against_everyone(feature)) for feature in strong])


def _against_everyone(feature: Any) -> str:
    label = feature.label if feature.level is None else f"{feature.label} {feature.level}"
    if feature.mean is None or feature.population_mean is None:
        return f"{label}: {'later' if feature.effect > 0 else 'earlier'} than average"
    return f"{label}: {shown(feature, feature.mean)} (everyone\u00a0{shown(feature, feature.population_mean)})"


def nothing(dataset: str | None) -> list[Any]:
    """No segments yet: where they come from."""
    text = "Train a first model; every customer then has a segment, and each segment a page here."
    action = c.link_button("Find segments", address("/models", dataset), primary=True)
    if dataset is None:
        text = "Add a customer file first; then Kindred looks for groups of customers who are alike."
        action = c.link_button("Add a customer file", "/data", primary=True)
    head_ = c.page_head("No segments yet", trail=[("Segments", None)])
    return [head_, c.row(c.col(6, c.card("Nothing to list yet", c.empty(text, action))))]
