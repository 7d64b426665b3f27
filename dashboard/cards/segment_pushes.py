"""Which attribute would move most members of a segment, and where they would go."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.segments import segment_address
from dashboard.cards.ways import ASSOCIATIONS
from dashboard.datasets import address

SHOWN = 5
NOTICEABLE = 0.01


def pushes_card(dataset: str, segment: str, view: Any) -> html.Section:
    """The steps that move most, one for each attribute; behind them every step of every attribute."""
    best = strongest(view.steps)
    moving = [each for each in best if each.share > 0][:SHOWN]
    columns = [
        c.Column("Changed for all members", wide=True), c.Column("Would change segment", small="would change segment"),
        c.Column("Most of them to", small="most of them to"),
    ]  # fmt: skip
    largest = moving[0].share if moving else 0.0
    rows = [[words(each), c.share_bar(each.share, largest), _to(dataset, each)] for each in moving]
    body = c.table(columns, rows, stacked=True, caption="Steps that move most members") if moving else html.P(
        "Whatever is changed by itself, hardly anybody leaves: it takes several changes at once, or larger ones."
    )  # fmt: skip
    every = [[words(each), f.percent(each.share), _to_words(each)] for each in view.steps]
    try_it = html.A("Try other changes for them", href=address("/simulator/group", dataset, segment=segment))
    return c.card(
        _title(moving),
        body,
        caption=_caption(view),
        data=c.data_of(["Changed for all members", "Would change segment", "Most of them to"], every),
        footer=[html.Span(f"{_asked(view)} {ASSOCIATIONS}"), html.Span(className="k-spacer"), try_it],
    )


def strongest(steps: Sequence[Any]) -> list[Any]:
    """Of each attribute the step that moves most, in the order given."""
    seen: dict[str, Any] = {}
    for each in steps:
        seen.setdefault(each.change.attribute, each)
    return list(seen.values())


def words(step: Any) -> str:
    """A step in words.

    >>> from types import SimpleNamespace as S
    >>> def told(kind, value, unit=None, how="add"):
    ...     return words(S(change=S(how=how, value=value), label="Visits", kind=kind, unit=unit))
    >>> told("number", 2.0), told("number", -0.5, "hours"), told("date", 30.0), told("flag", True, how="set")
    ('Visits +2', 'Visits −0.5 hours', 'Visits 30 days later', 'Visits set to yes')
    """
    value = step.change.value
    if step.change.how == "set":
        return f"{step.label} set to {('no', 'yes')[value] if step.kind == 'flag' else value}"
    if step.kind == "date":
        return f"{step.label} {f.counted(round(abs(value)), 'day')} {'later' if value > 0 else 'earlier'}"
    size = f"{'+' if value > 0 else ''}{f.plain(value)}"
    unit = f" {step.unit}" if step.unit and step.unit.lower() not in step.label.lower() else ""
    return f"{step.label} {size}{unit}"


def _title(moving: Sequence[Any]) -> str:
    if not moving or moving[0].share < NOTICEABLE:
        return "No single change moves many of them"
    return f"{moving[0].label} moves most: {f.percent(moving[0].share, 0)} would change segment"


def _to(dataset: str, step: Any) -> Any:
    first = step.to[0]
    chip = c.segment_chip(first.name, first.colour, segment_address(dataset, first.slug) if first.colour else None)
    return html.Span([chip, html.Span(f" {f.percent(first.share)}", className="k-muted")])


def _to_words(step: Any) -> str:
    return f"{step.to[0].name}, {f.percent(step.to[0].share)}" if step.to else "nobody leaves"


def _caption(view: Any) -> str:
    locked = f" Left alone: {f.listed([f.inside(label) for label in view.locked])}." if view.locked else ""
    return (
        "Each attribute alone, changed for all members by about half of what the middle half of customers span (up or "
        f"down, whichever moves more), or set to one value; then everybody is scored.{locked}"
    )


def _asked(view: Any) -> str:
    if view.asked == view.members:
        return f"All {f.counted(view.members, 'member')}."
    return f"A sample of {f.number(view.asked)} of {f.counted(view.members, 'member')}, drawn by a fixed seed."
