"""What the page of one segment is made of."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.checks import NEEDED
from dashboard.cards.overview import BORDER
from dashboard.cards.segments import segment_address
from dashboard.datasets import address
from dashboard.figures.profile import distribution_figure, dot_plot, lift_plot, shown
from dashboard.theme import Theme

STRONG, NOTICEABLE = 0.5, 0.2  # sd: what a title names; what is worth a row of its own
NAMED = 3  # differences in the title
MEMBERS = 6  # examples on the page
GROUP = 10  # METHODS: no breakdown of a smaller group


def head(dataset: str, detail: Any) -> Any:
    """Name, sentence, and the way to its members' other lives."""
    summary = detail.summary
    actions = [
        c.link_button("On the map", address("/map", dataset), icon_name="map"),
        c.link_button("What would move them", address("/simulator", dataset), icon_name="sliders", primary=True),
    ]
    trail = [("Segments", address("/segments", dataset)), (summary.name, None)]
    return c.page_head(
        summary.name, detail.sentence or summary.description, actions, trail=trail, colour=summary.colour
    )


def facts(detail: Any) -> html.Dl:
    """Size, value, confidence."""
    s = detail.summary
    more = s.customers - (detail.previous_customers or s.customers)
    since = f", {f.change(more)} since last run" if more else ""
    items = [c.Fact("Customers", f.number(s.customers), f"{f.percent(s.share)} of all{since}")]
    if s.value is not None:
        share, was = f.percent(s.value_share), f.percent(detail.previous_value_share)
        before = f", {was} at last run" if detail.previous_value_share and was != share else ""
        items.append(c.Fact("Spending", f.number(s.value), f"{share} of all{before}"))
        everyone = detail.population_value_per_customer
        ratio = f"{_ratio(s.value_per_customer / everyone)} everyone’s {f.number(everyone)}" if everyone else ""
        items.append(c.Fact("Per customer", f.number(s.value_per_customer), ratio))
    border = f.percent(s.borderline / s.customers) if s.customers else f.MISSING
    items.append(
        c.Fact(
            c.term("On a border", *BORDER),
            border,
            f"{f.counted(s.borderline, 'member')}; stability {_stability(s)}",
        )
    )
    return c.facts(*items)


def _stability(summary: Any) -> str:
    """How much of the segment comes back when refitted, with its word."""
    if summary.stability is None:
        return "not checked"
    return f"{f.statistic(summary.stability)}, {summary.stability_word}"


def _ratio(ratio: float) -> str:
    return f.times(ratio) if ratio >= 1 else f"{f.percent(ratio, 0)} of"


def features_card(detail: Any) -> html.Section:
    """What tells the segment from everyone and from the one most like it."""
    features, neighbour = detail.features, detail.neighbour
    caption = "Distance from everyone in standard deviations (sd)."
    if neighbour:
        caption += f" Hollow dots: the nearest segment, {neighbour.name}."
    headers = ["Attribute", "This segment", neighbour.name if neighbour else "Neighbour", "Everyone", "Distance, sd"]
    rows = [
        [
            each.full_label,
            *(shown(each, mean) for mean in (each.mean, each.neighbour_mean, each.population_mean)),
            f.change(each.effect, 2),
        ]
        for each in features
    ]
    return c.card(
        difference(features),
        dot_plot(features, detail.summary.colour, neighbour.colour if neighbour else None),
        caption=caption,
        data=c.data_of(headers, rows),
        footer=_unused(features),
    )


def difference(features: Sequence[Any]) -> str:
    """The title: what they clearly are, against everyone."""
    clear = list(dict.fromkeys(each.phrase for each in features if abs(each.effect) >= STRONG))[:NAMED]
    return f.sentence(", ".join(clear)) if clear else "Close to everyone in everything"


def _unused(features: Sequence[Any]) -> str:
    words = "Averages, and shares where a trait is counted."
    names = [f.inside(feature.label) for feature in features if not feature.used]
    if not names:
        return f"{words} All of these formed the segments."
    return f"{words} Not used to form the segments: {f.listed(list(dict.fromkeys(names)))}."


