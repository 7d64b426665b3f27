"""Progress, cancel and outcome of one slow piece of work. It survives a reload: the browser holds the job's id only."""

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard.components.actions import button
from dashboard.components.notes import note
from dashboard.formatting import percent
from dashboard.ids import page_id

ACTIVE = ("queued", "running")
FAST_MS = 700


def job_box(page: str) -> html.Div:
    """The place where a page shows its job; put it into the page's layout once.

    A callback starts the work with ``services.jobs.submit(...)`` and sends the id to
    ``Output(page_id(page, "job"), "data")``. ``Input(page_id(page, "job-done"), "data")`` fires once when it
    ended, with ``{"id", "status"}``: the page asks ``services.jobs.job(id).result`` for the rest.
    """
    return html.Div(
        [
            dcc.Store(id=page_id(page, "job")),
            dcc.Store(id=page_id(page, "job-done")),
            dcc.Interval(id=page_id(page, "job-tick"), interval=FAST_MS, disabled=True),
            html.Div(id=page_id(page, "job-view"), **{"aria-live": "polite"}),
            html.Div(
                button("Cancel", page_id(page, "job-cancel"), small=True), id=page_id(page, "job-actions"), hidden=True
            ),
        ],
        className="k-job",
    )


def job_view(job: Any, title: str) -> Any:
    """What a job shows: progress while active, a red note when it failed, nothing when it is done."""
    if job.status in ACTIVE:
        return html.Div(
            [
                html.H2(f"{title}: {job.phase or 'starting'}"),
                html.P(f"{percent(job.progress, 0)} done; you can leave the page", className="k-muted k-small"),
                html.Progress(value=str(job.progress), max="1", **{"aria-label": title}),
            ]
        )
    if job.status == "failed":
        return note("bad", f"{title} failed", job.error or "No reason was recorded; see the log.")
    return note("", f"{title} was cancelled", "Nothing was changed.") if job.status == "cancelled" else ""


def register_job_box(app: Dash, services: Any, page: str, title: str) -> None:
    """Callbacks of `job_box`; `title` names the work ("Training")."""

    @app.callback(
        Output(page_id(page, "job-view"), "children"),
        Output(page_id(page, "job-tick"), "disabled"),
        Output(page_id(page, "job-actions"), "hidden"),
        Output(page_id(page, "job-done"), "data"),
        Input(page_id(page, "job"), "data"),
        Input(page_id(page, "job-tick"), "n_intervals"),
    )
    def _show(job_id: int | None, _tick: int | None) -> tuple[Any, bool, bool, Any]:
        if job_id is None:
            return "", True, True, no_update
        job = services.jobs.job(job_id)
        active = job.status in ACTIVE
        return (
            job_view(job, title),
            not active,
            not active,
            no_update if active else {"id": job.id, "status": job.status},
        )

    @app.callback(
        Output(page_id(page, "job-cancel"), "disabled"),
        Input(page_id(page, "job-cancel"), "n_clicks"),
        State(page_id(page, "job"), "data"),
        prevent_initial_call=True,
    )
    def _cancel(_clicks: int, job_id: int | None) -> bool:
        if job_id is not None:
            services.jobs.cancel(job_id)
        return False
