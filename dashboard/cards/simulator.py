"""What the simulator shows beside its form: the answer to the values in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.datasets import address
from dashboard.formatting import algorithm, counted, number, sentence, statistic
from dashboard.theme import segment_css
from segmentation.modelling.algorithms import ALGORITHMS
from segmentation.whatif.starts import AT_RISK, BORDERLINE
from segmentation.withholding import too_few

EVERYONE, CUSTOMER, EMPTY = "@everyone", "@customer", "@empty"  # no slug begins like this
MOST_REASONS = 7


def start_options(segments: Sequence[Any]) -> list[dict[str, str]]:
    """Where the form can start from."""
    told = [segment for segment in segments if not too_few(segment.customers)]
    medians = [{"label": f"The median of {segment.name}", "value": segment.slug} for segment in told]
    return [
        {"label": "The median customer of everyone", "value": EVERYONE},
        *medians,
        {"label": "A stored customer", "value": CUSTOMER},
        {"label": "A customer on a border", "value": BORDERLINE},
        {"label": "High value, long not seen", "value": AT_RISK},
        {"label": "An empty form", "value": EMPTY},
    ]


def picks(page: Any, kind: str) -> list[dict[str, str]]:
    """The customers of a list, to pick one; `page` is None where there is no such list."""
    if page is None:
        return [{"label": "The model does not look at the last purchase, or nothing tells value", "value": ""}]
    if not page.rows:
        return [{"label": "Nobody is on a border" if kind == BORDERLINE else "Nobody", "value": ""}]
    first = f"Choose one of {counted(page.total, 'customer')}, the most valuable first"
    rows = [{"label": f"{row.key}: {row.segment}" + (f", {number(row.value)}" if row.value is not None else ""),
             "value": row.key} for row in page.rows]  # fmt: skip
    return [{"label": first, "value": ""}, *rows]


def started(form: Any, values: Mapping[str, Any]) -> Any:
    """The form set to the values of a stored customer, or emptied where there are none."""
    return replace(form, controls=[replace(each, value=values.get(each.name)) for each in form.controls])


def simulator_head(answer: Any, slug: str | None) -> html.Div:
    """The answer as the page's finding, and the ways to the same question about many and to what was kept."""
    title = {
        "clear": f"This customer belongs to “{answer.segment}”",
        "leaning": f"This customer leans to “{answer.segment}”",
        "borderline": f"This customer sits between “{answer.segment}” and “{answer.runner_up}”",
    }[answer.word]
    lede = "Change a value and the same model that gave every customer a segment answers."
    group = c.link_button("A whole group instead", address("/simulator/group", slug), icon_name="people")
    kept = c.link_button("Scenarios", address("/simulator/scenarios", slug), icon_name="table")
    return c.page_head(title, lede, [group, kept], trail=[("Simulator", None)])


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
        html.P(name, className="k-verdict"),
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
