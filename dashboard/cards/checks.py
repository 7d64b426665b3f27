"""The checks a model stood, as the models page shows them."""

from typing import Any

from dash import html

from dashboard import components as c
from dashboard.figures.checks import reality_figure
from dashboard.formatting import algorithm, number, statistic
from dashboard.theme import Theme

NEEDED = 0.75  # stability a segment needs before anybody acts on it


def checked_words(model: Any) -> str:
    """What the checks add to the title; nothing where they were left out.

    >>> from types import SimpleNamespace
    >>> checked_words(SimpleNamespace(reality_check={"verdict": "groups"}, stability={"weakest": 0.94}))
    ', real and stable'
    >>> checked_words(SimpleNamespace(reality_check={"verdict": "none"}, stability={"weakest": 0.5}))
    ', a way to divide that is not stable'
    """
    if model.reality_check is None or model.stability is None:
        return ""
    real, stable = model.reality_check["verdict"] == "groups", model.stability["weakest"] >= NEEDED
    if real:
        return ", real and stable" if stable else ", real but not all stable"
    return ", a way to divide" + ("" if stable else " that is not stable")


def separation_words(model: Any) -> tuple[str, str]:
    """The silhouette in words: what it adds to the title, and a sentence (bands of Kaufman and Rousseeuw)."""
    value = model.metrics.get("silhouette")
    if value is None:
        return "", ""
    bands = (
        (0.25, " that overlap", "poor", "many customers sit between segments"),
        (0.50, " that touch", "fair", "expect people in between"),
        (0.70, " that stand apart", "good", "few customers sit in between"),
        (1.00, " far apart", "strong", "hardly anybody sits in between"),
    )
    added, grade, meaning = next(band[1:] for band in bands if value <= band[0])
    whose = " among those in a segment" if "everyone" in model.metrics else ""
    return added, f"Separation is {grade}{whose} ({statistic(value)}): {meaning}. "


def reality_card(theme: Theme, model: Any) -> html.Section:
    """The customers' separation against copies without groups."""
    told, check = model.trust[0], model.reality_check
    if check is None or check["z"] is None:
        return c.card(told.title, c.empty(told.text))
    says = f"Separation of the customers, {statistic(check['score'])}, and of {len(check['nulls'])} copies"
    rows = [["Your customers", statistic(check["score"])]]
    rows += [[f"Copy {i}", statistic(value)] for i, value in enumerate(check["nulls"], start=1)]
    return c.card(
        told.title,
        html.P(told.text),
        c.graph("models--reality", reality_figure(theme, check), says, height=170),
        caption="Filled: your customers. Open: copies with the same values and correlations but no groups, "
        "each divided the same way.",
        data=c.data_of(["Customers", "Best separation"], rows),
        footer=f"{number(check['rows'])} customers compared{_divided_by(check, model)}, seed {model.seed}",
    )


def _divided_by(check: dict[str, Any], model: Any) -> str:
    """Another algorithm than the model's tells whether there are groups where the model's has no best number."""
    used = check.get("algorithm") or model.algorithm
    return "" if used == model.algorithm else f", divided by {algorithm(used)}"


def stability_card(model: Any) -> html.Section:
    """How much of each segment is found again when the model is fitted to other draws of the customers."""
    told, check = model.trust[1], model.stability
    if check is None:
        return c.card(told.title, c.empty(told.text))
    columns = [c.Column("Segment"), c.Column(c.term("stability", "Found again"), wide=True), c.Column("")]
    rows = [
        [
            c.segment_chip(each["name"], each["colour"]),
            c.share_bar(each["stability"], 1.0, each["colour"]),
            c.badge("under 75%", "warn") if each["stability"] < NEEDED else "",
        ]
        for each in model.segments
        if each["stability"] is not None
    ]
    return c.card(
        told.title,
        c.table(columns, rows, edge=True),
        caption=f"Average overlap with the best match over {check['refits']} refits. "
        f"The whole division agrees at {statistic(check['ari'])}; 1 is identical, 0 is chance.",
        data_is_body=True,
        footer=f"{number(check['rows'])} customers drawn from, seed {model.seed}",
    )
