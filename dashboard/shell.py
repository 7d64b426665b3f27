"""What surrounds every page: navigation, dataset switcher, top bar, errors; and the index page around it all."""

import json
from collections.abc import Iterable
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from dash import Dash, Input, Output, dcc, html, page_container

from dashboard import theme
from dashboard.components import icon, link_button, page_head
from dashboard.datasets import address, in_order
from dashboard.formatting import counted
from dashboard.web import ERRORS

AGAIN = "shell--again"  # whatever a page puts here, the sidebar reads the datasets again
GROUPS = ("Understand", "Act", "Check", "Set up")

# Sets the theme before anything is painted: what was chosen, else what the system prefers. The cookie tells the server.
FIRST_PAINT = """
(function () {
  var root = document.documentElement, stored = null;
  try { stored = localStorage.getItem("kindred-theme"); } catch (refused) { stored = null; }
  var system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  var theme = stored === "dark" || stored === "light" ? stored : system;
  root.setAttribute("data-bs-theme", theme);
  root.setAttribute("data-ag-theme-mode", theme);
  document.cookie = "kindred-theme=" + theme + "; path=/; max-age=31536000; samesite=lax";
})();
"""


class Nav(NamedTuple):
    """Where a page stands in the navigation: one of `GROUPS`, and an icon of ``assets/icons.css``."""

    group: str
    icon: str


def index_string() -> str:
    """The index page. Its JSON block holds the colours the theme toggle swaps in figures."""
    swaps = json.dumps(theme.swaps())
    return f"""<!doctype html>
<html lang="en" data-bs-theme="light" data-ag-theme-mode="light">
  <head>
    {{%metas%}}
    <title>{{%title%}}</title>
    <script>{FIRST_PAINT}</script>
    <script type="application/json" id="k-swaps">{swaps}</script>
    {{%favicon%}}
    {{%css%}}
  </head>
  <body>
    {{%app_entry%}}
    <footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer>
  </body>
</html>"""


def layout() -> html.Div:
    """The shell; the sidebar is filled by its callback."""
    menu = html.Button(
        icon("menu"), className="btn btn-icon k-menu", type="button",
        **{"data-k-do": "drawer", "aria-label": "Open menu", "aria-expanded": "false", "aria-controls": "k-side"},
    )  # fmt: skip
    toggle = html.Button(
        [icon("moon"), icon("sun")], className="btn btn-icon k-theme", type="button",
        **{"data-k-do": "theme", "aria-label": "Switch between light and dark"},
    )  # fmt: skip
    find = html.Button(
        [icon("search"), html.Span("Find a customer", className="k-find-words"), html.Kbd("/")],
        className="btn btn-outline-secondary btn-sm k-find-customer", type="button",
        **{"data-k-do": "find-customer", "aria-label": "Find a customer", "aria-keyshortcuts": "/"},
    )  # fmt: skip
    top = html.Header([menu, html.Span(className="k-spacer"), find, toggle], className="k-top")
    page = html.Div([html.Div(id=ERRORS, **{"aria-live": "assertive"}), page_container], id="shell--page")
    main = html.Main([html.Div(id="shell--lost"), page], className="k-main", id="main", tabIndex=-1)
    side = html.Aside([_brand(None), html.Div(id="shell--side")], className="k-side", id="k-side")
    return html.Div(
        [
            html.A("Skip to content", href="#main", className="k-skip"),
            html.Div([side, html.Div([top, main], className="k-column")], className="k-shell"),
            dcc.Store(id=AGAIN),
            html.Div(className="k-shade", **{"data-k-do": "drawer"}),
        ]
    )


def _brand(slug: str | None) -> html.A:
    return html.A([icon("mark"), "Kindred"], href=address("/", slug), className="k-brand")


