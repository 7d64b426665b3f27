"""What a version's number of segments rests on, and how its customers get their segment."""

from typing import Any

from dash import html

from dashboard import components as c
from dashboard.figures.models import criteria_of
from dashboard.formatting import algorithm, in_words, number, percent, sentence
from segmentation.modelling.algorithms import ALGORITHMS


def found_by_k(model: Any) -> bool:
    """Whether the algorithm takes a number of segments; else it finds the number."""
    return model.algorithm not in ALGORITHMS or ALGORITHMS[model.algorithm].counts


def how_it_assigns(model: Any) -> list[html.Div]:
    """What the analyst must know of how customers get their segment, and of how the training went."""
    notes = []
    agreement, name = model.metrics.get("agreement"), algorithm(model.algorithm)
    if agreement is not None:
        title = f"Assigned by a stand-in that agrees with {name} on {percent(agreement)}"
        text = (
            f"{sentence(name)} cannot label customers it was not formed on. A stand-in learnt its segments and labels "
            "everybody, here and in the simulator; the figure is of customers it had not seen."
        )
        if model.algorithm == "bisecting":
            title = f"Assigned by the nearest centre, which agrees with {name} on {percent(agreement)}"
            text = "It splits step by step; a customer near a border may be nearer to the centre of another segment."
        notes.append(c.note("", title, text))
    formed_on = model.parameters.get("settings", {}).get("formed_on")
    if formed_on:
        notes.append(c.note("", f"Formed on a sample of {number(formed_on)} customers", "Everybody has a segment."))
    return notes + [c.note("warn", "Read with care", text) for text in model.parameters.get("warnings", [])]


def selection_card(model: Any) -> html.Section:
    """One row per number of segments."""
    criteria = criteria_of(model.selection)
    columns = [c.Column("Segments", numeric=True)]
    columns += [
        c.Column(_broken(k.column), numeric=True, hide_on_phone=k.key not in ("silhouette", "smallest_share"))
        for k in criteria
    ]
    columns += [c.Column("")]
    rows, classes = [], []
    for row in model.selection:
        cells = [html.B(str(row["k"])), *(_cell(row.get(criterion.key), criterion) for criterion in criteria)]
        rows.append([*cells, _standing(row, model.k)])
        classes.append("is-picked" if row["k"] == model.k else "is-off" if row.get("excluded") else "")
    decided = "The middle rank over the criteria decides; a number with a segment too small or unstable is left out"
    if not any(row.get("recommended") for row in model.selection):
        decided = "The number in use was asked for; the others are there to compare"
    if not found_by_k(model):
        decided = "It finds the number itself: gap and repeats have nothing to compare it with"
    footer = "Calinski-Harabasz and Davies-Bouldin count as ranks only"
    if any(row.get(criterion.key) is None for row in model.selection for criterion in criteria):
        footer += ". –: not measured, as the number was asked for" if found_by_k(model) else ""
    return c.card(
        "How each number of segments did"
        if found_by_k(model)
        else f"{sentence(in_words(model.k))} segments, found by {algorithm(model.algorithm)} itself",
        c.table(columns, rows, hover=True, edge=True, row_classes=classes),
        caption=decided,
        data_is_body=True,
        footer=footer,
    )


def _cell(value: float | None, criterion: Any) -> str:
    return "–" if value is None else str(criterion.written(value))


def _broken(name: str) -> list[Any]:
    """A long double name in two lines."""
    first, dash, second = name.partition("-")
    return [first + dash, html.Br(), second] if second else [name]


def _standing(row: dict[str, Any], in_use: int) -> Any:
    badges = []
    if row["k"] == in_use:
        badges.append(c.badge("in use", "accent"))
    if row.get("recommended") and not row.get("not_applicable"):
        badges.append(c.badge("recommended"))
    if row.get("excluded"):
        badges.append(html.Span(row["excluded"], className="k-small k-muted"))
    return html.Span(badges, className="k-badges")
