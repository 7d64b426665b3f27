"""What was measured of recipes: how much hangs on sensitive columns, and how two differ."""

from typing import Any

from dash import html

from dashboard import components as c
from dashboard.formatting import counted, inside, listed, number, percent, statistic


def dependence_body(sensitive: list[str], found: dict[str, Any] | None) -> list[Any]:
    """How much of the segments depends on sensitive columns: what was measured, or what can be."""
    if not sensitive:
        return [html.P("No sensitive column is in use, so the segments cannot depend on one directly.")]
    named = listed([inside(label) for label in sensitive])
    if found is None:
        text = (
            f"The segments use {named}. Measure how many customers would be grouped otherwise without: "
            "it takes under a minute."
        )
        return [html.P(text)]
    rows = [found["without_all"], *found["without_one"]]
    table = c.table(
        [
            c.Column("Without"),
            c.Column("Pairs that stay together", numeric=True),
            c.Column("Agreement (ARI)", numeric=True),
        ],
        [
            [listed(row["labels"]), percent(row["together"]), statistic(row["ari"])]
            for row in rows
            if not row["why_not"]
        ],
        edge=True,
    )
    parts: list[Any] = [html.P(dependence_words(found))]
    parts += [html.P(f"Without {listed(row['labels'])}: {row['why_not']}.") for row in rows if row["why_not"]]
    return [*parts, table, *_made_on(found)]


def dependence_words(found: dict[str, Any]) -> str:
    """The finding in a sentence."""
    whole = found["without_all"]
    if whole["why_not"]:
        return "Without the sensitive columns there would be no such segments."
    named = listed([inside(label) for label in whole["labels"]])
    weight = "hardly depend" if whole["ari"] >= 0.9 else "depend in part" if whole["ari"] >= 0.5 else "depend strongly"
    return (
        f"Without {named}, {percent(whole['together'], 0)} of the pairs of customers stay together: "
        f"the segments {weight} on {'them' if len(whole['labels']) > 1 else 'it'}."
    )


def comparison_body(found: dict[str, Any] | None) -> list[Any]:
    """Two recipes side by side."""
    if found is None:
        text = (
            "Two recipes divide the same customers, each into the number of segments recommended for it. "
            "You see which separates and repeats better, and who would move where."
        )
        return [c.empty(text)]
    first, second = found["recipes"]
    rows = [
        ["Segments", *(str(each["k"]) for each in (first, second))],
        ["Are the groups real?", *(each["verdict_words"] for each in (first, second))],
        ["Separation, each in its own columns", *(statistic(each["silhouette"]) for each in (first, second))],
        ["The same again in 50 refits (ARI)", *(statistic(each["stability"]) for each in (first, second))],
        ["Columns", *(number(len(each["features"])) for each in (first, second))],
    ]
    heads = [c.Column("What"), c.Column(first["label"], numeric=True), c.Column(second["label"], numeric=True)]
    moves = [[move["from"], move["to"], number(move["customers"])] for move in found["moves"]]
    return [
        html.P(comparison_words(found)),
        c.table(heads, rows, edge=True),
        html.Details(
            [
                html.Summary("Who is where"),
                c.table(
                    [c.Column(first["label"]), c.Column(second["label"]), c.Column("Customers", numeric=True)],
                    moves, edge=True,
                ),
            ],
            className="k-fold k-gap",
        ),
        *_made_on(found),
    ]  # fmt: skip


def comparison_words(found: dict[str, Any]) -> str:
    """What a comparison comes down to."""
    first, second = found["recipes"]
    together = percent(found["together"][0], 0)
    said = (
        f"Of the pairs of customers that “{first['label']}” puts together, “{second['label']}” keeps {together} "
        f"together (agreement {statistic(found['ari'])}; 1 is the same division, 0 is chance)."
    )
    real = [each for each in (first, second) if each["verdict"] == "groups"]
    if len(real) == 1:
        return f"Only “{real[0]['label']}” finds groups that are real. {said}"
    steadier = max((first, second), key=lambda each: each["stability"] or 0.0)
    apart = abs((first["stability"] or 0.0) - (second["stability"] or 0.0))
    lead = "Both find groups that are real." if real else "Neither finds groups: both are ways to divide."
    steady = f" “{steadier['label']}” repeats better." if apart >= 0.05 else " Both repeat about equally well."
    return f"{lead}{steady} {said}"


def _made_on(found: dict[str, Any]) -> list[Any]:
    """What a study rests on, and whether the customers changed since."""
    sample, everyone = found["sample"], found["customers"]
    of = (
        f"a sample of {number(sample)} of {number(everyone)} customers"
        if sample < everyone
        else f"all {counted(everyone, 'customer')}"
    )
    parts: list[Any] = [html.P(f"Measured on {of}, seed {found['seed']}.", className="k-small k-muted k-gap")]
    if found.get("stale"):
        parts.append(c.note("", "The customers changed since. ", "Measure again to see how it is now."))
    return parts
