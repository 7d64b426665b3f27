"""What it would take: the ways of a customer to another segment, in words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.components.table import Column
from dashboard.datasets import address
from dashboard.formatting import counted, in_words, is_calendar_year, number, plain, sentence, times
from dashboard.theme import segment_css
from segmentation.whatif.sensitivity import runs
from segmentation.wording import more_or_higher
from segmentation.wording import percent as in_percent

KINDS = {
    "least_effort": "Least effort",
    "fewest": "Fewest changes",
    "marketing": "What marketing can move",
    "safer": "Not just over the border",
}
COLUMNS = [
    Column("Way"),
    Column("What changes", wide=True),
    Column("Confidence", numeric=True, small="Confidence"),
    Column(""),
]
MOST_SHARE = 3.0  # beyond, a factor is easier to read than a percentage
MOST_CHANGES = 4  # told at once; smaller ones are folded away
ASSOCIATIONS = (
    "These are associations: a customer with these values would count as one of the segment. Whether a campaign makes "
    "them change so, and what they then spend, only a test tells."
)


def target_options(segments: Sequence[Any], here: str) -> list[dict[str, str]]:
    """The segments a customer can be led to."""
    return [{"label": each.name, "value": each.slug} for each in segments if each.slug != here and each.colour]


def ways_title(way: Any) -> str:
    """The finding."""
    if way.here:
        return f"This customer is one of “{way.target}” already"
    if not way.found.ways:
        return f"“{way.target}” is not reachable within what was observed"
    least = min(len(each.landing.changes) for each in way.found.ways)
    return f"{sentence(in_words(least))} {'change leads' if least == 1 else 'changes lead'} to “{way.target}”"


def ways_body(way: Any, values: Mapping[str, Any], controls: Sequence[Any]) -> list[Any]:
    """The ways as a table, or why there is none."""
    title = html.H3(ways_title(way))
    if way.here:
        return [title, c.empty("Choose another segment above to see the ways to it.")]
    if not way.found.ways:
        return [title, c.note("", sentence(way.found.reason), _why_not(way, controls))]
    by_name = {control.name: control for control in controls}
    rows = [
        [
            html.Span(names, className="k-strong"),
            changes_list(each.landing.changes, values, by_name),
            f"{each.landing.confidence:.2f}",
            html.Button(
                "Try it",
                type="button",
                className="btn btn-outline-secondary btn-sm",
                **{
                    "data-k-do": "try-way",
                    "data-k-changes": json.dumps(each.landing.changes),
                    "aria-label": f"Try it: {names}",
                },
            ),
        ]
        for names, each in _merged(way.found.ways)
    ]
    return [
        title,
        c.table(COLUMNS, rows, hover=True, edge=True, stacked=True),
        html.P(_how(way), className="form-text"),
    ]


def _how(way: Any) -> str:
    """How the ways were found, and what the safer one is."""
    searched = way.found.method == "search"
    says = (
        "Found by a search, as the borders of this model are not straight: a shorter way may exist."
        if searched else "Least effort is computed, not searched for: no smaller change leads there."
    )  # fmt: skip
    if any(each.kind == "safer" for each in way.found.ways):
        says += f" “{KINDS['safer']}” ends as sure as three in four of the segment’s members."
    return says


def _merged(ways: Sequence[Any]) -> list[tuple[str, Any]]:
    """Ways that are the same stand in one line."""
    found: list[tuple[list[str], Any]] = []
    for way in ways:
        for names, other in found:
            if other.landing.changes == way.landing.changes:
                names.append(KINDS[way.kind].lower())
                break
        else:
            found.append(([KINDS[way.kind]], way))
    return [(", ".join(names), way) for names, way in found]


def _why_not(way: Any, controls: Sequence[Any]) -> str:
    labels = [control.label for control in controls if control.name in way.locked]
    if not labels:
        return "No values that were seen in the data bring this customer there."
    return f"These stay as they are: {', '.join(labels)}. Unlock one of them to let it change."


def changes_list(changes: Mapping[str, Any], values: Mapping[str, Any], controls: Mapping[str, Any]) -> html.Div:
    """What changes from what to what, a line each, with how much that is."""
    lines = [_line(controls[name], values[name], value) for name, value in changes.items()]
    shown_lines, folded = lines[:MOST_CHANGES], lines[MOST_CHANGES:]
    rest = html.Details([html.Summary(f"and {counted(len(folded), 'smaller change')}"), *folded])
    return html.Div([*shown_lines, *([rest] if folded else [])], className="k-changes")


def _line(control: Any, old: Any, new: Any) -> html.Div:
    parts = [f"{control.label} ", html.Span(shown(old), className="k-muted"), " to ", html.B(shown(new))]
    effort = effort_in_words(control, old, new)
    return html.Div([*parts, html.Span(f" ({effort})", className="k-muted")] if effort else parts)


def shown(value: Any) -> str:
    """A value of the form as text.

    >>> shown(None), shown(True), shown(1234.5), shown("Oslo")
    ('unknown', 'yes', '1,234.5', 'Oslo')
    """
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value) if isinstance(value, float | int) else str(value)


def effort_in_words(control: Any, old: Any, new: Any) -> str:
    """How much a change of a number is, empty where a share says nothing.

    >>> from types import SimpleNamespace as Of
    >>> effort_in_words(Of(label="Spending", kind="number"), 100.0, 150.0)
    '50% more'
    >>> effort_in_words(Of(label="Purchases", kind="number"), 4.0, 2.0), effort_in_words(Of(kind="flag"), False, True)
    ('50% fewer', '')
    """
    if control.kind != "number" or not old or old < 0 or is_calendar_year(control.label):
        return ""
    share = abs(new - old) / old
    word = more_or_higher(control.label, new > old)
    return f"{times(new / old)} as much" if share > MOST_SHARE else f"{in_percent(share)} {word}"


def strip_of(along: Any, segments: Sequence[Any]) -> dict[str, Any]:
    """The segment this input alone would give, along its slider: lengths with colour and name, and all in words."""
    told = [(segments[label], length) for label, length in runs(along.labels)]
    says = ", then ".join(segment.name for segment, _ in told)
    if along.change is not None:
        says += f"; the segment changes at {shown(along.change)}"
    parts = [[length, segment_css(segment.colour), segment.name] for segment, length in told]
    return {"parts": parts, "says": f"Segment along the slider: {says}"}


def like_card(nearest: Sequence[Any], among: int, customers: int, play: Any, slug: str | None) -> html.Section:
    """The stored customers most like this one, and what is done for their segment."""
    items = [
        html.Li([html.A(each.customer, href=address(f"/customers/{each.customer}", slug)),
                 html.Span(f"distance {each.distance:.2f}", className="k-muted k-small")], className="k-split")
        for each in nearest
    ]  # fmt: skip
    whom = f"Compared with all {counted(customers, 'customer')}"
    if among < customers:
        whom = f"Compared with {number(among)} of {counted(customers, 'customer')}, drawn at random"
    parts: list[Any] = [html.Ul(items, className="k-list k-like")]
    parts += [html.H3("The play for this segment", className="k-gap"), *_play(play, slug)]
    return c.card("Real customers most like this one", *parts, caption=f"{whom}, in the model's own measure")


def _play(view: Any, slug: str | None) -> list[Any]:
    if view is None:
        return [html.P("Nothing is planned for them yet.", className="k-muted")]
    href, play = address(f"/strategy/{view.segment.slug}", slug), view.play
    if play is None:
        return [html.P(["Nothing is planned for them yet. ", html.A("Write a play", href=href)], className="k-source")]
    risk = f", risk {play['risk']}" if play.get("risk") else ""
    return [
        html.P([html.A(play["objective"] or "The play", href=href), f" ({play['status']}{risk})"], className="k-source")
    ]
