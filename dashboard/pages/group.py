"""What if a whole group changed: whom, what changes for all of them, and who would move where."""

from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, MATCH, Dash, Input, Output, State, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import group as cards
from dashboard.cards import scenarios as scenario_cards
from dashboard.cards.simulator import no_form
from dashboard.cards.simulator_form import component_id
from dashboard.components.choice import field
from dashboard.datasets import shown
from dashboard.formatting import sentence
from dashboard.ids import page_id
from dashboard.pages.models import running_job
from dashboard.theme import chosen
from segmentation.errors import KindredError
from segmentation.services.groups import AT_ONCE, Group, GroupResult

PATH, TITLE = "/simulator/group", "A whole group"
KIND = "group_whatif"  # of job
ROWS = 4  # changes at once
_id = partial(page_id, "group")


def _part(name: Any, part: str) -> dict[str, Any]:
    return {"page": "group--change", "name": name, "part": part}


def layout(dataset: str | None = None, segment: str = "", filter: str = "", **_query: str) -> html.Div:
    """Whom and what, the answer below; a segment or a saved filter may stand in the address."""
    waiting = [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)]
    whom = field("Whom", dbc.Select(id=_id("whom"), options=[], value=None), id=_id("whom"))
    file = html.Div(
        [
            c.drop_zone("group", "Drop a file of customer keys here: one in a line, or a table with the key's column."),
            html.P("", id=_id("listed-says"), className="form-text", role="status"),
        ],
        id=_id("list-box"), hidden=True,
    )  # fmt: skip
    changes = html.Fieldset(
        [html.Legend("What changes for all of them"), *(_change(at) for at in range(ROWS))], className="k-group-changes"
    )
    actions = html.Div(
        [c.button("Show who would move", _id("ask"), primary=True), c.button("One more change", _id("more"))],
        className="k-actions",
    )
    form = c.card(
        "Whom, and what changes",
        html.Div([whom, file]), changes, actions,
        html.Div(id=_id("says"), className="k-gap", **{"aria-live": "assertive"}),
        caption="The same change for everybody of the group. What cannot be (below zero, over 100%) stops at what can.",
    )  # fmt: skip
    answer = html.Div(id=_id("answer"), className="k-group-answer")
    keep = html.Div(scenario_cards.save_form(_id), id=_id("keep"), hidden=True)
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "segment": segment, "filter": filter}),
            dcc.Store(id=_id("listed")),
            dcc.Store(id=_id("version")),
            dcc.Store(id=_id("asked")),
            html.Div(waiting, id=_id("head"), **{"aria-live": "polite"}),
            html.Div([form, c.job_box("group"), answer, keep], id=_id("content")),
        ]
    )


def _change(at: int) -> html.Div:
    """One change: an attribute, what happens to it, a value."""
    ids = {part: _part(name=at, part=part) for part in ("attribute", "how", "value", "hint", "row")}
    nth = f" {at + 1}" if at else ""
    labels = [
        html.Label(text, htmlFor=component_id(ids[part]), className="form-label")
        for text, part in ((f"Attribute{nth}", "attribute"), ("What happens", "how"), ("Value", "value"))
    ]
    fields = (
        dbc.Select(id=ids["attribute"], options=[], value=""),
        dbc.Select(id=ids["how"], options=[], value=None),
        dbc.Input(id=ids["value"], value="", autocomplete="off"),
    )
    parts = [html.Div([label, control]) for label, control in zip(labels, fields, strict=True)]
    parts[2].children.append(html.Div("", id=ids["hint"], className="form-text"))
    return html.Div(parts, id=ids["row"], hidden=at > 0, className="k-group-change")


def register_callbacks(app: Dash, services: Any) -> None:
    c.register_job_box(app, services, "group", "Scoring the group")
    _register_form(app, services)
    _register_answer(app, services)


