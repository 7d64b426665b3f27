"""Choosing one of a few: buttons in one frame, radio buttons to the keyboard and to a screen reader."""

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html


def choice(id: str, name: str, options: Sequence[tuple[str, str]], value: str) -> html.Fieldset:
    """One of `options` (text, value); its ``value`` is the chosen one's. `name` is read by screen readers."""
    return html.Fieldset(
        [
            html.Legend(name, className="visually-hidden"),
            dbc.RadioItems(
                id=id,
                options=[{"label": text, "value": option} for text, option in options],
                value=value,
                className="k-choice",
                input_class_name="btn-check",
                label_class_name="btn",
            ),
        ]
    )


def field(label: str, control: object, hint: object = None, *, id: str | None = None, about: object = None) -> html.Div:
    """A control under its label, with what it means or allows below.

    `id` is the id of the control, which the label names; `about` stands beside the label, such as a term.
    """
    named: object = html.Label(label, className="form-label", **({"htmlFor": id} if id else {}))
    parts = [html.Div([named, about], className="k-label") if about is not None else named, control]
    parts += [html.Div(hint, className="form-text")] if hint is not None else []
    return html.Div(parts, className="k-control")
