"""Data: what is stored, and a customer file on its way in (the steps are those of `dashboard.wizard`)."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, dcc, html

from dashboard import components as c
from dashboard.cards import data as cards
from dashboard.cards import files
from dashboard.datasets import in_order, shown
from dashboard.ids import page_id
from dashboard.shell import AGAIN, Nav
from dashboard.wizard import check, columns, file, importing, reading, state
from dashboard.wizard.looking import Looking

PATH, TITLE = "/data", "Data"
NAV = Nav("Set up", "data")
_id = partial(page_id, "data")
PANELS = ("stored", "read", "map", "check", "importing")  # in the order of `files.STEPS`


def layout(dataset: str | None = None, **_: Any) -> html.Div:
    """Every step stands; the one in hand is shown. Stores of the session belong to one tab and survive a reload."""
    steps = (_stored(), reading.panel(), columns.panel(), check.panel(), importing.panel())
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset}),
            dcc.Store(id=_id("file"), storage_type="session"),
            dcc.Store(id=_id("edits"), storage_type="session", data=state.NO_EDITS),
            dcc.Store(id=_id("step"), storage_type="session", data=state.FILE),
            *(dcc.Store(id=_id(name)) for name in ("changed", "drawn", "goto", "gone", "marked", "redrawn", "typed")),
            html.Div(id=_id("steps")),
            html.Div(files.reading_card(), id=_id("looking"), hidden=True, className="k-outcome"),
            *(
                html.Div(step, id=_id(name), hidden=place > 0, tabIndex=-1, className="k-panel")
                for place, (name, step) in enumerate(zip(PANELS, steps, strict=True))
            ),
        ]
    )


def _stored() -> list[Any]:
    waiting = [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)]
    return [
        html.Div(waiting, id=_id("head")),
        c.row(
            c.col(8, html.Div(c.skeleton(), id=_id("datasets"), className="k-fill")),
            c.col(4, html.Div(file.panel(), className="k-fill")),
        ),
        html.Div(id=_id("history")),
    ]


def register_callbacks(app: Dash, services: Any) -> None:
    looking = Looking(services)
    _register_overview(app, services)
    for step in (file, reading, columns, check, importing):
        step.register(app, services, looking)


def _register_overview(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("head"), "children"), Output(_id("datasets"), "children"), Output(_id("history"), "children"),
        Output(_id("limits"), "children"),
        Input(_id("query"), "data"), Input(_id("changed"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], changed: dict[str, Any] | None) -> tuple[Any, ...]:
        datasets = in_order(services.datasets.list())
        in_view = shown(services, query["dataset"])
        slug = (changed or {}).get("dataset") or in_view
        current = next((dataset for dataset in datasets if dataset.slug == slug), None)
        history = cards.history_card(services.imports.history(slug), current) if current else ""
        return (
            cards.data_head(datasets),
            cards.datasets_card(datasets, in_view),
            history,
            files.limits(services.settings),
        )

    @app.callback(Output(_id("steps"), "children"), Input(_id("step"), "data"))
    def _step(step: int | None) -> Any:
        return files.steps(step) if step else ""

    app.clientside_callback(
        "function(step) { return window.dash_clientside.data.arrive(step); }",
        [Output(_id(name), "hidden") for name in PANELS], Input(_id("step"), "data"),
    )  # fmt: skip
    app.clientside_callback(
        "function(address) { return window.dash_clientside.data.go(address); }",
        Output(_id("gone"), "data"), Input(_id("goto"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    app.clientside_callback(
        "function(changed) { return changed; }",
        Output(AGAIN, "data"), Input(_id("changed"), "data"), prevent_initial_call=True,
    )  # fmt: skip
