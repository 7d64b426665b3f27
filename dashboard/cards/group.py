"""What would happen if a whole group changed: the form, and the answer in figures and words."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.ways import ASSOCIATIONS
from dashboard.components.table import Column
from dashboard.datasets import address
from dashboard.figures.flows import HEIGHT, flows_figure
from dashboard.theme import Theme
from segmentation.whatif.group import FITTING

EVERYONE, LIST = "@everyone", "@list"  # no slug begins like this
SEGMENT, FILTER = "segment:", "filter:"
HOW = {
    "set": "is set to",
    "add": "goes up by (down: a minus)",
    "multiply": "is multiplied by",
    "at_most": "is at most",
    "at_least": "is at least",
}
SHOWN_FLOWS = 8


def group_options(segments: Sequence[Any], filters: Sequence[Any]) -> list[dict[str, str]]:
    """Everyone, each segment, each saved filter, a list."""
    return [
        {"label": "Everyone", "value": EVERYONE},
        *({"label": f"Segment: {each.name}", "value": f"{SEGMENT}{each.slug}"} for each in segments),
        *({"label": f"Saved filter: {each.name}", "value": f"{FILTER}{each.name}"} for each in filters),
        {"label": "A list of customers from a file", "value": LIST},
    ]


def group_of(chosen: str | None, listed: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is chosen in the list as `segmentation.services.groups.Group.of` reads it.

    >>> group_of("segment:champions", None), group_of("@list", {"ids": [3]}), group_of("@everyone", None)
    ({'segment': 'champions'}, {'ids': [3]}, {})
    """
    chosen = chosen or EVERYONE
    if chosen == LIST:
        return {"ids": (listed or {}).get("ids", [])}
    for start, name in ((SEGMENT, "segment"), (FILTER, "filter")):
        if chosen.startswith(start):
            return {name: chosen.removeprefix(start)}
    return {}


def how_options(kind: str) -> list[dict[str, str]]:
    """What can be done to an attribute of a kind."""
    return [{"label": "goes later by, in days" if kind == "date" and how == "add" else HOW[how], "value": how}
            for how in FITTING[kind]]  # fmt: skip


def value_hint(control: Any) -> str:
    """What is usual of an attribute, below the field of a change."""
    if control.kind == "flag":
        return "yes or no"
    if control.kind == "category":
        return f"One of: {f.listed(control.levels[:6], 'or')}" if control.levels else ""
    if control.typical_low is None:
        return ""
    low, high = _written(control.typical_low), _written(control.typical_high)
    unit = f", {control.unit}" if control.unit else ""
    return f"Half of the customers: {low} to {high}{unit}"


def _written(value: Any) -> str:
    return f.plain(value) if isinstance(value, float | int) else str(value)


def listed_says(listed: Any) -> str:
    """What a file of keys came to."""
    says = f"{f.counted(len(listed.ids), 'customer')} found"
    if not listed.unknown:
        return f"{says}."
    return f"{says}; {f.counted(listed.unknown, 'key')} nobody has, such as {f.listed(listed.examples)}."


def change_words(change: Any, labels: Mapping[str, str]) -> str:
    """A change in words.

    >>> from segmentation.whatif.group import Change
    >>> change_words(Change("spend", "multiply", 1.1), {"spend": "Spending"})
    'Spending is multiplied by 1.1'
    """
    name, how, value = change.attribute, change.how, change.value
    label, written = labels.get(name, name), _told(value)
    if how == "add":
        down = isinstance(value, float | int) and value < 0
        return f"{label} goes {'down' if down else 'up'} by {_told(abs(value)) if down else written}"
    return f"{label} {HOW[how]} {written}"


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f.plain(value) if isinstance(value, float | int) else str(value)


def title(result: Any) -> str:
    """The finding."""
    if not result.moved:
        return f"Nobody of {result.group} would change segment"
    names = {each.slug: each.name for each in result.segments}
    most = next(each for each in result.flows if each.start != each.end)
    share = f.percent(result.moved / result.customers, 0)
    return f"{share} would change segment, most of them from {names[most.start]} to {names[most.end]}"


