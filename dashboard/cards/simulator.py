"""What the simulator shows: the form of the model's inputs and the answer to their values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from dashboard import components as c
from dashboard.datasets import address
from dashboard.formatting import algorithm, counted, number, plain, sentence, statistic
from dashboard.theme import segment_css
from segmentation.modelling.algorithms import ALGORITHMS
from segmentation.withholding import too_few

EVERYONE, CUSTOMER, EMPTY = "@everyone", "@customer", "@empty"  # no slug begins like this
MOST_REASONS = 7
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


def fields(form: Any, roles: Mapping[str, str], of: str = "everyone") -> list[Any]:
    """The inputs, in groups when there are many.

    `roles` gives the role of an attribute by its name; the group follows from it. `of` says whose values are usual.
    """
    locked = set(form.locked)
    if len(form.controls) <= FEW:
        return [control_field(control, of, control.name in locked) for control in form.controls]
    groups: dict[str, list[Any]] = {}
    for control in form.controls:
        groups.setdefault(GROUPS.get(roles.get(control.name, "other"), "Other"), []).append(control)
    order = sorted(groups, key=lambda name: (name == "Other", list(GROUPS.values()).index(name)))
    return [
        html.Details(
            [
                html.Summary([name, html.Small(number(len(groups[name])))]),
                *(control_field(x, of, x.name in locked) for x in groups[name]),
            ],
            className="k-fold",
            open=position < 2,
        )
        for position, name in enumerate(order)
    ]


def control_field(control: Any, of: str, locked: bool = False) -> html.Div:
    """One input with its label, below what is usual, and whether the ways to a segment leave it alone."""
    lock = dbc.Checkbox(
        id={"name": control.name, "page": "simulator", "part": "lock"},
        label=[html.Span(f"{control.label}: ", className="visually-hidden"), "locked"],
        value=locked,
        className="k-lock",
    )
    return html.Div([*_parts(control, of), lock], className="k-field", **{"data-k-name": control.label.lower()})


def _parts(control: Any, of: str) -> Iterator[Any]:
    ids = {"name": control.name, "page": "simulator"}
    slides = control.kind == "number" and control.low is not None and control.high is not None
    value_id = {**ids, "part": "value" if slides else "alone"}
    words = [control.label, html.Small(control.unit)] if control.unit else control.label
    label = html.Label(words, htmlFor=component_id(value_id), className="form-label")
    if control.kind == "number":
        typed = dbc.Input(id=value_id, type="number", value=control.value, step="any", inputmode="decimal")
        yield html.Div([label, typed], className="k-field-top pair")
        if not slides:
            return  # nobody has a value: there is no range to slide over
        slid = dbc.Input(id={**ids, "part": "range"}, type="range", **_range(control))
        scale = [control.low, control.high, control.power, control.step] if control.power > 1 else None
        yield dcc.Store(id={**ids, "part": "scale"}, data=scale)
        usual = {"--lo": _place(control, control.typical_low), "--hi": _place(control, control.typical_high)}
        hidden = html.Span(f"{control.label}, slider", className="visually-hidden")
        yield html.Label([hidden, slid], className="k-slider", style=usual)
        yield html.Div(id={**ids, "part": "strip"})
        ends = (plain(control.low), _usual(control, of), plain(control.high))
        yield html.Div([html.Span(end) for end in ends], className="form-text k-ends")
    elif control.kind == "flag":
        yield dbc.Switch(id=value_id, label=control.label, value=bool(control.value))
    else:
        if control.kind == "date":
            choose: Any = dbc.Input(id=value_id, type="date", value=_day(control.value))
        else:
            choose = dbc.Select(
                id=value_id,
                options=[{"label": str(x), "value": str(x)} for x in control.levels or []],
                value=control.value,
            )
        yield html.Div([label, choose], className="k-field-top bare")


def _range(control: Any) -> dict[str, Any]:
    """What the browser's slider needs: the values themselves, or places on a scale that ``simulator.js`` turns."""
    if control.power == 1:
        return {"min": control.low, "max": control.high, "step": control.step or "any", "value": control.value}
    return {"min": 0, "max": PLACES, "step": 1, "value": round(PLACES * control.place(control.value))}


def component_id(id: Mapping[str, Any]) -> str:
    """A component's id as it stands in the page."""
    return json.dumps(id, sort_keys=True, separators=(",", ":"))


def _day(value: Any) -> str | None:
    return str(value)[:10] if value is not None else None


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


def start_options(segments: Sequence[Any]) -> list[dict[str, str]]:
    """Where the form can start from."""
    told = [segment for segment in segments if not too_few(segment.customers)]
    medians = [{"label": f"The median of {segment.name}", "value": segment.slug} for segment in told]
    return [
        {"label": "The median customer of everyone", "value": EVERYONE},
        *medians,
        {"label": "A stored customer", "value": CUSTOMER},
        {"label": "An empty form", "value": EMPTY},
    ]


def started(form: Any, values: Mapping[str, Any]) -> Any:
    """The form set to the values of a stored customer, or emptied where there are none."""
    return replace(form, controls=[replace(each, value=values.get(each.name)) for each in form.controls])


