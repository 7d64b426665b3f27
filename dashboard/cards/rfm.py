"""What the RFM page is made of: the grid, the eleven groups with their plays, and both against the segments."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.segments import segment_address
from dashboard.datasets import address
from segmentation.withholding import too_few

DEEPEST = 40  # percent of the accent in the fullest cell: text stays legible on it
LOST_MONEY = ("At risk", "Cannot lose")
LACKING = {
    "dates": ("no column says when a customer bought last",
              "a column like “days since last purchase” or “last purchase”, with the role recency"),
    "purchases": ("no column says how often a customer bought",
                  "a column with the number of purchases, with the role frequency"),
    "spending": ("no column says what a customer spent", "a column with what customers spent, with the role value"),
}  # fmt: skip
STEPS = ((0.5, "n3"), (0.67, "n2"), (0.87, "n1"), (1.15, "0"), (1.5, "p1"), (2.0, "p2"))  # of lifts, upper ends
AGREE = ((0.5, "say much the same"), (0.3, "overlap in part"), (0.1, "have little to do with each other"))


def nothing(slug: str | None, view: Any) -> list[Any]:
    """Why there are no groups, and what to add."""
    trail = [("RFM", None)]
    if slug is None or view is None:
        text, action = "Add a file of purchases to begin.", c.link_button("Add a customer file", "/data", primary=True)
        empty = c.card("Nothing to score yet", c.empty(text, action))
        return [c.page_head("No customers yet", trail=trail), c.row(c.col(6, empty))]
    action = c.link_button("Add purchases", address("/data", slug), primary=True)
    why, what = LACKING.get(view.needs or "", ("nobody has all three figures", "purchases of these customers"))
    text = f"Add a file of purchases with customer, date and amount; or {what}."
    lede = "Recency, frequency and monetary value come from what customers bought and when."
    return [
        c.page_head(f"No RFM groups: {why}", lede, trail=trail),
        c.row(c.col(6, c.card("What would make this page work", c.empty(text, action)))),
    ]


def head(slug: str, view: Any) -> html.Div:
    """Where the money is, and how much of it rests on little."""
    by_value = [each for each in view.groups if each.value_share is not None]
    if by_value:
        best = max(by_value, key=lambda each: each.value_share)
        title = f"{best.people}: {f.percent(best.share, 0)} of buyers, {f.percent(best.value_share, 0)} of spending"
    else:
        largest = max(view.groups, key=lambda each: each.customers)
        title = f"{largest.people} are the largest group: {f.percent(largest.share, 0)} of buyers"
    told = f"{f.number(view.scored)} of {f.counted(view.customers, 'customer')} are scored from 1 to 5 on "
    names = [f.inside(label) for label in dict.fromkeys(view.labels)]
    lede = told + f.listed(names) + (f", as of {f.day(view.as_of)}." if view.as_of else ".")
    action = c.link_button("See the segments", address("/segments", slug), primary=True)
    note = c.note("warn", "Low evidence", f"{f.sentence(f.listed(view.doubts))}. Read the groups as a first look.")
    return html.Div([c.page_head(title, lede, [action], trail=[("RFM", None)]), *([note] if view.doubts else [])])


def facts(view: Any) -> html.Dl:
    """Buyers, the best, those about to be lost."""
    leaving = [each for each in view.groups if each.name in LOST_MONEY]
    best = next(each for each in view.groups if each.name == "Champions")
    at_stake = sum(each.value for each in leaving)
    share = f.percent(at_stake / view.total, 0) if view.total > 0 else f.MISSING
    return c.facts(
        c.Fact(c.term("rfm_score", "Customers scored"), f.number(view.scored), f"of {f.number(view.customers)}"),
        c.Fact(c.term("rfm_group", "Champions"), f.number(best.customers),
               f"{f.percent(best.share, 0)} of those scored"),
        c.Fact("At risk or cannot lose", f.number(sum(each.customers for each in leaving)),
               f"{f.percent(sum(each.share for each in leaving), 0)} of those scored"),
        c.Fact(_unit("Spending of these", view.currency), f.number(at_stake), f"{share} of all spending"),
    )  # fmt: skip


def _unit(label: str, currency: str | None) -> str:
    return f"{label}, {currency}" if currency else label


def grid_card(slug: str, view: Any) -> html.Section:
    """The 25 cells: how many customers have which scores, and what their group is called."""
    most = max(cell.share for row in view.grid for cell in row)
    header = html.Tr(
        [html.Td("", className="k-rfm-corner"), *[html.Th(_column(fm), scope="col") for fm in range(1, 6)]]
    )
    body = [
        html.Tr([html.Th(_row(row[0].r), scope="row"), *[_cell(slug, cell, most) for cell in row]]) for row in view.grid
    ]
    grid = html.Table([html.Caption("Customers by recency, and by frequency and value", className="visually-hidden"),
                       html.Thead(header), html.Tbody(body)], className="k-heat k-rfm")  # fmt: skip
    rows = [
        [f"R {cell.r}, FM {cell.fm}: {cell.group}", f.number(cell.customers), f.percent(cell.share),
         f.number(cell.value) if not too_few(cell.customers) else _few(cell.customers)]
        for row in view.grid for cell in row
    ]  # fmt: skip
    return c.card(
        _grid_title(view),
        html.Div(grid, className="table-responsive", tabIndex=0),
        caption="Up: bought more recently. To the right: buys more often and for more money (the mean of both scores). "
        "The darker, the more customers. The name of a group opens its customers.",
        data=c.data_of(["Cell", "Customers", "Share", _unit("Spending", view.currency)], rows),
        footer=_scales(view),
    )


def _column(fm: int) -> str:
    return f"FM {fm}" + {1: ", least", 5: ", most"}.get(fm, "")


def _row(r: int) -> str:
    return f"R {r}" + {1: ", longest ago", 5: ", most recent"}.get(r, "")


def _cell(slug: str, cell: Any, most: float) -> html.Td:
    depth = DEEPEST * cell.share / most if most else 0
    style = {"background": f"color-mix(in srgb, var(--k-accent) {depth:.0f}%, var(--k-raised))"}
    told = [html.B(f.percent(cell.share)), html.Small(f.number(cell.customers))]
    return html.Td([customers_link(slug, cell.group), *told], style=style)


def customers_link(slug: str, group: str) -> html.A:
    """The name of a group, which opens its customers in the table."""
    return html.A(group, href=address("/customers", slug, rfm=group), title=f"See the customers: {group}")


def _grid_title(view: Any) -> str:
    fullest = max((cell for row in view.grid for cell in row), key=lambda cell: cell.customers)
    lately = sum(cell.share for row in view.grid for cell in row if cell.r >= 4 and cell.fm >= 4)
    return f"{f.percent(lately, 0)} score high in everything; the fullest cell is {fullest.group}"


def _scales(view: Any) -> str:
    """What the scores are, and where ties left fewer than five."""
    text = "Scores are fifths of the customers scored; who shares a figure shares a score."
    fewer = [
        f"{f.inside(label)} has {f.counted(n, 'score')}"
        for label, n in zip(view.labels, view.distinct, strict=True) if n < 5
    ]  # fmt: skip
    return text + (f" So many share a figure that {f.listed(fewer)} only, spread from 1 to 5." if fewer else "")


def groups_card(slug: str, view: Any) -> html.Section:
    """The eleven groups with their size, value and usual play."""
    largest = max([each.share for each in view.groups] + [each.value_share or 0 for each in view.groups])
    columns = [
        c.Column(c.term("rfm_group", "Group")), c.Column("Share of customers", small="customers"),
        c.Column("Share of spending", small="spending"),
        c.Column(_unit("Per customer", view.currency), True, small="each"),
        c.Column("Customers", True, small="how many"), c.Column("What is usually done", wide=True),
    ]  # fmt: skip
    rows = []
    for each in view.groups:
        told = not too_few(each.customers)
        rows.append([
            html.Div([customers_link(slug, each.name) if each.customers else each.name,
                      html.Small(each.who, className="k-sub")]), c.share_bar(each.share, largest),
            _value_bar(each, largest),
            f.number(each.per_customer) if told else _few(each.customers), f.number(each.customers),
            html.Div(f"{each.play}.", className="k-small"),
        ])  # fmt: skip
    return c.card(
        _groups_title(view),
        c.table(columns, rows, hover=True, stacked=True, caption="The eleven groups"),
        caption="From the best to the lost. A name opens these customers: to look at, to download, or to keep as a "
        "filter. The plays are what is usual for such a group, not computed from your data.",
        data_is_body=True,
    )


def _value_bar(group: Any, largest: float) -> Any:
    if too_few(group.customers) or group.value_share is None:
        return _few(group.customers)
    return c.share_bar(max(group.value_share, 0), largest)


def _few(customers: int) -> str:
    return "too few to tell" if customers else f.MISSING


def _groups_title(view: Any) -> str:
    leaving = sum(each.value for each in view.groups if each.name in LOST_MONEY)
    n = sum(each.customers for each in view.groups if each.name in LOST_MONEY)
    if not n:
        return "Nobody is at risk: whoever bought well bought lately"
    who = f"{f.counted(n, 'good customer')} {'has' if n == 1 else 'have'} not bought for long"
    return f"{who}: {f.percent(leaving / view.total, 0)} of spending" if view.total > 0 else who


def segments_card(slug: str, view: Any) -> html.Section:
    """Groups by segments: how often each group occurs in a segment against everybody."""
    segments = [each for each in view.segments if each.customers]
    if not segments:
        action = c.link_button("Find segments", address("/models", slug), small=True)
        text = "Once there are segments, this shows where the groups are in them."
        return c.card("Crossed with the segments", c.empty(text, action))
    header = html.Tr([html.Th("Group", scope="col"),
                      *[html.Th(c.segment_chip(each.name, each.colour, segment_address(slug, each.slug)), scope="col")
                        for each in segments]])  # fmt: skip
    body = [
        html.Tr([html.Th(group.name, scope="row"), *[_crossing(each, at) for each in segments]])
        for at, group in enumerate(view.groups)
    ]
    table = html.Table([html.Caption("RFM groups by segment", className="visually-hidden"), html.Thead(header),
                        html.Tbody(body)], className="k-heat k-rfm-cross")  # fmt: skip
    rows = [
        [f"{group.name}, {each.name}", f.number(each.counts[at]), f.percent(each.counts[at] / each.customers),
         f.lift(each.lift(at))]
        for at, group in enumerate(view.groups) for each in segments
    ]  # fmt: skip
    return c.card(
        crossing_title(view.groups, segments),
        html.Div(table, className="table-responsive", tabIndex=0),
        caption=[
            "How much of a segment belongs to each group. Orange: more than among everybody, blue: less. The ",
            c.term("lift", "lift"),
            " says how many times as often; it stands in the data.",
        ],
        data=c.data_of(["Group and segment", "Customers", "Share of segment", "Lift"], rows),
        footer=_agreement(view),
    )


def _crossing(segment: Any, at: int) -> html.Td:
    lift = segment.lift(at)
    told = lift is not None and not too_few(max(segment.counts[at], segment.expected[at]))
    step = next((name for upto, name in STEPS if lift < upto), "p3") if told else "0"
    share = f.percent(segment.counts[at] / segment.customers, 0)
    return html.Td(share, style={"background": f"var(--k-div-{step})"}, title=f.lift(lift))


def crossing_title(groups: Sequence[Any], segments: Sequence[Any]) -> str:
    """The most valuable group and the segment that holds most of it."""
    at = max(range(len(groups)), key=lambda i: (groups[i].value_share or 0, groups[i].customers))
    everyone = sum(each.customers for each in segments)
    members = sum(each.counts[at] for each in segments)
    most = max(segments, key=lambda each: each.counts[at])
    if not members:
        return f"{groups[at].people} are in no segment yet"
    share, size = most.counts[at] / members, most.customers / everyone
    if len(segments) == 1:
        return f"One segment holds everybody, {f.inside(groups[at].people)} as well"
    held = f"{most.name} hold {f.percent(share, 0)} of the {f.inside(groups[at].people)}"
    return f"{held} with {f.percent(size, 0)} of customers ({f.lift(most.lift(at))})"


def _agreement(view: Any) -> str:
    if view.association is None:
        return "With one segment or one group there is nothing to compare."
    word = next((word for least, word in AGREE if view.association >= least), "have nothing to do with each other")
    return f"Groups and segments {word} (Cramér’s V {f.statistic(view.association)}: 0 unrelated, 1 the same)."
