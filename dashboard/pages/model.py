"""One model version: what it says, what it was made of, what became of the segments before, and the way back."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import model as cards
from dashboard.cards.model_story import story_card
from dashboard.cards.models import champion_of
from dashboard.components.choice import field
from dashboard.ids import page_id
from dashboard.theme import chosen
from segmentation.errors import NotFoundError

PATH, PATH_TEMPLATE, TITLE = "/models/none", "/models/<version>", "Model version"
_id = partial(page_id, "model")
ANSWER = {"page": "model", "version": ALL, "label": ALL, "same": ALL}


def layout(version: str = "", dataset: str | None = None, **_query: str) -> html.Div:
    """The note's form and the question stay while everything around them is filled in."""
    waiting = html.Div([html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)])
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "version": version}),
            dcc.Store(id=_id("changed"), data=0),
            html.Div(waiting, id=_id("head")),
            html.Div(_use_form(), id=_id("use"), hidden=True, className="k-outcome"),
            html.Div(id=_id("facts")),
            html.Div(id=_id("outcome"), className="k-outcome", **{"aria-live": "polite"}),
            c.row(
                c.col(8, html.Div(c.skeleton(), id=_id("story"), className="k-fill")),
                c.col(4, html.Div(_note_card(), className="k-fill")),
            ),
            html.Div(id=_id("body")),
        ]
    )


def _use_form() -> html.Div:
    return html.Div(
        [
            c.icon("info"),
            html.Div([html.Strong("Take this version into use?"), html.Span(id=_id("use-says"))]),
            html.Div(c.button("Use it", _id("promote"), primary=True, small=True), className="k-actions"),
        ],
        className="alert",
        role="status",
    )


def _note_card() -> html.Section:
    text = dbc.Textarea(id=_id("note"), rows=5, maxLength=2000)
    return c.card(
        "Why it is as it is",
        field("Your note", text, html.Span(id=_id("note-for")), id=_id("note")),
        html.Div([c.button("Keep the note", _id("keep"), small=True)], className="k-actions"),
        html.P(id=_id("kept"), className="form-text", role="status"),
        caption="Kept with the version and shown wherever it is listed",
    )


def exists(services: Any, dataset: str | None, version: str = "") -> bool:
    """Whether there is this version, and it is of this dataset where the address names one."""
    try:
        return version.isdigit() and dataset in (None, services.training.model(int(version)).dataset)
    except NotFoundError:
        return False


def register_callbacks(app: Dash, services: Any) -> None:
    """The page follows the address, and what is changed on it."""

    @app.callback(
        Output(_id("head"), "children"), Output(_id("facts"), "children"), Output(_id("story"), "children"),
        Output(_id("body"), "children"), Output(_id("use"), "hidden"), Output(_id("use-says"), "children"),
        Input(_id("query"), "data"), Input(_id("changed"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], _changed: Any) -> tuple[Any, ...]:
        page = services.registry.page(_number(query))
        champion = champion_of(services.training.models(page.model.dataset))
        says = cards.use_question(page, champion)
        return (
            cards.head(page),
            cards.facts(page),
            story_card(page.story),
            cards.body(chosen(), page),
            page.model.champion,
            says,
        )

    @app.callback(Output(_id("note"), "value"), Output(_id("note-for"), "children"), Input(_id("query"), "data"))
    def _noted(query: dict[str, Any]) -> tuple[str, str]:
        model = services.training.model(_number(query))
        return model.note or "", cards.note_title(model)

    @app.callback(
        Output(_id("kept"), "children"),
        Input(_id("keep"), "n_clicks"), State(_id("note"), "value"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _keep(_clicks: int, text: str | None, query: dict[str, Any]) -> str:
        kept = services.registry.note(_number(query), text or "", by="dashboard")
        return "The note is kept." if kept else "There is no note now."

    @app.callback(
        Output(_id("changed"), "data"), Output(_id("outcome"), "children"),
        Input(ANSWER, "n_clicks"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _answer(_clicks: list[int], query: dict[str, Any]) -> tuple[Any, Any]:
        asked = ctx.triggered_id
        if not isinstance(asked, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        services.identity.answer(asked["version"], asked["label"], asked["same"] == "yes", by="dashboard")
        said = "It has its name, colour and play again." if asked["same"] == "yes" else "It stays a segment of its own."
        return f"answered {asked['label']} {asked['same']}", c.note("good", "Your answer is kept", said)

    @app.callback(
        Output(_id("changed"), "data", allow_duplicate=True), Output(_id("outcome"), "children", allow_duplicate=True),
        Input(_id("promote"), "n_clicks"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _promote(clicks: int, query: dict[str, Any]) -> tuple[Any, Any]:
        if not clicks:
            return no_update, no_update
        model = services.training.promote(_number(query), "dashboard")
        return f"promoted {clicks}", c.note("good", f"Version {model.version} is in use", "Every page shows it now.")


def _number(query: dict[str, Any]) -> int:
    text = str(query.get("version") or "")
    if not text.isdigit():
        raise NotFoundError(f"there is no model version {text!r}; the models page lists those there are")
    return int(text)
