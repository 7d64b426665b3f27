"""The application.

How to add a page
-----------------
1. Write ``dashboard/pages/<name>.py``::

       PATH, TITLE = "/models", "Models"        # the address and the name in the navigation
       NAV = Nav("Check", "check")              # group and icon of assets/icons.css; without it: no entry
       _id = partial(page_id, "models")

       def layout(dataset=None, **_):           # no database access; query parameters come as keywords
           return c.page("models", TITLE, dataset, c.job_box("models"))

       def register_callbacks(app, services):
           @app.callback(Output(_id("body"), "children"), Input(_id("query"), "data"))
           def _show(query):
               return models_body(services.training.models(shown(services, query["dataset"])))

   ``PATH`` may hold variables (``/segments/<segment>``: set ``PATH_TEMPLATE`` as well); they come as keywords too.
   With ``exists(services, dataset, **variables)`` an address that names nothing answers 404. With ``needs(dataset)``
   the navigation says what a dataset lacks for the page. ``ALSO`` are first parts of addresses without an entry of
   their own, under which this one is marked.
2. Add the module to `PAGES`, in the order of the navigation. Routes for programs (``dashboard/api``) have
   ``register(server, services)`` and stand in `APIS`.
3. What the page draws lives in ``dashboard/cards/<name>.py`` and ``dashboard/figures/<name>.py``: pure functions of
   what the service returned, put together from ``dashboard.components`` (see there).

A callback that raises a `KindredError` shows its message as a red note above the page; any other exception shows a
calm note with an id that stands in the log as well. Ids used by callbacks stand in the layout, not in what a callback
returns. Links are plain ``html.A``: the browser follows those to our own pages without loading anew. Every link to a
page about a dataset carries it: `dashboard.datasets.address`.
"""

from functools import partial
from typing import Any

import dash
from dash import Dash

from dashboard import shell, web
from dashboard.api import campaigns as campaigns_api
from dashboard.api import customers as customers_api
from dashboard.api import health, imports, passport, uploads
from dashboard.api import report as report_api
from dashboard.api import scenarios as scenarios_api
from dashboard.pages import (
    batch,
    campaign,
    campaigns,
    compare,
    contrast,
    customer,
    customers,
    data,
    explore,
    glossary,
    group,
    model,
    models,
    not_found_404,
    overview,
    play,
    recipes,
    rfm,
    scenario,
    scenarios,
    segment,
    segments,
    simulator,
    strategy,
)
from dashboard.pages import map as map_page
from segmentation.services import Services

PAGES: tuple[Any, ...] = (  # navigation order
    overview, segments, contrast, segment, map_page, explore, rfm, customers, customer, strategy, play, campaigns,
    campaign, simulator, group, scenarios, scenario, models, compare, model, recipes, data, batch, glossary,
)  # fmt: skip
APIS: tuple[Any, ...] = (health, imports, passport, report_api, uploads, customers_api, campaigns_api, scenarios_api)


def create_app(services: Services) -> Dash:
    """The Dash application over one set of services; several may live in one process."""
    dash.page_registry.clear()
    app = Dash(
        "dashboard",
        use_async=False,
        use_pages=True,
        pages_folder="",
        title="Kindred",
        update_title="",
        include_pages_meta=False,
        index_string=shell.index_string(),
        external_stylesheets=[web.BOOTSTRAP],
        assets_path_ignore=["vendor"],
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        on_error=web.explain_error,
    )
    app.server.secret_key = services.settings.secret()
    for order, page in enumerate((*PAGES, not_found_404)):
        dash.register_page(
            page.__name__,
            path=page.PATH,
            path_template=getattr(page, "PATH_TEMPLATE", None),
            title=f"{page.TITLE} · Kindred",
            name=page.TITLE,
            order=order,
            layout=page.layout,
        )
        page.register_callbacks(app, services)
    app.layout = shell.layout()
    shell.register_callbacks(app, services, PAGES)
    web.protect(app, services.settings)
    for api in APIS:
        api.register(app.server, services)
    app.server.test_client().get("/")  # the first request sets Dash up; under threads two first ones would race
    web.lock_down(app, {page.__name__: partial(page.exists, services) for page in PAGES if hasattr(page, "exists")})
    return app
