"""Who changed what when: the newest changes, the older ones folded away."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import formatting as f

SHOWN = 5  # changes


def history_list(lines: Sequence[Any], nothing: str) -> Any:
    """The lines, the newest first; `nothing` where there are none."""
    if not lines:
        return html.P(nothing, className="form-text")
    rows = [html.Li(line) for line in lines]
    parts: list[Any] = [html.Ul(rows[:SHOWN], className="k-changes")]
    if rows[SHOWN:]:
        older = html.Summary(f.counted(len(rows) - SHOWN, "older change"))
        parts.append(html.Details([older, html.Ul(rows[SHOWN:], className="k-changes")], className="k-fold"))
    return html.Div(parts)


def who_and_when(edit: Any) -> str:
    """The start of a line: ``28 Nov 2026, 22:10 UTC, by ana``."""
    who = f.made_by(edit.by)
    return f"{f.moment(edit.at)}{f', {who}' if who else ''}"