def facts(result: Any) -> html.Dl:
    """The group in figures."""
    share = f.percent(result.moved / result.customers)
    items = [
        c.Fact("Customers", f.number(result.customers), result.group),
        c.Fact("Would change segment", f.number(result.moved), f"{share} of the group"),
    ]
    if result.value_before is not None and result.value_after is not None:
        more = result.value_after - result.value_before
        said = f"{f.change(more)} against now" if round(more) else "as now"
        items.append(c.Fact(c.term("spending"), f.number(result.value_after), said))
    outside = f"{f.percent(result.outside / result.customers)} of the group" if result.outside else "nobody"
    items.append(c.Fact("Beyond what was observed", f.number(result.outside), outside))
    return c.facts(*items)


def flows_card(theme: Theme, result: Any, graph_id: Any) -> html.Section:
    """The Sankey diagram with its transitions as data."""
    says = f"{f.counted(result.moved, 'customer')} of {f.number(result.customers)} change segment"
    drawn = c.graph(graph_id, flows_figure(theme, result.segments, result.flows), says, height=HEIGHT)
    return c.card(
        "Who moves where" if result.moved else "Everybody stays where they are",
        drawn,
        caption="Left: the segments now. Right: with the change. The width is the number of customers; who stays is "
        "faint.",
        data=c.data_of(["From", "To", "Customers", "Share of the segment", "Share of the group"], _flow_rows(result)),
        footer=f"Each of the {f.counted(result.customers, 'customer')} scored like any other, with version "
        f"{result.version}, as of {f.day(result.as_of)}",
    )


def _flow_rows(result: Any) -> list[list[Any]]:
    names = {each.slug: each.name for each in result.segments}
    before = {each.slug: each.before for each in result.segments}
    return [
        [names[each.start], names[each.end], f.number(each.customers), f.percent(each.customers / before[each.start]),
         f.percent(each.customers / result.customers)]
        for each in result.flows
    ]  # fmt: skip


def moves_card(result: Any) -> html.Section:
    """The streams of those who change, the largest first."""
    colours = {each.slug: (each.name, each.colour) for each in result.segments}
    before = {each.slug: each.before for each in result.segments}
    movers = [each for each in result.flows if each.start != each.end]
    if not movers:
        text = "With this change every customer of the group stays in their segment. Try a larger one."
        return c.card("Nobody changes segment", c.empty(text))
    rows = [
        [c.segment_chip(*colours[each.start]), c.segment_chip(*colours[each.end]), f.number(each.customers),
         f.percent(each.customers / before[each.start])]
        for each in movers[:SHOWN_FLOWS]
    ]  # fmt: skip
    rest = sum(each.customers for each in movers[SHOWN_FLOWS:])
    columns = [Column("From"), Column("To"), Column("Customers", True), Column("Of the segment", True)]
    return c.card(
        f"{f.sentence(f.in_words(len(movers)))} {'stream' if len(movers) == 1 else 'streams'} of customers",
        c.table(columns, rows, hover=True),
        caption="Of the segment: the share of its members in this group who would leave it that way.",
        data_is_body=True,
        footer=f"Smaller streams: {f.counted(rest, 'customer')}" if rest else None,
    )


