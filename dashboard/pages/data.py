"""Data: what is stored, and a customer file on its way in."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import data as cards
from dashboard.cards import files
from dashboard.components.choice import field
from dashboard.datasets import in_order, shown
from dashboard.formatting import sentence
from dashboard.ids import page_id
from dashboard.pages.models import running_job
from dashboard.shell import AGAIN, Nav
from segmentation.errors import BadFileError

PATH, TITLE = "/data", "Data"
NAV = Nav("Set up", "data")
FILE, CHECK, IMPORT, DONE = range(4)  # the steps of `files.STEPS`
_id = partial(page_id, "data")


def layout(dataset: str | None = None, **_: Any) -> html.Div:
    """Drop zone and form stay; what is known fills in around them."""
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset}),
            dcc.Store(id=_id("changed")),
            dcc.Store(id=_id("step"), data=FILE),
            dcc.Store(id=_id("marked")),
            dcc.Store(id=_id("quiet")),
            dcc.Store(id=_id("found")),  # the counts that the headline of the check is made of
            dcc.Store(id=_id("mine"), storage_type="session"),  # the import of this tab, found again after a reload
            html.Div([html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)], id=_id("head")),
            html.Div(id=_id("steps")),
            html.Div(c.job_box("data"), className="k-outcome"),
            html.Div(id=_id("outcome"), className="k-outcome", **{"aria-live": "polite"}),
            html.Div(files.reading_card(), id=_id("reading"), hidden=True),
            html.Div(_check(), id=_id("check"), hidden=True),
            html.Div(
                [
                    c.row(
                        c.col(8, html.Div(c.skeleton(), id=_id("datasets"), className="k-fill")),
                        c.col(4, html.Div(_receive(), className="k-fill")),
                    ),
                    html.Div(id=_id("history")),
                ],
                id=_id("stored"),
            ),
        ]
    )


def _receive() -> html.Section:
    zone = c.drop_zone(
        "data", "Drop a CSV here. Any separator, any column names; you see everything before it is stored."
    )
    return c.card("Add a customer file", zone, footer=html.Span("", id=_id("limits")))


def _check() -> Any:
    """The second step: what was read, and the few choices."""
    repeats = [
        ("update", "A later row updates the customer"),
        ("skip", "What is stored or came first stays"),
        ("reject", "Repeats in the file are refused and listed"),
    ]
    blanks = [("keep", "An empty cell keeps what is stored"), ("clear", "An empty cell erases what is stored")]
    form = c.card(
        "Where it goes",
        field("Dataset", dbc.Select(id=_id("target"), options=[], value=files.NEW), id=_id("target")),
        html.Div(
            field("Name", dbc.Input(id=_id("name"), value="", maxLength=80, debounce=True),
                  html.Span(id=_id("slug-says")), id=_id("name")),
            id=_id("name-box"),
        ),
        field("Customer key", dbc.Select(id=_id("key"), options=[]), "The column that names a customer", id=_id("key")),
        field("When a key repeats", dbc.Select(id=_id("repeats"), options=_options(repeats), value="update"),
              id=_id("repeats")),
        field("Empty cells", dbc.Select(id=_id("blank"), options=_options(blanks), value="keep"), id=_id("blank")),
        html.Div(
            [c.button("Import", _id("import"), primary=True), c.button("Choose another file", _id("back"))],
            className="k-actions",
        ),
        html.P(id=_id("refused"), className="form-text k-bad", role="alert"),
    )  # fmt: skip
    return html.Div(
        [
            html.Div(id=_id("problems"), className="k-outcome"),
            c.row(
                c.col(8, html.Div(id=_id("columns"), className="k-fill")),
                html.Div([html.Div(id=_id("read")), form], className="k-col-4 k-stack"),
            ),
        ]
    )


def _options(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in pairs]


def slug_of(name: str) -> str:
    """The address of a dataset of this name: ``[a-z][a-z0-9_]{0,39}``.

    >>> slug_of("Mall Customers (2024).csv"), slug_of("2024 base"), slug_of("???")
    ('mall_customers_2024', 'd_2024_base', '')
    """
    plain = re.sub(r"\.(csv|tsv|txt)$", "", name.strip(), flags=re.I).lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return (slug if not slug[:1].isdigit() else f"d_{slug}")[:40].rstrip("_")


def name_of(file_name: str) -> str:
    """A dataset's name from a file's.

    >>> name_of("Mall_Customers.csv")
    'Mall customers'
    """
    words = re.sub(r"[_\-.]+", " ", Path(file_name).stem).split()
    return sentence(" ".join(word if i == 0 or word.isupper() else word.lower() for i, word in enumerate(words)))


def _with_name(message: str, name: str) -> str:
    """The user's name of a file where the message has that of the upload.

    >>> _with_name("ea70f8e6ea70f8e6ea70f8e6ea70f8e6.data is empty", "pic.csv")
    'pic.csv is empty'
    """
    return re.sub(r"\b[0-9a-f]{32}\.(data|unpacked)\b", lambda _: name, message)


def register_callbacks(app: Dash, services: Any) -> None:
    c.register_job_box(app, services, "data", "Import")
    _register_overview(app, services)
    _register_check(app, services)
    _register_import(app, services)


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
        history = cards.history_card(services.imports.history(slug), current.name) if current else ""
        listing = cards.datasets_card(datasets, in_view)
        return cards.data_head(datasets), listing, history, files.limits(services.settings)


def _register_check(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("columns"), "children"), Output(_id("read"), "children"), Output(_id("problems"), "children"),
        Output(_id("key"), "options"), Output(_id("key"), "value"),
        Output(_id("target"), "options"), Output(_id("target"), "value"), Output(_id("name"), "value"),
        Output(_id("found"), "data"),
        Output(_id("head"), "children", allow_duplicate=True), Output(_id("step"), "data"),
        Input(_id("upload"), "data"),
        running=[(Output(_id("reading"), "hidden"), False, True)], prevent_initial_call=True,
    )  # fmt: skip
    def _inspect(upload: dict[str, Any] | None) -> tuple[Any, ...]:
        datasets = in_order(services.datasets.list())
        if not upload:
            return "", "", "", [], None, [], files.NEW, "", None, cards.data_head(datasets), FILE
        try:
            found = services.imports.inspect(services.imports.uploaded(upload["id"]).path)
        except BadFileError as error:
            raise BadFileError(_with_name(str(error), upload["name"])) from None
        counts = files.row_counts(found)
        return (
            files.columns_card(found, found.proposed_key), files.read_card(found, upload["name"], upload["size"]),
            files.found_card(found.problems), files.key_options(found), found.proposed_key or "@row",
            files.dataset_options(datasets), files.NEW, name_of(upload["name"]), counts,
            files.check_head(counts, found.proposed_key, "update"), CHECK,
        )  # fmt: skip

    @app.callback(
        Output(_id("head"), "children", allow_duplicate=True),
        Input(_id("key"), "value"), Input(_id("repeats"), "value"), Input(_id("step"), "data"),
        State(_id("found"), "data"), State(_id("upload"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _headline(key: str | None, repeats: str, step: int, counts: dict[str, Any] | None, upload: Any) -> Any:
        if not counts or not upload or step not in (CHECK, IMPORT):
            return no_update
        return files.importing_head(upload["name"]) if step == IMPORT else files.check_head(counts, key, repeats)

    @app.callback(
        Output(_id("upload"), "data", allow_duplicate=True), Input(_id("back"), "n_clicks"), prevent_initial_call=True
    )
    def _back(_clicks: int) -> None:
        return None

    @app.callback(
        Output(_id("name-box"), "hidden"), Output(_id("slug-says"), "children"),
        Input(_id("target"), "value"), Input(_id("name"), "value"),
    )  # fmt: skip
    def _name(target: str, name: str | None) -> tuple[bool, Any]:
        if target != files.NEW:
            return True, ""
        return False, files.slug_words(slug_of(name or ""), services.datasets.list() if name else [])

    @app.callback(
        Output(_id("steps"), "children"), Output(_id("check"), "hidden"), Output(_id("stored"), "hidden"),
        Input(_id("step"), "data"),
    )  # fmt: skip
    def _step(step: int) -> tuple[Any, bool, bool]:
        return files.steps(step) if step else "", step != CHECK, step == CHECK

    app.clientside_callback(
        "function(key) { return window.dash_clientside.data.mark(key); }",
        Output(_id("marked"), "data"), Input(_id("key"), "value"), Input(_id("columns"), "children"),
    )  # fmt: skip
    app.clientside_callback(
        "function() { return window.dash_clientside.data.quiet(); }",
        Output(_id("quiet"), "data"), Input(_id("upload"), "data"),
    )  # fmt: skip


def _register_import(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("job"), "data"), Output(_id("mine"), "data"), Output(_id("refused"), "children"),
        Output(_id("step"), "data", allow_duplicate=True),
        Input(_id("import"), "n_clicks"),
        State(_id("upload"), "data"), State(_id("target"), "value"), State(_id("name"), "value"),
        State(_id("key"), "value"), State(_id("repeats"), "value"), State(_id("blank"), "value"),
        prevent_initial_call=True,
    )  # fmt: skip
    def _import(
        _clicks: int, upload: dict[str, Any], target: str, name: str, key: str, repeats: str, blank: str
    ) -> tuple[Any, ...]:
        is_new = target == files.NEW
        slug = slug_of(name or "") if is_new else target
        refusal = files.refusal(slug, is_new, services.datasets.list())
        if refusal:
            return no_update, no_update, refusal, no_update
        options = {"key": key, "on_duplicate": repeats, "blank": blank, "file_name": upload["name"]}
        options |= {"dataset_name": name.strip()} if is_new else {}
        path = str(services.imports.uploaded(upload["id"]).path)
        job = services.jobs.submit("import", {"path": path, "options": options}, slug, "dashboard")
        return job, job, "", IMPORT

    @app.callback(
        Output(_id("job"), "data", allow_duplicate=True), Output(_id("step"), "data", allow_duplicate=True),
        Input(_id("query"), "data"), State(_id("mine"), "data"), prevent_initial_call="initial_duplicate",
    )  # fmt: skip
    def _found_again(query: dict[str, Any], mine: int | None) -> tuple[Any, Any]:
        active = [job.id for job in services.jobs.recent(None, 10) if job.active and job.id == mine]
        job = active[0] if active else running_job(services, shown(services, query["dataset"]), "import")
        return (no_update, no_update) if job is None else (job, IMPORT)

    app.clientside_callback(
        "function(changed) { return changed; }",
        Output(AGAIN, "data"), Input(_id("changed"), "data"), prevent_initial_call=True,
    )  # fmt: skip

    @app.callback(
        Output(_id("outcome"), "children"), Output(_id("changed"), "data"),
        Output(_id("step"), "data", allow_duplicate=True),
        Input(_id("job-done"), "data"), Input(_id("upload"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _ended(done: dict[str, Any] | None, upload: dict[str, Any] | None) -> tuple[Any, ...]:
        if ctx.triggered_id == _id("upload"):
            return "", no_update, no_update  # the next file: what became of the one before gives way
        if not done or done["status"] != "done":  # the file is still here: put it right and try again
            return "", no_update, CHECK if upload else FILE
        job = services.jobs.job(done["id"])
        problems = services.imports.problems(job.result["batch"], files.PROBLEMS_SHOWN)
        batches = services.imports.history(job.dataset)
        policy = next((each.policy for each in batches if each.batch == job.result["batch"]), "")
        outcome = files.outcome(job, problems, policy if len(batches) == 1 else "")
        return outcome, {"dataset": job.dataset, "job": job.id}, DONE