def register_callbacks(app: Dash, services: Any, pages: Iterable[ModuleType]) -> None:
    """The sidebar follows the address; errors of the page before go with it."""
    entries = tuple(page for page in pages if hasattr(page, "NAV"))

    @app.callback(
        Output("shell--side", "children"), Output("shell--lost", "children"), Output("shell--page", "hidden"),
        Input("_pages_location", "pathname"), Input("_pages_location", "search"), Input(AGAIN, "data"),
    )  # fmt: skip
    def _show_side(pathname: str | None, search: str | None, _again: Any) -> tuple[Any, ...]:
        datasets, asked = in_order(services.datasets.list()), dataset_of(search)
        slug = asked or (datasets[0].slug if datasets else None)
        is_lost = asked is not None and all(dataset.slug != asked for dataset in datasets)
        lost = unknown_dataset(asked, datasets, pathname or "/") if asked and is_lost else []
        return side(entries, datasets, slug, pathname or "/"), lost, is_lost

    app.clientside_callback(
        "function() { return window.dash_clientside.kindred.arrived(); }",
        Output(ERRORS, "children"),
        Input("_pages_location", "pathname"),
        Input("_pages_location", "search"),
    )


def dataset_of(search: str | None) -> str | None:
    """The dataset an address names.

    >>> dataset_of("?dataset=mall&k=3"), dataset_of("")
    ('mall', None)
    """
    return parse_qs((search or "").lstrip("?")).get("dataset", [None])[0]


def side(entries: Iterable[ModuleType], datasets: list[Any], slug: str | None, pathname: str) -> list[Any]:
    """Dataset switcher and navigation; a page module's ``needs(dataset)`` names what a dataset lacks for it."""
    entries = tuple(entries)
    here = "/" + pathname.strip("/").split("/")[0]
    links: list[Any] = []
    current = next((dataset for dataset in datasets if dataset.slug == slug), None)
    for group in GROUPS:
        members = [entry for entry in entries if entry.NAV.group == group]
        if members:
            links += [html.H2(group), html.Ul([html.Li(_nav_link(entry, slug, here, current)) for entry in members])]
    return [_switcher(datasets, slug, here), html.Nav(links, className="k-nav", **{"aria-label": "Main"})]


def unknown_dataset(slug: str, datasets: list[Any], pathname: str) -> list[Any]:
    """In place of a page whose address names a dataset that is not there: the same page of those that are."""
    here = "/" + pathname.strip("/").split("/")[0]
    others = [html.Li(html.A(dataset.name, href=address(here, dataset.slug))) for dataset in datasets]
    if not others:
        return [page_head(f"There is no dataset {slug!r}", "Nothing is stored yet; add a customer file to begin."),
                link_button("Add a customer file", "/data", primary=True)]  # fmt: skip
    return [page_head(f"There is no dataset {slug!r}", "It may have been deleted, or the link is wrong. There are:"),
            html.Ul(others)]  # fmt: skip


def _nav_link(entry: ModuleType, slug: str | None, here: str, dataset: Any) -> html.A:
    """A page of the navigation; one that lacks something in this dataset says what and leads to the reason."""
    active = {"aria-current": "page"} if here in (entry.PATH, *getattr(entry, "ALSO", ())) else {}
    needs = entry.needs(dataset) if dataset is not None and hasattr(entry, "needs") else None
    lacking = [" ", html.Small(f"needs {needs}")] if needs else []
    classes = " ".join(["nav-link", *["active"] * bool(active), *["is-off"] * bool(needs)])
    inside = [icon(entry.NAV.icon), entry.TITLE, *lacking]
    return html.A(inside, href=address(entry.PATH, slug), className=classes, **active)


def _switcher(datasets: list[Any], slug: str | None, here: str) -> Any:
    """The dataset in view; a list of links to the same page for the others."""
    if not datasets:
        return html.A(
            [html.Span([html.B("No dataset yet"), html.Small("Add a customer file")]), icon("next")],
            href="/data", className="k-dataset",
        )  # fmt: skip
    current = next((dataset for dataset in datasets if dataset.slug == slug), None)
    name, size = (
        (current.name, counted(current.customers, "customer")) if current else ("Unknown dataset", "Choose one")
    )
    opener = html.Summary([html.Span([html.B(name), " ", html.Small(size)]), icon("chev")], className="k-dataset")
    others = [
        html.Li(
            html.A(
                [html.B(dataset.name), html.Small(counted(dataset.customers, "customer"))],
                href=address(here, dataset.slug),
                **({"aria-current": "true"} if dataset.slug == slug else {}),
            )
        )
        for dataset in datasets
    ]
    return html.Details([opener, html.Ul(others)], className="k-switch")
