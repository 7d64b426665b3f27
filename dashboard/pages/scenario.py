"""One scenario, by the address that shares it."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import components as c
from dashboard.cards import scenarios as cards
from dashboard.cards.scenario_compare import since_card
from dashboard.components.choice import field
from dashboard.ids import page_id
from dashboard.theme import chosen
from segmentation.errors import KindredError, NotFoundError

PATH, PATH_TEMPLATE, TITLE = f"{cards.ONE}/none", f"{cards.ONE}/<scenario>", "Scenario"
ME = "dashboard"
_id = partial(page_id, "scenario")


def layout(scenario: str = "", dataset: str | None = None, **_query: str) -> html.Div:
    """Head, answer, what can be done; the form stays while the callback brings the rest."""
    waiting = [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)]
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "scenario": scenario}),
            dcc.Store(id=_id("changed")),
            html.Div(waiting, id=_id("head")),
            html.Div(
                [c.button("Ask again with the model in use", _id("again"), primary=True)],
                id=_id("actions"), className="k-actions k-above", hidden=True,
            ),
            c.job_box("scenario"),
            html.Div(id=_id("outcome"), **{"aria-live": "polite"}),
            html.Div(c.skeleton(), id=_id("body")),
            html.Div(_about(), id=_id("about")),
        ]
    )  # fmt: skip


def _about() -> html.Section:
    name = dbc.Input(id=_id("name"), value="", maxLength=80, autocomplete="off")
    note = dbc.Textarea(id=_id("note"), value="", maxLength=2000, className="k-short-text")
    return c.card(
        "Name, note, and deleting it",
        field("Name", name, id=_id("name")),
        field("Note", note, id=_id("note")),
        html.Div([c.button("Keep name and note", _id("keep")), c.button("Delete it", _id("delete"))],
                 className="k-actions"),
        html.Div(
            [html.Span("Its address will say that it was deleted."),
             c.button("Delete for good", _id("delete-yes"), small=True), c.button("No", _id("delete-no"), small=True)],
            id=_id("question"), hidden=True, className="k-actions k-gap", role="alertdialog",
            **{"aria-label": "Delete this scenario?"},
        ),
    )  # fmt: skip


def exists(services: Any, _dataset: str | None, scenario: str = "") -> bool:
    """Whether there is this scenario."""
    try:
        services.scenarios.get(scenario)
    except NotFoundError:
        return False
    return True


def register_callbacks(app: Dash, services: Any) -> None:
    c.register_job_box(app, services, "scenario", "Asking again")

    @app.callback(
        Output(_id("head"), "children"), Output(_id("body"), "children"), Output(_id("actions"), "hidden"),
        Output(_id("about"), "hidden"), Output(_id("name"), "value"), Output(_id("note"), "value"),
        Input(_id("query"), "data"), Input(_id("changed"), "data"), Input(page_id("scenario", "job-done"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], _changed: Any, _done: Any) -> tuple[Any, ...]:
        try:
            told = services.scenarios.get(query["scenario"])
        except NotFoundError as error:
            return cards.gone_head(query["dataset"], error), "", True, True, "", ""
        body = [cards.notes(told), *cards.answer(chosen(), told, _id("flows"))]
        if len(told.answers) > 1:
            body.append(c.row(c.col(12, since_card(told))))
        return cards.head(told), body, not told.outdated, False, told.name, told.note

    @app.callback(
        Output(_id("changed"), "data"), Output(page_id("scenario", "job"), "data"), Output(_id("outcome"), "children"),
        Input(_id("again"), "n_clicks"), Input(_id("keep"), "n_clicks"), Input(_id("delete-yes"), "n_clicks"),
        State(_id("name"), "value"), State(_id("note"), "value"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _do(again: int, keep: int, gone: int, name: str, note: str, query: dict[str, Any]) -> tuple[Any, ...]:
        if not (again or keep or gone):
            raise PreventUpdate
        public_id = query["scenario"]
        try:
            if ctx.triggered_id == _id("again") and services.scenarios.is_slow(public_id):
                slug = services.scenarios.get(public_id).dataset
                job = services.jobs.submit("rerun_scenario", {"scenario": public_id}, slug, ME)
                return no_update, job, ""
            said = _done(services, ctx.triggered_id, public_id, name, note)
        except KindredError as error:
            return no_update, no_update, cards.refused_note(error)
        return [again, keep, gone], no_update, c.note("good", said)

    @app.callback(
        Output(_id("question"), "hidden"),
        Input(_id("delete"), "n_clicks"), Input(_id("delete-no"), "n_clicks"), prevent_initial_call=True,
    )  # fmt: skip
    def _ask(_asked: int, _left: int) -> bool:
        return ctx.triggered_id != _id("delete")


def _done(services: Any, asked: Any, public_id: str, name: str, note: str) -> str:
    """Do what was asked, and say so."""
    if asked == _id("again"):
        return f"Version {services.scenarios.rerun(public_id, ME).newest.version} has answered"
    if asked == _id("delete-yes"):
        services.scenarios.delete(public_id, ME)
        return "The scenario is deleted"
    services.scenarios.annotate(public_id, name, note, ME)
    return "Name and note are kept"