def standing_card(dataset: str, detail: Any) -> html.Section:
    """How sure the segment is, and which one it borders on."""
    s, neighbour = detail.summary, detail.neighbour
    share = s.borderline / s.customers if s.customers else 0
    settled = (
        f"{f.percent(1 - share, 0)} of the members are not on a border"
        if share < 0.5
        else "Most members sit on a border"
    )
    items = [
        ("Size", f"{f.counted(s.customers, 'customer')}, {f.percent(s.share)} of all"),
        ("On a border", f"{f.counted(s.borderline, 'member')}, {f.percent(share)}"),
        ("Stability", f.sentence(_stability(s))),
        ("Reality", f.sentence(detail.reality)),
    ]
    parts = [part for name, text in items for part in (html.Dt(name), html.Dd(text))]
    if neighbour:
        link = c.segment_chip(neighbour.name, neighbour.colour, segment_address(dataset, neighbour.slug))
        parts += [html.Dt("Nearest"), html.Dd(link)]
    sound = detail.reality == "the groups are real" and (s.stability or 0) >= NEEDED
    footer = "Real and stable." if sound else "Read it as a useful way to divide."
    return c.card(settled, html.Dl(parts, className="k-dl"), caption="How far this segment carries", footer=footer)


def distribution_card(theme: Theme, detail: Any) -> html.Section:
    """The attribute that tells most, among the members and everyone."""
    told = detail.distribution
    if told is None:
        return c.card(
            "No number tells them apart", c.empty("What distinguishes this segment is not a number; see the traits.")
        )
    edges = [f.observed(edge, told.label) for edge in told.edges]
    rows = [
        [
            f"{low} to {high}",
            f.number(own),
            f.percent(own / max(told.customers, 1)),
            f.percent(all_ / max(told.population, 1)),
        ]
        for low, high, own, all_ in zip(edges, edges[1:], told.counts, told.population_counts, strict=False)
    ]
    caption = f"Bars: share of members by {f.inside(told.label)}. Line: everyone."
    beyond = told.above + told.below
    caption += f" {f.counted(beyond, 'member')} beyond the scale." if beyond else ""
    return c.card(
        told.title,
        c.graph(
            "segment--distribution", distribution_figure(theme, told, detail.summary.colour), told.title, height=250
        ),
        caption=caption,
        data=c.data_of([told.label, "Members", "Share of members", "Share of everyone"], rows),
    )


def lifts_card(detail: Any) -> html.Section:
    """Traits that occur unusually often or rarely."""
    if not detail.lifts:
        return c.card("No trait to compare", c.empty("This dataset has no categories or flags with enough members."))
    rows = [
        [each.label if each.text == each.label else f"{each.label}: {each.text}", f.lift(each.lift),
         f.percent(each.share), f.percent(each.population_share), f.number(each.customers)]
        for each in detail.lifts
    ]  # fmt: skip
    return c.card(
        detail.lifts_title,
        lift_plot(detail.lifts, detail.summary.colour),
        caption="How often a trait occurs here against everyone; grey figures: share of this segment. "
        f"Groups under {GROUP} people are left out.",
        data=c.data_of(["Trait", "Against everyone", "Share here", "Share of everyone", "Members"], rows),
    )


def members_card(title: str, caption: str, members: Any, *, next_closest: bool = False) -> html.Section:
    """A few members as examples, with what distinguishes the segment; `next_closest` adds the runner-up."""
    if not len(members.rows):
        return c.card(title, c.empty("Nobody to show."), caption=caption)
    examples = members.rows.head(MEMBERS)
    if next_closest and (examples["word"] != "borderline").any():  # fewer are on a border than are shown
        title, caption = "Members closest to a border", "The least sure of this segment"
    shown_columns = members.columns[: 1 if next_closest else 3]
    columns = [c.Column("Customer"), *(_member_column(i, each) for i, each in enumerate(shown_columns))]
    columns += [c.Column("Next closest", hide_on_phone=True)] * next_closest + [c.Column("Confidence")]
    rows = [
        [row["customer_key"], *(_cell(row[each.name], each) for each in shown_columns),
         *([row["runner_up"] or f.MISSING] * next_closest), _confidence(row)]
        for _, row in examples.iterrows()
    ]  # fmt: skip
    caption += ". Confidence in a word, and the share of members whose segment is less sure."
    return c.card(title, c.table(columns, rows, hover=True), caption=caption, data_is_body=True)


def _confidence(row: Any) -> Any:
    """The word, and where the customer ranks among the members."""
    if f.is_missing(row["word"]):
        return f.MISSING
    if f.is_missing(row["percentile"]):
        return row["word"]
    return html.Span(f"{row['word']}, {row['percentile']}%", className="k-nowrap")


