"""The fixed parts of the recipes page: forms whose ids the callbacks know."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard.cards.derived import NONE, OPERATIONS, PARTS
from dashboard.cards.recipes import TRANSFORMS
from dashboard.components.choice import field
from dashboard.ids import page_id

_id = partial(page_id, "recipes")


def columns_card() -> html.Section:
    """Where to start from, and the list of columns."""
    start = dbc.Select(id=_id("start"), options=[])
    find = html.Div(
        [
            html.Label("Find a column", htmlFor=_id("find"), className="visually-hidden"),
            dbc.Input(id=_id("find"), type="search", placeholder="Find a column", value=""),
        ],
        id=_id("find-box"), hidden=True, className="k-control",
    )  # fmt: skip
    return c.card(
        "Which columns form the segments",
        field("Start from", start, html.Span(id=_id("start-says")), id=_id("start")),
        find,
        c.job_box("recipes-prepare"),
        html.Div(c.skeleton(), id=_id("columns")),
        caption=html.Span(id=_id("columns-says")),
        id=_id("card-columns"),
    )


def preview_card() -> html.Section:
    """One column: how it is prepared, and what comes of it."""
    controls = html.Div(
        [
            html.Div(
                [
                    field("Transform", dbc.Select(id=_id("transform"), options=TRANSFORMS, value="auto"),
                          id=_id("transform")),
                    dbc.Switch(id=_id("clip"), label="Cap the most extreme 0.5% at each end", value=True),
                ],
                id=_id("numeric"),
            ),
            field("Weight", dbc.Input(id=_id("weight"), type="number", value=1, min=0.1, max=10, step=0.1),
                  "1 counts as much as any other column; 2 pulls twice as far", id=_id("weight")),
        ],
        id=_id("controls"), hidden=True,
    )  # fmt: skip
    return c.card(
        "How a column is prepared",
        html.H3("", id=_id("picked-name"), className="k-control"),
        controls,
        html.Div(id=_id("preview"), **{"aria-live": "polite"}),
        caption=html.Span("Look at a column to see it before and after.", id=_id("preview-says")),
        id=_id("card-preview"),
    )


def derived_card() -> html.Section:
    """A column made of others."""
    numbers = "Or a fixed number, where nothing is chosen for B; added or multiplied in after the rest"
    parts = [
        html.Div(
            field(
                letter.upper(), dbc.Select(id=_id(f"part-{letter}"), options=[], value=NONE), id=_id(f"part-{letter}")
            ),
            id=_id(f"place-{letter}"),
        )
        for letter in PARTS
    ]
    fixed = html.Div(
        field("Number", dbc.Input(id=_id("fixed"), type="number", step="any"), numbers, id=_id("fixed")),
        id=_id("place-number"),
    )
    return c.card(
        "Make a column of others",
        field("How", dbc.Select(id=_id("operation"), options=OPERATIONS, value="ratio"), id=_id("operation")),
        html.Div([*parts, fixed], className="k-two"),
        field("Name", dbc.Input(id=_id("derived-name"), value="", maxLength=60, placeholder="Spending per visit"),
              id=_id("derived-name")),
        html.P(id=_id("derived-says"), className="k-muted", **{"aria-live": "polite"}),
        html.Div(c.button("Add the column", _id("derive"), icon_name="plus"), className="k-actions"),
        html.Div(id=_id("derived-wrong"), className="k-gap", **{"aria-live": "polite"}),
        caption="Such as spending per visit, all purchases together, or years as a customer",
        id=_id("card-derived"),
    )  # fmt: skip


def save_card() -> html.Section:
    """What changed, and under which name it is kept and trained."""
    return c.card(
        "Save and train",
        html.Div(id=_id("changes"), className="k-control"),
        field("Name", dbc.Input(id=_id("name"), value="", maxLength=80, placeholder="Value and visits"),
              "The name of a saved recipe adds a version to it", id=_id("name")),
        field("What it is for", dbc.Input(id=_id("description"), value="", maxLength=300), id=_id("description")),
        field("What changed", dbc.Input(id=_id("note"), value="", maxLength=300),
              "Empty: the list above", id=_id("note")),
        html.Div(
            [c.button("Train with it", _id("train"), primary=True), c.button("Save", _id("save"))],
            className="k-actions k-gap",
        ),
        html.Div(id=_id("saved"), className="k-gap", **{"aria-live": "polite"}),
        c.job_box("recipes-train"),
        html.Div(id=_id("trained"), **{"aria-live": "polite"}),
        caption="A changed recipe is saved under its name before it is trained; versions never change",
        id=_id("card-save"),
    )  # fmt: skip


def dependence_card() -> html.Section:
    """How much hangs on sensitive columns."""
    return c.card(
        "What depends on sensitive columns",
        html.Div(id=_id("dependence"), **{"aria-live": "polite"}),
        html.Div(c.button("Measure", _id("measure")), id=_id("measure-box"), className="k-actions k-gap"),
        c.job_box("recipes-dependence"),
        caption="Age, gender, marital status and the like may be used; know how much of the result rests on them.",
    )


def compare_card() -> html.Section:
    """Two recipes on the same customers."""
    return c.card(
        "Compare two recipes on the same customers",
        html.Div(
            [
                field("One", dbc.Select(id=_id("first"), options=[]), id=_id("first")),
                field("The other", dbc.Select(id=_id("second"), options=[]), id=_id("second")),
            ],
            className="k-two",
        ),
        html.Div(c.button("Compare", _id("compare")), className="k-actions"),
        c.job_box("recipes-compare"),
        html.Div(id=_id("comparison"), className="k-gap", **{"aria-live": "polite"}),
        caption="Separation is measured in each one's own columns; only how real and how steady they are compares.",
    )


def all_cards() -> Any:
    """The page below its head."""
    return [
        html.Div(
            c.row(c.col(7, columns_card(), derived_card()), c.col(5, preview_card(), save_card())), className="k-recipe"
        ),
        c.row(c.col(12, dependence_card())),
        c.row(c.col(12, compare_card())),
        html.Div(id=_id("own")),
    ]
