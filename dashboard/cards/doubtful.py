"""Members to look at twice: on a border, with what pulls them over, and far from every segment, with what is odd."""

from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.customers import customer_link
from dashboard.cards.segments import segment_address
from dashboard.datasets import address

PULLS = 2  # reasons named per member


def border_card(slug: str, segment: str, told: Any) -> html.Section:
    """Who might as well be elsewhere, where, and what pulls them there."""
    if not told.border:
        return c.card("Nobody in it sits on a border", c.empty("Every member is clearly nearer to this segment."))
    who = c.term("border", "Who is on a border")
    columns = [c.Column("Customer"), c.Column("Might be in"), c.Column("Because of", hide_on_phone=True),
               c.Column(c.term("refits_elsewhere"), numeric=True)]  # fmt: skip
    rows = [
        [customer_link(slug, each.customer_key), _runner_up(slug, each), _pulls(each, told.kinds), _elsewhere(each)]
        for each in told.border
    ]
    caption = "Most often elsewhere first. Because of: the inputs that are nearer to the other segment’s average."
    everyone = address("/customers", slug, segment=segment, confidence="borderline")
    link = html.A("All of them, to download", href=everyone) if told.near > len(told.border) else ""
    return c.card(
        border_title(told),
        c.table(columns, rows, hover=True),
        caption=[caption, " ", who],
        data_is_body=True,
        footer=[html.Span(_measured(told)), html.Span(className="k-spacer"), link],
    )  # fmt: skip


def border_title(told: Any) -> str:
    """How many sit on a border.

    >>> from types import SimpleNamespace as Told
    >>> border_title(Told(near=1, often=None, sampled=0)), border_title(Told(near=0, often=4, sampled=9))
    ('1 member is almost as close to another segment', '4 of 9 members move in more than 20% of the refits')
    """
    if told.near or not told.often:
        verb = "is" if told.near == 1 else "are"
        return f"{f.counted(told.near, 'member')} {verb} almost as close to another segment"
    return f"{f.number(told.often)} of {f.counted(told.sampled, 'member')} move in more than 20% of the refits"


def _measured(told: Any) -> str:
    near = f"{f.counted(told.near, 'member')} under a confidence of {f.statistic(told.limit)}"
    if told.often is None:
        return f"{near}. This version was trained without refits."
    return f"{near}; {f.number(told.often)} of the {f.number(told.sampled)} the refits looked at were often elsewhere."


def _runner_up(slug: str, each: Any) -> Any:
    if each.runner_up is None:
        return f.MISSING
    return c.segment_chip(each.runner_up, each.runner_up_colour, segment_address(slug, each.runner_up_slug))


def _pulls(each: Any, kinds: dict[str, str]) -> str:
    named = [_valued(reason, kinds.get(reason.attribute)) for reason in each.pulls[:PULLS]]
    return f.sentence("; ".join(named)) if named else f.MISSING


def _valued(reason: Any, kind: str | None) -> str:
    label, value = f.inside(reason.label), reason.value
    if f.is_missing(value):
        return f"{label} not known"
    if kind == "flag":
        return f"{label}: {'yes' if value else 'no'}"
    return f"{label} {value if isinstance(value, str) else f.observed(value, reason.label)}"


def _elsewhere(each: Any) -> str:
    return f.percent(each.elsewhere, 0) if each.elsewhere is not None else "–"


def unusual_card(slug: str, told: Any) -> html.Section | None:
    """Who is far from every segment and in what; None where nobody is."""
    if not told.unusual:
        return None
    columns = [c.Column("Customer"), c.Column("What is unusual"), c.Column(c.term("far_distance"), numeric=True)]
    rows = [
        [customer_link(slug, each.customer_key),
         html.Ul([html.Li(_odd(feature)) for feature in each.features], className="k-plain"),
         f.times(each.times)]
        for each in told.unusual
    ]  # fmt: skip
    noun = "member is" if told.unusual_count == 1 else "members are"
    more = told.unusual_count - len(told.unusual)
    return c.card(
        f"{f.number(told.unusual_count)} {noun} far from every segment",
        c.table(columns, rows, hover=True),
        caption=[
            "Look whether these figures are right, and think before you write to them as to the others. Distance: from "
            "the nearest centre, as a multiple of the median member’s. ",
            c.term("far", "Who is unusual"),
        ],
        data_is_body=True,
        footer=f"{f.counted(more, 'more member')} not listed" if more > 0 else None,
    )


def _odd(feature: dict[str, Any]) -> str:
    """One figure, and where most members are."""
    label, value, usual = f.with_unit(feature["label"], feature["unit"]), feature["value"], feature["usual"]
    if f.is_missing(value):
        return f"{label}: not known"
    if feature["kind"] == "flag":
        return f"{label}: {'yes' if value else 'no'}"
    if isinstance(value, str):
        return f"{label}: {value}"
    told = f"{label}: {f.observed(value, feature['label'])}"
    if not usual:
        return told
    low, high = (f.average(each, feature["label"]) for each in usual)
    return f"{told} (most members: {low} to {high})"
