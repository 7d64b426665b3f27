"""Renaming, describing and recolouring a segment: the form, and who changed what when."""

from collections.abc import Callable
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard.cards.history import history_list, who_and_when
from dashboard.components.choice import field
from segmentation.identity import COLOURS

OPENS: dict[str, Any] = {"data-k-do": "edit-segment"}


def edit_button() -> Any:
    """Opens the form, which stands in the page from the beginning."""
    return c.button("Rename", icon_name="pen", **OPENS)


def edit_form(id_of: Callable[[str], str]) -> html.Div:
    """The form, closed; `id_of` gives the ids of the page."""
    name, description = id_of("name"), id_of("description")
    colours = dbc.RadioItems(
        id=id_of("colour"), options=[], value=None, className="k-colours", input_class_name="btn-check"
    )
    form = [
        field("Name", dbc.Input(id=name, type="text", autocomplete="off"),
              html.Span(id=id_of("name-hint")), id=name),
        field("Description", dbc.Textarea(id=description, rows=3),
              "Shown in place of the sentence made from the profile; leave it empty to have that. "
              "At most 500 characters.", id=description),
        html.Fieldset([html.Legend("Colour", className="form-label"), colours,
                       html.Div(id=id_of("colour-hint"), className="form-text")], className="k-control"),
        html.Div(
            [
                c.button("Keep", id_of("keep")),
                c.button("Give the automatic name back", id_of("automatic")),
                c.button("Undo the last change", id_of("undo")),
                c.button("Close", **OPENS),
            ],
            className="k-actions",
        ),
    ]  # fmt: skip
    return html.Div(
        [
            html.Div(
                c.card(
                    "What you call them",
                    html.Div(form, className="k-edit-form"),
                    html.H3("What was changed"),
                    html.Div(id=id_of("history")),
                    caption="Name, description and colour stay with these customers when the model is trained again.",
                ),
                id=id_of("edit"),
                hidden=True,
                className="k-above",
            ),
            html.Div(id=id_of("outcome"), className="k-outcome", **{"aria-live": "polite"}),
        ]
    )


def name_hint(segment: Any) -> str:
    """What the profile calls them, and the limit."""
    if segment.named_by is None:
        return "At most 60 characters. The profile gave this name."
    return f"At most 60 characters. The profile calls them “{segment.auto_name}”."


def colour_options(segment: Any) -> list[dict[str, Any]]:
    """The ten colours; those of other segments cannot be chosen."""
    return [
        {
            "value": colour,
            "disabled": colour in segment.taken,
            "label": html.Span([c.dot(colour, large=True), html.Span(_colour(segment, colour), className="k-small")]),
        }
        for colour in COLOURS
    ]


def _colour(segment: Any, colour: int) -> str:
    return segment.taken.get(colour) or ("theirs" if colour == segment.colour else f"{colour}, free")


def history(segment: Any) -> Any:
    """Who changed what when, the newest first."""
    return history_list([change_words(each) for each in segment.edits], "Nothing was changed by hand yet.")


def change_words(edit: Any) -> str:
    """One change in a line: ``28 Nov 2026 22:10, by ana: name “X” became “Y”``."""
    parts = []
    if "name" in edit.after:
        again = " (the automatic name)" if edit.after.get("named_by", "") is None else ""
        parts.append(f"name “{edit.before['name']}” became “{edit.after['name']}”{again}")
    if "description" in edit.after:
        text = edit.after["description"]
        parts.append(f"described as “{text}”" if text else "the automatic sentence again")
    if "colour" in edit.after:
        parts.append(f"colour {edit.before['colour']} became {edit.after['colour']}")
    return f"{who_and_when(edit)}: {'; '.join(parts) or 'named as before'}"
