"""What a play would bring: every assumption can be seen and changed, and what is missing is said."""

from collections.abc import Callable, Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.components.choice import field
from segmentation.expected_value import ASSUMPTIONS, SHARES, expected

LABELS = {
    "people": "People", "reach": "Reach, %", "response": "Response, %", "value": "Value of a response",
    "margin": "Margin, %", "cost": "Cost of a contact", "fixed": "Fixed costs",
}  # fmt: skip
TERM = {each: each for each in ("people", "reach", "response", "margin")} | {
    "value": "response_value", "cost": "contact_cost", "fixed": "fixed_costs",
}  # fmt: skip
HINTS = {
    "response": "Of those reached, how many you expect to act. Nothing in the data tells it.",
    "value": "What one response brings, before costs of goods.",
    "margin": "What is left of it after costs of goods.",
    "cost": "Of writing to one person: postage, discount given to everyone reached.",
    "fixed": "Design, set-up; 0 if there are none.",
}


def calculator_card(id_of: Callable[[str], str]) -> html.Section:
    """The seven inputs and the result; `id_of` gives the ids of the page."""
    inputs = [
        field(
            LABELS[name], dbc.Input(id=id_of(name), type="number", step="any", min=0, autocomplete="off"),
            html.Span(HINTS.get(name, ""), id=id_of(f"{name}-hint")), id=id_of(name), about=c.term(TERM[name], "?"),
        )
        for name in ASSUMPTIONS
    ]  # fmt: skip
    return c.card(
        "What it would bring",
        html.Div(inputs, className="k-two"),
        html.Div(id=id_of("expected"), className="k-expected", **{"aria-live": "polite"}),
        caption=[
            "People × reach × (response × value × margin − cost) − fixed costs. Your assumptions, worked out; "
            "no forecast. What it comes to: ",
            c.term("expected_gain"),
            ", ",
            c.term("break_even", "what it pays from"),
            ".",
        ],
    )


def as_shares(typed: Mapping[str, Any]) -> dict[str, float | None]:
    """What the form holds, with percent as shares.

    >>> as_shares({"people": 10, "reach": 7.0, "response": None, "value": ""})
    {'people': 10, 'reach': 0.07, 'response': None, 'value': None}
    """
    return {
        name: None if value in (None, "") else round(value / 100, 8) if name in SHARES else value
        for name, value in typed.items()
    }


def as_typed(play: Mapping[str, Any]) -> dict[str, Any]:
    """A stored play's assumptions as the form shows them, shares as percent.

    >>> as_typed({"people": 10.0, "reach": 0.07, "response": None})
    {'people': 10, 'reach': 7, 'response': None}
    """
    return {
        name: None if value is None else _plain(round(value * 100, 6) if name in SHARES else value)
        for name, value in play.items()
    }


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value


def ground_hints(ground: Mapping[str, Any]) -> list[str]:
    """Below people, reach and value: what the data says, and that it counts while nothing is typed."""
    reach = ground["reach_text"] if ground["reach"] is None else f"Left empty: {f.inside(ground['reach_text'])}"
    spent, money = ground["value"], f" {ground['currency']}" if ground["currency"] else ""
    hint = HINTS["value"] + (f" A member has spent {f.number(spent)}{money} so far." if spent is not None else "")
    return [f"Left empty: all {f.number(ground['people'])} of them.", reach, hint]


def result(ground: Mapping[str, Any], typed: Mapping[str, Any]) -> list[Any]:
    """The gain with its parts in words, or what is missing and from which response on it pays."""
    known = as_shares(typed)
    used = known | {name: ground[name] for name in ("people", "reach") if known[name] is None}
    told = expected(used)
    money = f" {ground['currency']}" if ground["currency"] else ""
    even = told.break_even
    pays = [] if even is None else [html.P(_pays(even), className="k-muted")]
    if told.gain is None:
        missing = [f.inside(LABELS[name].removesuffix(", %")) for name in told.missing]
        return [html.P(["Still to type: ", html.Strong(f.listed(missing)), "."]), *pays]
    parts = (
        f"{f.number(told.reached)} reached, {f.number(told.responses, 0)} respond and bring "
        f"{f.number(told.contribution)} after costs of goods; the play costs {f.number(told.costs)}."
    )
    word = "Expected loss" if told.gain < 0 else "Expected gain"
    return [html.P([f"{word}: ", html.Strong(f"{f.change(told.gain)}{money}")], className="k-verdict"),
            html.P(parts), *pays]  # fmt: skip


def _pays(even: float) -> str:
    if even > 1:
        return "It costs more than it brings even if everyone reached responds."
    return f"It pays from a response of {f.percent(even)} on."
