"""The fourth step: a dry run of the whole import as a job, and what it found. Nothing is written."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import components as c
from dashboard.cards import check as cards
from dashboard.components.choice import field
from dashboard.ids import page_id
from dashboard.wizard import state
from dashboard.wizard.looking import Looking
from segmentation.errors import ConflictError

_id = partial(page_id, "data")
JOB = "data-check"
POLICIES = {
    "on_duplicate": ("When a key repeats", [
        ("update", "A later row updates the customer"),
        ("skip", "What is stored or came first stays"),
        ("reject", "Repeats in the file are refused and listed"),
    ]),
    "blank": ("Empty cells", [
        ("keep", "An empty cell keeps what is stored"), ("clear", "An empty cell erases what is stored"),
    ]),
    "absent": ("Customers who are not in the file", [
        ("leave", "Leave them as they are"), ("mark", "Mark them as gone"),
    ]),
}  # fmt: skip


def panel() -> html.Div:
    """Policies stay at the right; what the dry run found is drawn when it is done."""
    form = c.card(
        "How to decide",
        *(html.Div(_policy(name, *POLICIES[name])) for name in ("on_duplicate", "blank")),
        html.Div(
            [_policy("absent", *POLICIES["absent"]), html.P(id=_id("absent-says"), className="form-text")],
            id=_id("absent-box"),
        ),
        caption="Every change is checked again over the whole file",
        id=_id("policies"),
    )
    return html.Div(
        [
            dcc.Store(id=_id("checked"), storage_type="session"),
            html.Div(id=_id("check-head")),
            html.Div(c.job_box(JOB), className="k-outcome"),
            html.Div(id=_id("check-facts")),
            c.row(
                c.col(8, html.Div(id=_id("check-problems"), className="k-stack")),
                html.Div([form, html.Div(id=_id("check-unlocks"))], className="k-col-4 k-stack"),
            ),
        ]
    )


def _policy(name: str, label: str, options: list[tuple[str, str]]) -> html.Div:
    choices = [{"value": value, "label": words} for value, words in options]
    return field(label, dbc.Select(id=_id(name), options=choices, value=options[0][0]), id=_id(name))


def register(app: Dash, services: Any, looking: Looking) -> None:
    c.register_job_box(app, services, JOB, "Checking")

    @app.callback(
        Output(page_id(JOB, "job"), "data"), Output(_id("checked"), "data"),
        Output(_id("check-head"), "children"), Output(_id("policies"), "hidden"), Output(_id("absent-box"), "hidden"),
        Input(_id("step"), "data"), *(Input(_id(name), "value") for name in POLICIES),
        Input(_id("file"), "data"), Input(_id("edits"), "data"), State(_id("checked"), "data"),
    )  # fmt: skip
    def _check(step: int, duplicate: str, blank: str, absent: str, file: dict[str, Any] | None, edits: dict[str, Any],
               checked: dict[str, Any] | None) -> tuple[Any, ...]:  # fmt: skip
        if step != state.CHECK or not file:
            raise PreventUpdate
        policies = {"on_duplicate": duplicate, "blank": blank, "absent": absent}
        job, name = _submitted(services, looking, file, edits, policies, checked or {})
        lines, new = file["kind"] == "transactions", file["target"] == state.NEW
        return job, {"job": job, "of": name}, cards.checking_head(file), lines, new

    @app.callback(
        Output(_id("check-head"), "children", allow_duplicate=True), Output(_id("check-facts"), "children"),
        Output(_id("check-problems"), "children"), Output(_id("check-unlocks"), "children"),
        Output(_id("absent-says"), "children"),
        Input(page_id(JOB, "job-done"), "data"), State(_id("file"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _checked(done: dict[str, Any] | None, file: dict[str, Any] | None) -> tuple[Any, ...]:
        preview = services.imports.preview(file["upload"]["id"]) if done and file else None
        if not done or done["status"] != "done" or preview is None or file is None:
            return (cards.stopped_head(file) if file else "", "", "", "", "")
        lines = file["kind"] == "transactions"
        return (
            cards.check_head(file, preview), cards.facts(preview.counts, lines), cards.found_cards(preview, lines),
            cards.unlocks_card(preview.unlocks), "" if lines else cards.absent_says(preview),
        )  # fmt: skip

    app.clientside_callback(
        "function(job, done) { return window.dash_clientside.data.checking(job, done); }",
        Output(_id("marked"), "data"), Input(page_id(JOB, "job"), "data"), Input(page_id(JOB, "job-done"), "data"),
    )  # fmt: skip


def _submitted(services: Any, looking: Looking, file: dict[str, Any], edits: dict[str, Any],
               policies: dict[str, str], checked: dict[str, Any]) -> tuple[int, str]:  # fmt: skip
    """The job that checks these choices: the one that did already, unless something changed."""
    options = state.options(file, edits, looking.at(file), policies) | {"dry_run": True}
    stored = [dataset.updated_at for dataset in services.datasets.list() if dataset.slug == state.slug(file)]
    name = state.fingerprint(file["upload"]["id"], options, state.slug(file), stored)
    if checked.get("of") == name and services.jobs.job(checked["job"]).status in ("queued", "running", "done"):
        return checked["job"], name
    return submit(services, file, options), name


def submit(services: Any, file: dict[str, Any], options: dict[str, Any]) -> int:
    """Ask for an import, or a dry run; ConflictError when a new dataset would have the name of one that is there."""
    if refusal := state.refusal(file, [dataset.slug for dataset in services.datasets.list()]):
        raise ConflictError(refusal)
    upload = services.imports.uploaded(file["upload"]["id"])
    payload = {"path": str(upload.path), "upload": upload.id, "options": options}
    return int(services.jobs.submit("import", payload, state.slug(file), "dashboard"))
