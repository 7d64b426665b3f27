"""Algorithms compared side by side: which one serves these customers best."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard.cards.training import DEFAULT, algorithm_options, named, train_options
from dashboard.formatting import counted, duration, in_words, number, percent, sentence, statistic
from dashboard.ids import page_id
from segmentation.modelling.algorithms import ALGORITHMS

_id = partial(page_id, "models")
BOARD = "leaderboard"  # its job box
TRAIN_WITH = "train_with"
LEAST_MEMORY = 10  # MB


def compare_card() -> html.Section:
    """What to compare, its progress, and the place of the leaderboard."""
    chosen = dbc.Checklist(
        id=_id("algorithms"),
        options=algorithm_options(),
        value=[],
        label_class_name="k-small",
    )
    picked = html.Fieldset(
        [html.Legend("Only these; none ticked: all that serve the recipe", className="form-label"), chosen]
    )
    return c.card(
        "Which way to find groups serves best?",
        html.Div(id=_id("board")),
        html.Details([html.Summary("Choose what is compared"), picked], className="k-fold k-gap"),
        html.Div(c.button("Compare", _id("compare")), className="k-actions k-gap"),
        c.job_box(BOARD),
        caption="Each divides the same customers, prepared as the form above says, in the same number of segments. "
        "Nothing is stored as a version.",
    )


def board(result: Mapping[str, Any] | None) -> Any:
    """The leaderboard of a finished comparison, the best first."""
    if result is None:
        return c.empty("Nothing was compared yet. It takes from seconds to a few minutes.")
    measured = [row for row in result["rows"] if row["error"] is None]
    columns = [
        c.Column("Found by"), c.Column("Segments", numeric=True, hide_on_phone=True),
        c.Column(c.term("separation"), numeric=True),
        c.Column(c.term("calinski_harabasz", "Calinski-\u200bHarabasz"), numeric=True, hide_on_phone=True),
        c.Column(c.term("davies_bouldin", "Davies-\u200bBouldin"), numeric=True, hide_on_phone=True),
        c.Column(c.term("weakest", "Weakest"), numeric=True),
        c.Column(c.term("smallest_share"), numeric=True, hide_on_phone=True),
        c.Column(c.term("stand_in"), numeric=True, hide_on_phone=True),
        c.Column("Took", numeric=True, hide_on_phone=True), c.Column("Memory", numeric=True, hide_on_phone=True),
        c.Column(html.Span("Train", className="visually-hidden")),
    ]  # fmt: skip
    rows = [_row(row) for row in measured]
    failed = [row for row in result["rows"] if row["error"] is not None]
    return html.Div(
        [
            html.P(_finding(result, measured)),
            c.table(columns, rows, hover=True, edge=True),
            *([_failed(failed)] if failed else []),
            html.P(_footer(result), className="k-muted k-small k-gap"),
        ]
    )


def _row(row: Mapping[str, Any]) -> list[Any]:
    left = row["unassigned_share"]
    made = [str(row["k"])] + ([html.Small(f" and {percent(left)} in none", className="k-muted")] if left else [])
    name = named(row["algorithm"])
    said: dict[str, Any] = {"aria-label": f"Train this one: {name}"}
    return [
        name,
        html.Span(made),
        statistic(row["silhouette"]),
        number(row["calinski_harabasz"]),
        statistic(row["davies_bouldin"]),
        statistic(row["stability"]),
        percent(row["smallest_share"]),
        "–" if row["agreement"] is None else percent(row["agreement"]),
        duration(row["seconds"]),
        _memory(row["memory_mb"]),
        c.button("Train this one", {"page": "models", TRAIN_WITH: row["algorithm"]}, small=True, **said),
    ]


def _memory(held: float) -> str:
    """What a process of some hundred megabytes took on meanwhile; a few of them more or less say nothing.

    >>> _memory(0.4), _memory(9.6), _memory(73.2)
    ('under 10 MB', 'under 10 MB', '73 MB')
    """
    return f"under {LEAST_MEMORY} MB" if held < LEAST_MEMORY else f"{number(held)} MB"


def _finding(result: Mapping[str, Any], measured: Sequence[Mapping[str, Any]]) -> str:
    """Who comes first, and that it is a close call where it is."""
    if not measured:
        return "None of them can divide these customers."
    best = [named(row["algorithm"]) for row in measured if row["rank"] == measured[0]["rank"]]
    first = f"{best[0]} comes first" if len(best) == 1 else f"{' and '.join(best[:3])} come first"
    return f"{first} by the middle rank over separation, the two rank criteria and the weakest segment's stability."


def _failed(failed: Sequence[Mapping[str, Any]]) -> html.Ul:
    return html.Ul(
        [html.Li([html.B(named(row["algorithm"])), f" could not: {row['error']}"]) for row in failed],
        className="k-list k-gap",
    )


def _footer(result: Mapping[str, Any]) -> str:
    on = f" formed on a sample of {number(result['sample'])}" if result["sample"] else ""
    return (
        f"{sentence(counted(result['customers'], 'customer'))}{on}, recipe {result['recipe']}, {in_words(result['k'])} "
        f"segments where a number is taken, seed {result['seed']}. Separation and the two beside it count who is in no "
        "segment in the nearest. Weakest: how much of the least stable segment comes "
        "back over 50 refits. Took and memory are of forming and assigning, on this machine at that time."
    )


def options_of(result: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The training job that makes a version of one row of a comparison."""
    same = {key: result[key] for key in ("recipe", "as_of", "seed", "plain", "sample")}
    return {**same, "algorithm": name, "k": result["k"] if ALGORITHMS[name].counts else "auto"}


def compare_options(
    algorithms: Sequence[str],
    recipe: str | None,
    k: str,
    seed: int | None,
    as_of: str | None,
    plain: bool,
    sample: int | None,
) -> dict[str, Any]:
    """What the form asks for, as a comparison takes it."""
    same = train_options(recipe, DEFAULT, k, seed, as_of, plain, sample, None, None, None)
    del same["algorithm"]
    return {**same, "algorithms": list(algorithms) or None}