def simulator_head(answer: Any, slug: str | None) -> html.Div:
    """The answer as the page's finding, and the way to the same question about many."""
    title = {
        "clear": f"This customer belongs to “{answer.segment}”",
        "leaning": f"This customer leans to “{answer.segment}”",
        "borderline": f"This customer sits between “{answer.segment}” and “{answer.runner_up}”",
    }[answer.word]
    lede = "Change a value and the same model that gave every customer a segment answers. Nothing is stored."
    group = c.link_button("A whole group instead", address("/simulator/group", slug), icon_name="people")
    return c.page_head(title, lede, [group], trail=[("Simulator", None)])


def now(answer: Any) -> list[Any]:
    """The answer in one line, always in view on a phone."""
    return [c.segment_chip(answer.segment, answer.colour), html.Span(answer.word, className="k-muted")]


def answer_card(answer: Any, slug: str | None) -> html.Section:
    """Segment, confidence, runner-up, reasons and warnings."""
    colour = segment_css(answer.colour)
    name = html.A(
        c.segment_chip(answer.segment, answer.colour),
        href=address(f"/segments/{answer.slug}", slug),
        className="k-seg-link",
    )
    parts: list[Any] = [
        html.P("This customer is one of", className="k-muted k-small"),
        html.P(name, className="k-verdict", id="simulator--segment"),
        html.Div(
            [html.Span(c.term("confidence")), html.B(answer.word, className="k-strong")],
            className="k-split k-gap",
        ),
        *_meter(answer, colour),
    ]
    if answer.runner_up:
        parts.append(
            html.P(["Next closest: ", c.segment_chip(answer.runner_up, answer.runner_up_colour)], className="k-gap")
        )
    parts += _reasons(answer, colour) if answer.reasons else []
    if answer.warnings:
        told = html.Ul([html.Li(text) for text in answer.warnings])
        parts.append(html.Div(c.note("warn", "Beyond what was observed", told), className="k-gap"))
    title = {
        "clear": "Clearly in this segment",
        "leaning": "Leaning to this segment",
        "borderline": "On the border to the next segment",
    }[answer.word]
    return c.card(title, *parts, caption="The same answer as scoring the whole base gives")


def _meter(answer: Any, colour: str) -> list[Any]:
    """Where the confidence ranks among the segment's own customers."""
    margin = f"margin {statistic(answer.confidence)}"
    if answer.percentile is None:
        return [html.P(f"Nobody is in this segment to compare with ({margin})", className="form-text")]
    rank = f"{answer.percentile}%" if answer.percentile < 100 else "over 99%"
    says = f"Surer than {rank} of its customers ({margin})"
    bar = html.Div(html.I(style={"--w": f"{answer.percentile}%", "--c": colour}), className="k-meter")
    ends = html.Div([html.Span("nearest the border"), html.Span("nearest the centre")], className="form-text k-split")
    return [bar, ends, html.P(says, className="form-text")]


def _reasons(answer: Any, colour: str) -> list[Any]:
    """Bars: how much each value keeps the customer here (filled) or pulls to the runner-up (outlined)."""
    told = sorted(answer.reasons, key=lambda reason: -abs(reason.pull))
    largest = max(abs(told[0].pull), 1e-12)
    bars = [
        html.Div(
            [
                html.Span(reason.label),
                html.I(
                    className="" if reason.pull >= 0 else "against",
                    style={"--w": f"{100 * abs(reason.pull) / largest:.0f}%", "--c": colour},
                    title="keeps the customer here" if reason.pull >= 0 else "pulls to the next closest",
                ),
            ],
            className="k-reason",
        )
        for reason in told[:MOST_REASONS]
    ]
    says = "Filled: keeps the customer here. Outlined: pulls to the next closest. The longer, the stronger."
    rest = len(told) - MOST_REASONS
    says += f" {sentence(counted(rest, 'more value'))} weigh less." if rest > 0 else ""
    if algorithm_decides(answer.algorithm):
        says += f" Told by the averages of both segments; {algorithm(answer.algorithm)} decides by more than these."
    return [html.H3("Why not the next closest", className="k-gap"), *bars, html.P(says, className="form-text")]


def algorithm_decides(name: str) -> bool:
    """Whether more than the distance to the segments' averages decides."""
    return name == "gmm" or (name in ALGORITHMS and not ALGORITHMS[name].predicts)


def map_caption(view: Any) -> str:
    """What the small map shows."""
    return f"The large dot is this customer, among {number(len(view.points))} of {counted(view.customers, 'customer')}"


def no_form(slug: str | None) -> html.Div:
    """The page before there is a model."""
    text = (
        "The simulator asks the model that gave every customer a segment. Train a first one to try any customer here."
    )
    return html.Div(
        [
            c.page_head("Nothing to simulate yet", trail=[("Simulator", None)]),
            c.card(
                "There is no model",
                c.empty(text, c.link_button("Find segments", address("/models", slug), primary=True)),
            ),
        ]
    )