def sizes_card(result: Any) -> html.Section:
    """Size and value of every segment before and after."""
    valued = result.value_before is not None
    columns = [Column("Segment"), Column("Now", True, "Now"), Column("With the change", True, "With the change"),
               Column("Difference", True, "Difference")]  # fmt: skip
    columns += [Column("Spending now", True, "Spending now"), Column("Spending then", True, "Spending then")] * valued
    rows = []
    for each in result.segments:
        if not each.before and not each.after:
            continue
        cells = [c.segment_chip(each.name, each.colour), f.number(each.before), f.number(each.after),
                 f.change(each.after - each.before)]  # fmt: skip
        rows.append(cells + [_value(each.value_before, each.before), _value(each.value_after, each.after)] * valued)
    grown = max(result.segments, key=lambda each: each.after - each.before)
    more = grown.after - grown.before
    caption = "Members of the group in each segment."
    if valued:
        caption += (
            " Spending is the sum of what its members have, changed where the change is about spending; of fewer than "
            "ten members it is not told."
        )
    return c.card(
        f"{grown.name} would grow by {f.counted(more, 'customer')}" if more > 0 else "Every segment keeps its size",
        c.table(columns, rows, hover=True, stacked=True),
        caption=caption,
        data_is_body=True,
    )


def _value(value: float | None, members: int) -> str:
    return "too few to tell" if value is None and members else f.number(value or 0.0)


def mind_card(result: Any, labels: Mapping[str, str]) -> html.Section:
    """How sure this is, and what was done where the change cannot be."""
    told = [html.Li(ASSOCIATIONS)]
    if result.unsure:
        told.append(html.Li(f"{f.counted(result.unsure, 'customer')} of those who change sit on the border of their "
                            "new segment: count them as undecided."))  # fmt: skip
    for name, customers in result.beyond.items():
        told.append(html.Li(f"{labels.get(name, name)}: {f.counted(customers, 'customer')} would have a value that "
                            "nobody in the data has. Their answer is a guess."))  # fmt: skip
    for name, customers in result.limited.items():
        whose = f"{labels.get(name, name)}: for {f.counted(customers, 'customer')} "
        told.append(html.Li(f"{whose}the change would lead to what cannot be (below zero, over 100%, or a day after "
                            "the data ends); it stops there."))  # fmt: skip
    for name, customers in result.missing.items():
        told.append(html.Li(f"{labels.get(name, name)}: {f.counted(customers, 'customer')} have no value and stay "
                            "without one; the model fills it in as in training."))  # fmt: skip
    if result.gone:
        told.append(html.Li(f"{f.counted(result.gone, 'customer')} of the list are not stored any more."))
    return c.card("How sure is this", html.Ul(told, className="k-says"))


def asked_words(result: Any, labels: Mapping[str, str]) -> str:
    """What was asked, in words."""
    return f"{result.group}, if {f.listed([f.inside(change_words(each, labels)) for each in result.changes])}"


def head(result: Any, slug: str | None, labels: Mapping[str, str]) -> Any:
    """The finding over the page, and what was asked."""
    lede = f"{asked_words(result, labels)}."
    return c.page_head(title(result), lede, [kept_link(slug)], trail=trail(slug))


def start_head(slug: str | None) -> Any:
    """Before anything is asked."""
    lede = "Choose whom, say what changes for all of them, and see who would move to which segment."
    return c.page_head("What if a whole group changed?", lede, [kept_link(slug)], trail=trail(slug))


def kept_link(slug: str | None) -> Any:
    """To the what-ifs that were kept."""
    return c.link_button("Scenarios", address("/simulator/scenarios", slug), icon_name="table")


def trail(slug: str | None) -> list[tuple[str, str | None]]:
    return [("Simulator", address("/simulator", slug)), ("A whole group", None)]


def answer(theme: Theme, result: Any, labels: Mapping[str, str], graph_id: Any) -> list[Any]:
    """Everything below the form."""
    return [
        facts(result),
        c.row(c.col(7, flows_card(theme, result, graph_id)), c.col(5, moves_card(result))),
        c.row(c.col(7, sizes_card(result)), c.col(5, mind_card(result, labels))),
    ]


def replaced_note(result: Any, version: int | None) -> Any:
    """Above the answer where the page was opened with another model."""
    if version is None or result.version == version:
        return ""
    text = f"Version {result.version} has taken the place of version {version} since you opened this page; it answers."
    return c.note("", "Another model is in use now", text)
