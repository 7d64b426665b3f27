"""The form that trains a new version: how groups are found, in how many, and what else may be said."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard.components.choice import field
from dashboard.formatting import algorithm, moment, sentence
from dashboard.ids import page_id
from segmentation.modelling.algorithms import ALGORITHMS

_id = partial(page_id, "models")
DEFAULT = "kmeans"
SETTINGS = {"dbscan": ("eps", "min-samples"), "hdbscan": ("min-cluster-size", "min-samples")}


def train_card() -> html.Section:
    """The form; what an algorithm does not take is hidden by `shown_for`."""
    numbers = [{"label": "Recommend a number (2 to 10)", "value": "auto"}]
    numbers += [{"label": str(k), "value": str(k)} for k in range(2, 11)]
    return c.card(
        "Train a new version",
        field("Recipe", dbc.Select(id=_id("recipe"), options=[]), html.Span(id=_id("recipe-says")), id=_id("recipe")),
        field(
            "How groups are found",
            dbc.Select(id=_id("algorithm"), options=algorithm_options(), value=DEFAULT),
            html.Span(says(DEFAULT), id=_id("algorithm-says")),
            id=_id("algorithm"),
        ),
        html.Div(
            field("Number of segments", dbc.Select(id=_id("k"), options=numbers, value="auto"), id=_id("k")),
            id=_id("k-field"),
        ),
        _advanced(),
        html.Div(c.button("Train", _id("train"), primary=True), className="k-actions k-gap"),
        c.job_box("models"),
        caption="It is taken into use when it is done; the version before stays",
    )


def _advanced() -> html.Details:
    return html.Details(
        [
            html.Summary("Advanced"),
            _number("eps", "Distance of neighbours", "Within it customers are neighbours; empty: read from the data",
                    step="any", hidden=True),
            _number("min-cluster-size", "Smallest crowd", "Customers that make a crowd; empty: 2% of all", hidden=True),
            _number("min-samples", "Neighbours needed", "So many make a place dense; empty: read from the data",
                    hidden=True),
            _number("sample", "Form on a sample of", "Customers; the others are assigned by a stand-in or the nearest "
                    "centre. Empty: everybody", least=60),
            _number("seed", "Seed", "The same seed and data give the same segments", least=0, value=42),
            field("As of", dbc.Input(id=_id("as-of"), type="date"),
                  "Ages and tenures are counted to this day; empty: the newest date in the data", id=_id("as-of")),
            dbc.Switch(id=_id("plain"), label="Plain: no skew transform, no capping, no category weights", value=False),
        ],
        id=_id("advanced"),
        className="k-fold",
    )  # fmt: skip


def _number(name: str, label: str, hint: str, *, least: int = 1, step: int | str = 1, value: int | None = None,
            hidden: bool = False) -> html.Div:  # fmt: skip
    low = {} if step == "any" else {"min": least}
    control = dbc.Input(id=_id(name), type="number", value=value, step=step, **low)
    return html.Div(field(label, control, hint, id=_id(name)), id=_id(f"{name}-field"), hidden=hidden)


def algorithm_options() -> list[dict[str, str]]:
    """Every algorithm by its name, the usual one first."""
    return [{"label": named(name), "value": name} for name in ALGORITHMS]


def named(name: str) -> str:
    """An algorithm at the start of a line.

    >>> named("kmeans"), named("bisecting")
    ('k-means', 'Bisecting k-means')
    """
    label = algorithm(name)
    return label if label.startswith("k-") else sentence(label)


def says(name: str, obstacle: str = "") -> str:
    """When an algorithm serves, in one line, and why it cannot here."""
    return f"{ALGORITHMS[name].when}." + (f" {sentence(obstacle)}." if obstacle else "")


def shown_for(name: str) -> list[bool]:
    """What of the form is hidden for an algorithm: number of segments, distance, smallest crowd, neighbours.

    >>> shown_for("kmeans"), shown_for("hdbscan")
    ([False, True, True, True], [True, True, False, False])
    """
    taken = SETTINGS.get(name, ())
    return [not ALGORITHMS[name].counts, *(each not in taken for each in ("eps", "min-cluster-size", "min-samples"))]


def train_options(
    recipe: str | None,
    name: str,
    k: str,
    seed: int | None,
    as_of: str | None,
    plain: bool,
    sample: int | None,
    eps: float | None,
    min_cluster_size: int | None,
    min_samples: int | None,
) -> dict[str, Any]:
    """What the form asks for, as a training job takes it; a field that is hidden says nothing.

    >>> train_options("mall", "dbscan", "4", None, "", False, None, 0.5, 9, None)["k"]
    'auto'
    """
    given = {"eps": eps, "min_cluster_size": min_cluster_size, "min_samples": min_samples}
    taken = [each.replace("-", "_") for each in SETTINGS.get(name, ())]
    return {
        "recipe": recipe,
        "algorithm": name,
        "k": int(k) if ALGORITHMS[name].counts and k != "auto" else "auto",
        "seed": 42 if seed is None else seed,
        "as_of": as_of or None,
        "plain": bool(plain),
        "sample": sample,
        **{each: given[each] for each in taken},
    }


def failed_note(jobs: Sequence[Any]) -> Any:
    """The newest training, where it failed: why, and that the version in use stays; `jobs` are the newest first."""
    newest = next((job for job in jobs if job.kind == "train"), None)
    if newest is None or newest.status != "failed":
        return ""
    why = (newest.error or "No reason was recorded; see the log").removesuffix(".")
    text = f"{why}. The versions before are as they were."
    return html.Div(c.note("warn", f"The training of {moment(newest.created_at)} failed", text), className="k-outcome")
