"""What the directions of the map mean, how much they keep, and what the map leaves out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import html

from dashboard import components as c
from dashboard.figures.map import DIRECTIONS, explained_figure, scree_figure
from dashboard.formatting import in_words, percent, sentence, statistic
from dashboard.theme import Theme

ENOUGH = 0.8  # of the differences: what a scree is read for
MOST_ROWS = 10  # of the loadings; the others are folded away


def directions_card(theme: Theme, view: Any) -> html.Section:
    """How much each direction keeps, and what it means."""
    kept = sum(component["explained"] for component in view.components)
    meanings = [
        html.Div(
            [
                html.Dt(column),
                html.Dd(
                    [sentence(component["positive_words"]), html.Small(f"the other way: {component['negative_words']}")]
                ),
            ]
        )
        for column, component in zip(DIRECTIONS, view.components, strict=False)
    ]
    title = f"{sentence(in_words(len(view.components)))} directions keep {percent(kept, 0)} of the differences"
    return c.card(
        title,
        c.graph(
            "map--explained", explained_figure(theme, view.components), title, height=24 + 34 * len(view.components)
        ),
        html.Dl(meanings, className="k-meanings"),
        caption="Share of the variance of the prepared features that each direction of the map keeps",
    )


def loadings_card(view: Any) -> html.Section:
    """How strongly each feature pulls along each direction."""
    features = [entry["label"] for entry in view.components[0]["loadings"]]  # sorted by the first direction
    weights = [{entry["label"]: entry["weight"] for entry in component["loadings"]} for component in view.components]
    columns = [c.Column("Feature"), *(c.Column(name, numeric=True) for name in DIRECTIONS[: len(weights)])]
    rows = [[feature, *(statistic(weight.get(feature)) for weight in weights)] for feature in features]
    shown, rest = (rows[:MOST_ROWS], rows[MOST_ROWS:]) if len(rows) > MOST_ROWS + 2 else (rows, [])
    more = html.Details(
        [html.Summary(f"{len(rest)} that pull less"), c.table(columns, rest, edge=True)], className="k-fold"
    )
    return c.card(
        "What pulls customers apart",
        c.table(columns, shown, hover=True, edge=True),
        more if rest else None,
        caption="Weight of each prepared feature in a direction, −1 to 1; the sign says which way",
        data_is_body=True,
    )


def scree_card(theme: Theme, view: Any) -> html.Section:
    """How much every direction there is keeps, the three of the map and those it leaves out."""
    if view.shares is None:
        text = "They were not stored with this version. Train again to have them."
        return c.card("What the other directions keep is not known", c.empty(text))
    together = np.cumsum(view.shares)
    rows = [[str(at), percent(share), percent(all_)]
            for at, (share, all_) in enumerate(zip(view.shares, together, strict=True), 1)]  # fmt: skip
    title = scree_title(view.shares)
    return c.card(
        title,
        c.graph("map--scree", scree_figure(theme, view.shares), title, height=240),
        caption="Share of all differences between customers that each direction keeps; those of the map in colour",
        data=c.data_of(["Direction", "Keeps", "Together"], rows),
    )


def scree_title(shares: Sequence[float]) -> str:
    """How many directions hold four fifths.

    >>> scree_title([0.5, 0.2, 0.1, 0.1, 0.1])
    'The map leaves out 20%; three of five directions hold 80%'
    >>> scree_title([0.7, 0.3])
    'The map shows every direction there is'
    """
    left = 1 - sum(shares[:3])
    if len(shares) <= 3:
        return "The map shows every direction there is"
    needed = int(np.searchsorted(np.cumsum(shares).round(9), ENOUGH)) + 1
    holds = "direction holds" if needed == 1 else "directions hold"
    of = f"{in_words(needed)} of {in_words(len(shares))} {holds}"
    return f"The map leaves out {percent(left, 0)}; {of} {percent(ENOUGH, 0)}"