def _member_column(place: int, column: Any) -> c.Column:
    return c.Column(f.with_unit(column.label, column.unit), column.kind == "number", hide_on_phone=place > 1)


def _cell(value: Any, column: Any) -> str:
    if f.is_missing(value):
        return f.MISSING
    if column.kind == "flag":
        return "yes" if value else "no"
    if column.kind == "date":
        return _date(value)
    return f.observed(float(value), column.label) if column.kind == "number" else str(value)


def _date(value: Any) -> str:
    return f.MISSING if f.is_missing(value) else f.day(pd.Timestamp(value).to_pydatetime())


def profile_card(detail: Any) -> html.Section:
    """Every attribute: here, in the nearest segment, among everyone."""
    neighbour = detail.neighbour
    columns = [c.Column("Attribute"), c.Column("This segment", True)]
    columns += [c.Column(neighbour.name, True, hide_on_phone=True)] if neighbour else []
    columns += [c.Column("Everyone", True), c.Column("Distance, sd", True)]
    columns += [c.Column("Missing", True, hide_on_phone=True), c.Column("Formed segments", hide_on_phone=True)]
    table = detail.profile
    order = table["effect"].abs().sort_values(ascending=False, na_position="last", kind="stable").index
    rows = [_profile_row(row, bool(neighbour)) for _, row in table.loc[order].iterrows()]
    told = max(int((table["effect"].abs() >= NOTICEABLE).sum()), 1)
    rest = html.Details(
        [
            html.Summary(f"{f.counted(len(rows) - told, 'more attribute')}, close to everyone"),
            c.table(columns, rows[told:], hover=True, head=False),
        ],
        className="k-more",
    )
    return c.card(
        _how_many_differ(table),
        c.table(columns, rows[:told], hover=True),
        rest if len(rows) > told else None,
        caption="Averages; for categories the share of the most telling answer, for dates the median. "
        "Furthest from everyone first.",
        data_is_body=True,
    )


def _profile_row(row: Any, with_neighbour: bool) -> list[Any]:
    missing = row["missing"] / max(row["missing"] + row["customers"], 1)
    return [
        _attribute(row),
        _average(row, "mean", "median"),
        *([_average(row, "neighbour_mean", "neighbour_median")] if with_neighbour else []),
        _average(row, "population_mean", "population_median"),
        f.change(row["effect"], 2),
        f.percent(missing) if row["missing"] else "none",
        "yes" if row["used"] else "no",
    ]


def _how_many_differ(table: pd.DataFrame) -> str:
    strong = int((table["effect"].abs() >= STRONG).sum())
    if not strong:
        return f"None of {f.counted(len(table), 'attribute')} differs clearly from everyone"
    verb = "differs" if strong == 1 else "differ"
    return f"{f.number(strong)} of {f.counted(len(table), 'attribute')} {verb} clearly from everyone"


def _attribute(row: Any) -> str:
    label = f"{row['label']}: {row['level']}" if not f.is_missing(row["level"]) else row["label"]
    return label if not f.is_missing(row["level"]) else f.with_unit(label, row["unit"])


def _average(row: Any, mean: str, median: str) -> str:
    if row["kind"] == "date":
        return _date(row[median])
    is_share = row["kind"] == "flag" or not f.is_missing(row["level"])
    return f.percent(row[mean]) if is_share else f.average(row[mean], row["label"])


def withheld_note() -> html.Div:
    """A segment too small to be told about."""
    text = f"Figures about fewer than {GROUP} people would be figures about persons. Only sizes and shares are shown."
    return c.note("", "This segment is too small to describe", text)


def around(dataset: str, detail: Any) -> html.Nav:
    """The segments before and after in display order."""
    segments = detail.segments
    order = [segment.slug for segment in segments]
    here = order.index(detail.summary.slug)
    links = []
    if here > 0:
        links.append(_step(dataset, segments[here - 1], "prev"))
    links.append(html.Span(className="k-spacer"))
    if here + 1 < len(segments):
        links.append(_step(dataset, segments[here + 1], "next"))
    return html.Nav(links, className="k-around", **{"aria-label": "Other segments"})


def _step(dataset: str, segment: Any, way: str) -> html.A:
    chip = c.segment_chip(segment.name, segment.colour)
    inside = [c.icon("prev"), chip] if way == "prev" else [chip, c.icon("next")]
    return html.A(inside, href=segment_address(dataset, segment.slug), className="k-step")
