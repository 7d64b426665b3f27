"""What the page that compares segments is made of."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.segments import segment_address
from dashboard.datasets import address
from dashboard.figures.contrast import apart_plot, heat_key, heat_map, heat_says, told
from segmentation.contrast import CLEAR

APART, NAME = "apart", "name"
FEWEST, MOST = 2, 4  # segments side by side
SHOWN = 40  # rows of the heat map; the others are folded away
TELLING = 12  # rows of the side by side


def head(slug: str, view: Any) -> Any:
    """The finding over all segments."""
    trail = [("Segments", address("/segments", slug)), ("Compare", None)]
    action = c.link_button("See them on the map", address("/map", slug), icon_name="map")
    return c.page_head(view.title, view.lede, [action], trail=trail)


def nothing(slug: str | None, segments: Sequence[Any]) -> list[Any]:
    """The page without two segments to compare."""
    text = "A comparison needs two segments with at least ten members."
    if segments:
        text += " Train with more segments, or choose another version."
        action = c.link_button("Choose a version", address("/models", slug), primary=True)
    else:
        action = c.link_button("Find segments", address("/models", slug), primary=True)
    return [
        c.page_head("Nothing to compare yet", trail=[("Segments", address("/segments", slug)), ("Compare", None)]),
        c.row(c.col(6, c.card("One segment is like everyone" if segments else "No segments yet",
                              c.empty(text, action)))),
    ]  # fmt: skip


def orders(view: Any) -> list[dict[str, str]]:
    """In which orders the rows can stand."""
    found = [{"label": "how far apart the segments are", "value": APART}, {"label": "name", "value": NAME}]
    return found + [{"label": f"what tells most of {view.segments[at].name}", "value": view.segments[at].slug}
                    for at in view.told]  # fmt: skip


def in_order(view: Any, order: str) -> list[Any]:
    """The rows as asked; an order that is not known is the first one."""
    slugs = [segment.slug for segment in view.segments]
    if order == NAME:
        return sorted(view.rows, key=lambda row: row.full_label.casefold())
    if order in slugs:
        at = slugs.index(order)
        return sorted(view.rows, key=lambda row: (not row.used, -abs(row.cells[at].effect or 0.0)))
    return list(view.rows)


def heat_card(view: Any, order: str) -> html.Section:
    """Every attribute over every segment."""
    rows = in_order(view, order)
    shown, rest = (rows[:SHOWN], rows[SHOWN:]) if len(rows) > SHOWN + 5 else (rows, [])
    inside = [heat_map(view.segments, shown, grouped=order != NAME)]
    if rest:
        more = html.Summary(f"{f.counted(len(rest), 'more attribute')}")
        inside.append(html.Details([more, heat_map(view.segments, rest, grouped=False, first=False)],
                                   className="k-more"))  # fmt: skip
    few = len(view.segments) - len(view.told)
    source = f"{f.counted(view.customers, 'customer')}, version {view.version}, as of {f.day(view.as_of)}."
    small = f" Of segments under ten members nothing is told ({f.counted(few, 'segment')})." if few else ""
    return c.card(
        heat_title(view),
        html.Div([heat_key(), *inside], className="k-heat-box", tabIndex=0, role="region",
                 **{"aria-label": "Heat map of the segments"}),
        heat_says(),
        caption="Figures are averages, and shares where a trait is counted. Colour is the distance from everyone in "
        "standard deviations (sd): blue below, orange above, none within 0.2.",
        data_is_body=True,
        as_picture=True,
        footer=source + small,
    )  # fmt: skip


def heat_title(view: Any) -> str:
    """How many of the attributes tell the segments apart."""
    clear = sum(row.strongest >= CLEAR for row in view.rows)
    of = f.counted(len(view.rows), "attribute")
    if not clear:
        return f"None of {of} sets a segment clearly apart from everyone"
    verb = "sets" if clear == 1 else "set"
    return f"{f.sentence(f.in_words(clear))} of {of} {verb} a segment clearly apart from everyone"


def chip_options(view: Any, chosen: Sequence[str]) -> list[dict[str, Any]]:
    """The segments that can be put side by side; with four chosen, or two left, only some can be pressed."""
    full, least = len(chosen) >= MOST, len(chosen) <= FEWEST
    return [
        {
            "label": c.segment_chip(segment.name, segment.colour),
            "value": segment.slug,
            "disabled": (full and segment.slug not in chosen) or (least and segment.slug in chosen),
        }
        for segment in (view.segments[at] for at in view.told)
    ]


def chosen_of(view: Any, asked: Sequence[str] | None) -> list[str]:
    """Two to four segments that are there, in display order: those asked for, else the two most alike."""
    offered = [view.segments[at].slug for at in view.told]
    kept = [slug for slug in offered if slug in (asked or ())][:MOST]
    return kept if len(kept) >= FEWEST else [view.segments[at].slug for at in view.alike]


def places_of(view: Any, chosen: Sequence[str]) -> list[int]:
    """Where the chosen segments stand among all."""
    return [at for at, segment in enumerate(view.segments) if segment.slug in chosen]


def apart_card(view: Any, chosen: Sequence[str]) -> html.Section:
    """In what the chosen segments differ, the widest distance first."""
    places = places_of(view, chosen)
    rows = sorted(view.rows, key=lambda row: (-round(row.spread(places), 9), row.attribute))
    names = [view.segments[at].name for at in places]
    data = c.data_of(
        ["Attribute", *names, "Everyone", *(f"{name}, sd" for name in names)],
        [
            [
                row.full_label,
                *(told(row, row.cells[at].value, row.cells[at].effect) for at in places),
                "" if row.kind == "date" else told(row, row.population, 0.0),
                *(f.change(row.cells[at].effect, 2) for at in places),
            ]
            for row in rows
        ],
    )
    shown = rows[:TELLING]
    return c.card(
        apart_title(names, rows, places),
        apart_plot(view.segments, shown, places),
        caption="Distance from everyone in standard deviations (sd), widest difference first; at the right the "
        "averages.",
        data=data,
        footer=f"The {f.counted(len(shown), 'attribute')} of {f.number(len(rows))} that differ most; "
        "all of them stand behind “show data”." if len(rows) > len(shown) else None,
    )  # fmt: skip


def apart_title(names: Sequence[str], rows: Sequence[Any], places: Sequence[int]) -> str:
    """In what they differ most, and how much they are alike."""
    topics = list(dict.fromkeys(row.topic for row in rows if row.spread(places) >= CLEAR))[:2]
    who = f.listed(names) if len(names) == 2 else f"These {f.in_words(len(names))}"
    if not topics:
        return f"{who} differ clearly in nothing"
    return f"{who} differ most in {f.listed(topics)}"


def sizes_card(slug: str, view: Any, chosen: Sequence[str]) -> html.Section:
    """How many the chosen are, what they are worth, how sure they are."""
    segments = [view.segments[at] for at in places_of(view, chosen)]
    valued = segments[0].value is not None
    columns = [c.Column("Segment"), c.Column("Share of customers", True)]
    columns += [c.Column("Per customer", True)] if valued else [c.Column("Stability", True)]
    rows = [
        [
            c.segment_chip(each.name, each.colour, segment_address(slug, each.slug)),
            f.percent(each.share),
            f.number(each.value_per_customer) if valued else _stability(each),
        ]
        for each in segments
    ]
    return c.card(
        sizes_title(segments, valued),
        c.table(columns, rows, hover=True, caption="The chosen segments"),
        caption="Size and spending in the newest run." if valued else "Size, and how much comes back when refitted.",
        data_is_body=True,
    )


def _stability(segment: Any) -> str:
    return "not checked" if segment.stability is None else f.statistic(segment.stability)


def sizes_title(segments: Sequence[Any], valued: bool) -> str:
    """What one customer is worth against another, or which is the largest."""
    if valued:
        worth = sorted(segments, key=lambda each: -(each.value_per_customer or 0.0))
        best, least = worth[0], worth[-1]
        if least.value_per_customer and best.value_per_customer > least.value_per_customer * 1.05:
            ratio = best.value_per_customer / least.value_per_customer
            return f"One of {best.name} spends {f.times(ratio)} as much as one of {least.name}"
        return "They spend about the same per customer"
    largest = max(segments, key=lambda each: each.customers)
    return f"{largest.name} are the largest of them, {f.percent(largest.share, 0)} of customers"
