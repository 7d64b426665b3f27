"""Notes, empty states and skeletons."""

from typing import Any

from dash import html

from dashboard.components.small import icon

ICONS = {"": "info", "good": "check", "warn": "warn", "bad": "stop"}


def note(kind: str, title: str, text: Any = "", action: Any = None) -> html.Div:
    """A note above the content it is about.

    `kind`: "" (grey: stale, for information), "good", "warn" (amber: not stable, not real), "bad" (red: an error; says
    what, where, which value, what to do). `action` is one button or link.
    """
    parts = [icon(ICONS[kind]), html.Div([html.Strong(title), text])] + ([action] if action is not None else [])
    return html.Div(parts, className=f"alert {kind}".strip(), role="alert" if kind == "bad" else "status")


def empty(text: Any, action: Any = None) -> html.Div:
    """What is missing and what will be here, with one button that leads on. Never invented bars."""
    return html.Div([html.P(text)] + ([action] if action is not None else []), className="k-empty")


def skeleton(*widths: int) -> html.Div:
    """Grey lines of `widths` percent in the place of what comes; seen only after 200 ms (CSS)."""
    lines = [html.Span(className="placeholder", style={"width": f"{width}%"}) for width in widths or (40, 100, 92, 76)]
    return html.Div(lines, className="k-skeleton", **{"aria-hidden": "true"})
