"""A customer file on its way in: where it is, what may come in, and the words that several steps share."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.datasets import address
from dashboard.formatting import counted, moment, number

STEPS = ("File", "Read", "Columns", "Check", "Import")
FORMATS = ".csv, .tsv, .txt, .csv.gz or .xlsx"


def steps(current: int) -> html.Ol:
    """Where in the import the analyst is; `current` counts from 0. Steps that were passed lead back."""
    return html.Ol([_step(i, name, current) for i, name in enumerate(STEPS)], className="k-steps")


def _step(place: int, name: str, current: int) -> html.Li:
    inside: list[Any] = [html.B(str(place + 1)), html.Span(name)]
    if place < current < len(STEPS) - 1:  # an import that runs cannot be gone back from
        back = html.Button(inside, id=go_id(place, "steps"), type="button", className="k-step", n_clicks=0)
        return html.Li(back, className="done")
    known: dict[str, Any] = {"aria-current": "step"} if place == current else {}
    return html.Li(inside, className="done" if place < current else "", **known)


def go_id(step: int, at: str) -> dict[str, Any]:
    """Id of a button that leads to a step of the wizard; `at` tells several such buttons apart."""
    return {"page": "data--wizard", "go": step, "at": at}


def batch_address(batch: int, slug: str | None) -> str:
    """The page of one import.

    >>> batch_address(3, "mall")
    '/data/3?dataset=mall'
    """
    return address(f"/data/{batch}", slug)


def file_size(size: int) -> str:
    """Bytes as people say them.

    >>> file_size(3981), file_size(12), file_size(173_000_000)
    ('4 kB', '12 bytes', '173 MB')
    """
    for step, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= step:
            return f"{size / step:,.0f} {unit}" if size >= 10 * step or unit == "kB" else f"{size / step:,.1f} {unit}"
    return f"{size} bytes"


def limits(settings: Any) -> html.Span:
    """What a file may be, said before one is chosen; the browser refuses a larger one before it sends it."""
    most = settings.max_upload_mb * 2**20
    said = (
        f"{FORMATS}, up to {number(settings.max_upload_mb)} MB and 500 attributes. The file stays on this machine and "
        f"is removed after {number(settings.retention_days)} days."
    )
    return html.Span(said, **{"data-k-most": str(most)})


def again_note(known: Sequence[Any]) -> html.Div:
    """The very same file was imported before, and still counts; `known` are `SameFile`, newest first."""
    latest = known[0]
    more = f", and {counted(len(known) - 1, 'time')} before that" if len(known) > 1 else ""
    said = (
        f"It was imported on {moment(latest.batch.created_at)} as {latest.batch.file} into {latest.name}{more}. "
        "You can go on: under the same key nothing is stored twice."
    )
    buttons = [
        c.button("Go on with it", go_id(1, "again"), primary=True, small=True),
        c.link_button("Open that import", batch_address(latest.batch.batch, latest.slug), small=True),
    ]
    acts = html.Div(buttons, className="k-actions k-gap")
    return c.note("", "This very file was imported already", html.Div([said, acts]))


def kept_note(name: str) -> html.Div:
    """A file is in the middle of its steps, and another may be chosen instead."""
    back = html.Div(c.button("Go on with it", go_id(1, "again"), small=True), className="k-actions k-gap")
    return c.note("", f"{name} is still here", html.Div(["Choose another file in its place, or go on.", back]))


def reading_card() -> html.Section:
    """While the whole file is read."""
    return c.card(
        "Reading the whole file", c.skeleton(), caption="Every row, not only the first ones; nothing is stored yet"
    )
