"""Merging a segment with another, or splitting it, by hand."""

from collections.abc import Callable
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard.components.choice import field
from dashboard.datasets import address

REGROUP = "segment-regroup"


def regroup_card(id_of: Callable[[str], str]) -> html.Div:
    """The form; `id_of` gives the ids of the page."""
    other = id_of("merge-with")
    form = html.Div(
        [
            html.Div(
                [
                    field("Merge with", dbc.Select(id=other, options=[]),
                          "The one most like it stands first. Both become one segment.", id=other),
                    c.button("Merge the two", id_of("merge")),
                ]
            ),
            html.Div(
                [
                    html.P("Split in two", className="form-label"),
                    html.P("Its members are divided where they differ most; each part needs 10 members.",
                           className="form-text k-control"),
                    c.button("Split it", id_of("split")),
                ]
            ),
        ],
        className="k-edit-form",
    )  # fmt: skip
    return html.Div(
        c.card(
            "Merge or split by hand",
            html.Details([html.Summary("Choose what becomes of this segment"), form], className="k-fold"),
            c.job_box(REGROUP),
            html.Div(id=id_of("regrouped"), **{"aria-live": "polite"}),
            caption="It makes a new version and takes it into use. Members of the other segments stay where they are, "
            "and the version before can be taken back on Models.",
        ),
        id=id_of("regroup"),
        hidden=True,
    )


def regrouped_note(result: Any, slug: str) -> html.Div:
    """What became of it, with the way to look and the way back."""
    actions = html.Div(
        [
            c.link_button("See the segments", address("/segments", slug), small=True),
            c.link_button("How to go back", address("/models", slug), small=True),
        ],
        className="k-actions",
    )
    return c.note("good", f"Version {result['version']} is in use", result["reason"], actions)
