"""What the page of one segment is made of: who they are, against everyone and the segment most like them."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.segment_edit import edit_button
from dashboard.cards.segments import segment_address
from dashboard.datasets import address
from dashboard.figures.profile import distribution_figure, dot_plot, lift_plot, shown
from dashboard.theme import Theme

STRONG = 0.5  # sd: what a title names
NAMED = 3  # differences in the title
GROUP = 10  # METHODS: no breakdown of a smaller group


def head(dataset: str, detail: Any) -> Any:
    """Name, sentence, and the way to its members' other lives."""
    summary = detail.summary
    actions = [
        *([] if summary.unassigned else [edit_button()]),
        c.link_button("Members", address("/customers", dataset, segment=summary.slug), icon_name="people"),
        c.link_button("On the map", address("/map", dataset), icon_name="map"),
        c.link_button(
            "What would move them", address("/simulator/group", dataset, segment=summary.slug), icon_name="sliders",
            primary=True,
        ),
    ]  # fmt: skip
    trail = [("Segments", address("/segments", dataset)), (summary.name, None)]
    return c.page_head(summary.name, summary.description, actions, trail=trail, colour=summary.colour)


def facts(detail: Any) -> html.Dl:
    """Size, value, confidence."""
    s = detail.summary
    more = s.customers - (detail.previous_customers or s.customers)
    since = f", {f.change(more)} since last run" if more else ""
    items = [c.Fact("Customers", f.number(s.customers), f"{f.percent(s.share)} of all{since}")]
    if s.value is not None:
        share, was = f.percent(s.value_share), f.percent(detail.previous_value_share)
        before = f", {was} at last run" if detail.previous_value_share and was != share else ""
        items.append(c.Fact(c.term("spending"), f.number(s.value), f"{share} of all{before}"))
        everyone = detail.population_value_per_customer
        ratio = f"{_ratio(s.value_per_customer / everyone)} everyone’s {f.number(everyone)}" if everyone else ""
        items.append(c.Fact(c.term("per_customer"), f.number(s.value_per_customer), ratio))
    stable = f.statistic(s.stability) if s.stability is not None else "not checked"
    word = f"{s.stability_word}; " if s.stability is not None else ""
    items.append(c.Fact(c.term("stability"), stable, f"{word}{f.counted(s.borderline, 'member')} on a border"))
    return c.facts(*items)


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


def withheld_note() -> html.Div:
    """A segment too small to be told about."""
    text = f"Figures about fewer than {GROUP} people would be figures about persons. Only sizes and shares are shown."
    return c.note("", "This segment is too small to describe", text)


def unassigned_note() -> html.Div:
    """Those in no segment are told of, but as what they are."""
    text = "There is no crowd of customers like them. They have nothing in common that a message could speak to."
    return c.note("", "These customers are in no segment", text)


def source(detail: Any) -> html.P:
    """What the page rests on, with the way to the passport of the version."""
    model = detail.model
    trained = f"{f.day(model.created_at)} {f.made_by(model.created_by)}".strip()
    how = f"{model.algorithm_label} on the recipe “{model.recipe_label}”"
    return html.P(
        [
            f"Version {model.version}, trained {trained}: {how}, {f.counted(model.customers, 'customer')} "
            f"as of {f.day(model.as_of)}. ",
            html.A("Its passport", href=f"/passport/{model.version}", target="_blank", rel="noopener"),
        ],
        className="k-small k-muted k-source",
    )


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
