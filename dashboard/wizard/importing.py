"""The last step: the import as a job; when it is done its own page says what became of it."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import components as c
from dashboard.cards import check as cards
from dashboard.cards import files
from dashboard.ids import page_id
from dashboard.wizard import state
from dashboard.wizard.check import POLICIES, submit
from dashboard.wizard.looking import Looking
from segmentation.errors import NotFoundError

_id = partial(page_id, "data")


def panel() -> html.Div:
    """Progress, cancel, and another try after a failure."""
    again = [c.button("Try again", _id("retry"), primary=True), c.button("Back to the check", files.go_id(3, "import"))]
    return html.Div(
        [
            dcc.Store(id=_id("mine"), storage_type="session"),  # the import of this tab, found again after a reload
            html.Div(id=_id("import-head")),
            html.Div(c.job_box("data"), className="k-outcome"),
            html.Div(again, id=_id("failed"), className="k-actions", hidden=True),
        ]
    )


def register(app: Dash, services: Any, looking: Looking) -> None:
    c.register_job_box(app, services, "data", "Import")

    @app.callback(
        Output(_id("job"), "data"), Output(_id("mine"), "data"), Output(_id("step"), "data", allow_duplicate=True),
        Output(_id("failed"), "hidden"),
        Input(cards.IMPORT, "n_clicks"), Input(_id("retry"), "n_clicks"),
        *(State(_id(name), "value") for name in POLICIES),
        State(_id("file"), "data"), State(_id("edits"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _import(clicks: list[int | None], retry: int | None, duplicate: str, blank: str, absent: str,
                file: dict[str, Any] | None, edits: dict[str, Any]) -> tuple[Any, ...]:  # fmt: skip
        if not ctx.triggered[0]["value"] or not file:
            raise PreventUpdate
        policies = {"on_duplicate": duplicate, "blank": blank, "absent": absent}
        job = submit(services, file, state.options(file, edits, looking.at(file), policies))
        return job, job, state.IMPORT, True

    @app.callback(
        Output(_id("job"), "data", allow_duplicate=True), Output(_id("step"), "data", allow_duplicate=True),
        Output(_id("mine"), "data", allow_duplicate=True),
        Input(_id("query"), "data"), State(_id("mine"), "data"), State(_id("step"), "data"),
        prevent_initial_call="initial_duplicate",
    )  # fmt: skip
    def _found_again(_query: dict[str, Any], mine: int | None, step: int | None) -> tuple[Any, ...]:
        try:
            job = services.jobs.job(mine) if mine else None
        except NotFoundError:
            job = None
        if job is not None and (job.active or step == state.IMPORT):
            return mine, state.IMPORT, no_update
        return no_update, state.FILE if step == state.IMPORT else no_update, None

    @app.callback(
        Output(_id("import-head"), "children"),
        Input(_id("step"), "data"), Input(_id("job-done"), "data"), State(_id("file"), "data"),
    )  # fmt: skip
    def _head(step: int, done: dict[str, Any] | None, file: dict[str, Any] | None) -> Any:
        if step != state.IMPORT:
            raise PreventUpdate
        return cards.importing_head(file, done["status"] if done else None)

    @app.callback(
        Output(_id("changed"), "data"), Output(_id("goto"), "data"),
        Output(_id("failed"), "hidden", allow_duplicate=True),
        Output(_id("step"), "data", allow_duplicate=True), Output(_id("file"), "data", allow_duplicate=True),
        Output(_id("mine"), "data", allow_duplicate=True),
        Input(_id("job-done"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _ended(done: dict[str, Any] | None) -> tuple[Any, ...]:
        if not done:
            raise PreventUpdate
        if done["status"] != "done":
            return no_update, no_update, False, no_update, no_update, no_update
        job = services.jobs.job(done["id"])
        address = files.batch_address(job.result["batch"], job.dataset)
        return {"dataset": job.dataset, "job": job.id}, address, True, state.FILE, None, None
