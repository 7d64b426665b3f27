"""The simulator's form: one piece of HTML, which ``simulator.js`` reads and keeps together.

As Dash components a model of thirty inputs is some five hundred of them, each of which looks at every change of the
page: half a second from a slider to its answer. See ``bench/repaint_bench.py``.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template

from dashboard.formatting import plain

PLACES = 200  # of a slider that has a scale of its own: a step of the keyboard is half a percent of its width
FEW = 8  # inputs that need neither groups nor a search
GROUPS = {
    "value": "Spending",
    "frequency": "Purchases",
    "recency": "Time since",
    "tenure": "Time with us",
    "response": "Campaigns",
    "engagement": "Engagement",
    "discount": "Discounts",
    "channel": "Channels",
    "demographic": "About the person",
    "consent": "Consent",
    "id": "Other",
    "other": "Other",
}


def form_html(form: Any, roles: Mapping[str, str], of: str = "everyone") -> str:
    """The inputs, in groups when there are many.

    `roles` gives the role of an attribute by its name; the group follows from it. `of` says whose values are usual.
    """
    fields = {control.name: _field(control, of, control.name in form.locked) for control in form.controls}
    if len(fields) <= FEW:
        return _template().render(groups=[("", list(fields.values()))])
    groups: dict[str, list[Any]] = {}
    for name, field in fields.items():
        groups.setdefault(GROUPS.get(roles.get(name, "other"), "Other"), []).append(field)
    order = sorted(groups, key=lambda name: (name == "Other", list(GROUPS.values()).index(name)))
    return _template().render(groups=[(name, groups[name]) for name in order])


def component_id(id: Mapping[str, Any]) -> str:
    """A component's id as it stands in the page."""
    return json.dumps(id, sort_keys=True, separators=(",", ":"))


@cache
def _template() -> Template:
    environment = Environment(loader=PackageLoader("dashboard"), autoescape=True)
    environment.filters["component_id"] = component_id
    return environment.get_template("simulator_form.html")


def _field(control: Any, of: str, locked: bool) -> dict[str, Any]:
    """What the template tells of one input."""
    slides = control.kind == "number" and control.low is not None and control.high is not None
    field = {
        "name": control.name,
        "label": control.label,
        "unit": control.unit,
        "kind": control.kind,
        "part": "value" if slides else "alone",
        "value": _value(control),
        "levels": [str(level) for level in control.levels or []],
        "locked": locked,
    }
    if slides:
        field |= {
            "range": _range(control),
            "scale": [control.low, control.high, control.power, control.step] if control.power > 1 else None,
            "lo": _place(control, control.typical_low),
            "hi": _place(control, control.typical_high),
            "ends": (plain(control.low), _usual(control, of), plain(control.high)),
        }
    return field


def _value(control: Any) -> Any:
    if control.kind == "flag":
        return bool(control.value)
    if control.value is None:
        return ""
    if control.kind == "date":
        return str(control.value)[:10]
    return _written(control.value) if control.kind == "number" else str(control.value)


def _written(value: float) -> str:
    """A number as a field of the browser shows it, to the last digit.

    >>> _written(36.0), _written(0.1), _written(1234567.5)
    ('36', '0.1', '1234567.5')
    """
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def _range(control: Any) -> dict[str, Any]:
    """What the browser's slider needs: the values themselves, or places on a scale that ``simulator.js`` turns."""
    if control.power == 1:
        ends = {"min": control.low, "max": control.high, "step": control.step or "any"}
        return {**ends, "value": control.low if control.value is None else control.value}
    return {"min": 0, "max": PLACES, "step": 1, "value": round(PLACES * control.place(control.value))}


def _place(control: Any, value: float | None) -> str:
    """Where a value lies on the slider, in percent of its width."""
    return f"{100 * control.place(value):.1f}%"


def _usual(control: Any, of: str) -> str:
    """Where the middle half of the customers `of` (a segment's name or everyone) is."""
    if control.typical_low is None:
        return ""
    if control.typical_low == control.typical_high:
        return f"half of {of}: {plain(control.typical_low)}"
    return f"half of {of}: {plain(control.typical_low)} to {plain(control.typical_high)}"