def _register_form(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("whom"), "options"), Output(_id("whom"), "value"),
        Output(_part(name=ALL, part="attribute"), "options"), Output(_id("version"), "data"),
        Output(_id("content"), "hidden"), Output(_id("head"), "children"),
        Input(_id("query"), "data"),
    )  # fmt: skip
    def _start(query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        if slug is None or services.datasets.get(slug).champion is None:
            return [], None, [[]] * ROWS, None, True, no_form(slug)
        form = services.simulation.form(slug)
        options = cards.group_options(services.profiles.segments(slug), services.filters.list(slug))
        value = f"{cards.SEGMENT}{query['segment']}" if query["segment"] else cards.EVERYONE
        value = f"{cards.FILTER}{query['filter']}" if query["filter"] else value
        known = {option["value"] for option in options}
        attributes = [{"label": "Choose an attribute", "value": ""},
                      *({"label": each.label, "value": each.name} for each in form.controls)]  # fmt: skip
        picked = value if value in known else cards.EVERYONE
        return options, picked, [attributes] * ROWS, form.version, False, cards.start_head(slug)

    @app.callback(
        Output(_part(name=MATCH, part="how"), "options"), Output(_part(name=MATCH, part="how"), "value"),
        Output(_part(name=MATCH, part="hint"), "children"),
        Input(_part(name=MATCH, part="attribute"), "value"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _fitting(name: str | None, query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        control = next((each for each in services.simulation.form(slug).controls if each.name == name), None)
        if control is None:
            return [], None, ""
        options = cards.how_options(control.kind)
        return options, options[0]["value"], cards.value_hint(control)

    @app.callback(
        Output(_part(name=ALL, part="row"), "hidden"), Input(_id("more"), "n_clicks"), prevent_initial_call=True
    )
    def _more(clicks: int) -> list[bool]:
        return [at > clicks for at in range(ROWS)]

    @app.callback(Output(_id("list-box"), "hidden"), Input(_id("whom"), "value"))
    def _asks_for_file(whom: str | None) -> bool:
        return whom != cards.LIST

    @app.callback(
        Output(_id("listed"), "data"), Output(_id("listed-says"), "children"),
        Input(page_id("group", "upload"), "data"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _list(upload: dict[str, Any] | None, query: dict[str, Any]) -> tuple[Any, str]:
        if not upload:
            return None, ""
        try:
            file = services.imports.uploaded(upload["id"]).path
            listed = services.groups.listed(shown(services, query["dataset"]), file)
        except KindredError as error:
            return None, f"{sentence(str(error))}."
        return {"ids": listed.ids}, cards.listed_says(listed)


def _register_answer(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("says"), "children"), Output(_id("answer"), "children"), Output(page_id("group", "job"), "data"),
        Output(_id("head"), "children", allow_duplicate=True), Output(_id("asked"), "data"),
        Input(_id("ask"), "n_clicks"), State(_id("whom"), "value"), State(_id("listed"), "data"),
        State(_part(name=ALL, part="attribute"), "value"), State(_part(name=ALL, part="how"), "value"),
        State(_part(name=ALL, part="value"), "value"), State(_id("version"), "data"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _ask(
        clicks: int, whom: str | None, listed: Any, names: Any, hows: Any, values: Any, version: int | None, query: Any
    ) -> tuple[Any, ...]:
        if not clicks:
            return (no_update,) * 5
        slug = shown(services, query["dataset"])
        changes = [{"attribute": name, "how": how, "value": value}
                   for name, how, value in zip(names, hows, values, strict=True) if name]  # fmt: skip
        group = cards.group_of(whom, listed)
        asked = {"group": group, "changes": changes}
        try:
            services.groups.check(slug, changes)
            if services.groups.size(slug, Group.of(group)) > AT_ONCE:
                job = services.jobs.submit(KIND, asked, slug, "dashboard")
                return "", "", job, no_update, {**asked, "job": job}
            result = services.groups.run(slug, Group.of(group), changes)
        except KindredError as error:
            return c.note("bad", "This cannot be asked", f"{sentence(str(error))}."), *(no_update,) * 4
        return cards.replaced_note(result, version), *_told(services, slug, result), asked

    @app.callback(
        Output(_id("answer"), "children", allow_duplicate=True), Output(_id("head"), "children", allow_duplicate=True),
        Input(page_id("group", "job-done"), "data"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _done(done: dict[str, Any] | None, query: dict[str, Any]) -> tuple[Any, Any]:
        if not done or done["status"] != "done":
            return no_update, no_update
        result = GroupResult.of(services.jobs.job(done["id"]).result)
        body, _, head = _told(services, shown(services, query["dataset"]), result)
        return body, head

    @app.callback(
        Output(page_id("group", "job"), "data", allow_duplicate=True),
        Input(_id("version"), "data"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _go_on(_version: int | None, query: dict[str, Any]) -> Any:
        running = running_job(services, shown(services, query["dataset"]) or "", KIND)
        return no_update if running is None else running

    _register_keeping(app, services)


def _register_keeping(app: Dash, services: Any) -> None:
    @app.callback(Output(_id("keep"), "hidden"), Input(_id("answer"), "children"))
    def _offer(answer: Any) -> bool:
        return not answer

    @app.callback(
        Output(_id("scenario-says"), "children"),
        Input(_id("scenario-save"), "n_clicks"), State(_id("scenario-name"), "value"),
        State(_id("scenario-note"), "value"), State(_id("asked"), "data"), State(_id("query"), "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _keep(clicks: int, name: str, note: str, asked: dict[str, Any] | None, query: dict[str, Any]) -> Any:
        if not clicks:
            return no_update
        slug = shown(services, query["dataset"])
        try:
            if asked is None:
                raise KindredError("the page was loaded anew; press “Show who would move” once more, then save")
            job = asked.get("job")
            result = GroupResult.of(services.jobs.job(job).result) if job else None
            kept = services.scenarios.save_group(
                slug, name, Group.of(asked["group"]), asked["changes"], note=note, by="dashboard", result=result
            )
        except KindredError as error:
            return scenario_cards.refused_note(error)
        return scenario_cards.saved_note(kept)


def _told(services: Any, slug: str | None, result: GroupResult) -> tuple[Any, Any, Any]:
    """The answer, no job, and the head."""
    labels = {each.name: each.label for each in services.datasets.attributes(slug)}
    return cards.answer(chosen(), result, labels, _id("flows")), no_update, cards.head(result, slug, labels)
