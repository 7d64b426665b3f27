"""The first step: a file arrives, is recognised when it was here before, and its choices begin."""

from functools import partial
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html
from dash.exceptions import PreventUpdate

from dashboard import components as c
from dashboard.cards import files
from dashboard.ids import page_id
from dashboard.wizard import state
from dashboard.wizard.check import POLICIES
from dashboard.wizard.looking import JOB, Looking, Pending

_id = partial(page_id, "data")
GO = {"page": "data--wizard", "go": ALL, "at": ALL}


def panel() -> html.Section:
    """The drop zone, with what may come in said before a file is chosen."""
    zone = c.drop_zone("data", "Drop a file of customers or of purchases here. You see everything before it is stored.")
    return c.card(
        "Add a file",
        zone,
        html.Div(id=_id("again"), className="k-gap", **{"aria-live": "polite"}),
        footer=html.Span("", id=_id("limits")),
    )


def settled(services: Any, looking: Looking, file: dict[str, Any]) -> dict[str, Any]:
    """What a file begins with once it was looked into: what it holds, and the dataset it belongs to."""
    if file["proposed"] is not None:
        return file
    found = looking.at(file)
    home = services.imports.home_of([column.header for column in found.columns], found.kind)
    return state.begun(file["upload"], found.kind, [dataset.slug for dataset in services.datasets.list()], home)


def register(app: Dash, services: Any, looking: Looking) -> None:
    @app.callback(
        Output(_id("file"), "data"), Output(_id("edits"), "data"), Output(_id("step"), "data"),
        Output(_id("again"), "children"), *(Output(_id(name), "value") for name in POLICIES),
        Input(_id("upload"), "data"), State(page_id(JOB, "job"), "data"),
        running=[(Output(_id("looking"), "hidden"), False, True)], prevent_initial_call=True,
    )  # fmt: skip
    def _arrived(upload: dict[str, Any] | None, before: int | None) -> tuple[Any, ...]:
        if not upload:
            raise PreventUpdate
        if before is not None:
            services.jobs.cancel(before)  # nobody waits for the file that was chosen before
        file = state.unread(upload)
        try:
            file = settled(services, looking, file)
        except Pending:
            looking.ask(file)  # while the analyst reads what else there is to say
        known = services.imports.same_file(services.imports.uploaded(upload["id"]).sha256)
        begins = (state.FILE, files.again_note(known)) if known else (state.READ, "")
        return file, state.NO_EDITS, *begins, *(options[0][0] for _, options in POLICIES.values())

    @app.callback(
        Output(_id("step"), "data", allow_duplicate=True), Output(_id("again"), "children", allow_duplicate=True),
        Input(GO, "n_clicks"), State(_id("file"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _go(_clicks: list[int | None], file: dict[str, Any] | None) -> tuple[Any, Any]:
        if not ctx.triggered[0]["value"] or not file:
            raise PreventUpdate  # a button that was only drawn
        step = ctx.triggered_id["go"]
        return step, "" if step else files.kept_note(file["upload"]["name"])
