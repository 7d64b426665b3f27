"""Every scenario of a dataset, and up to four side by side."""

from functools import partial
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html

from dashboard import components as c
from dashboard.cards import scenarios as cards
from dashboard.cards.scenario_compare import MOST, compare_card
from dashboard.datasets import address, shown
from dashboard.ids import page_id
from segmentation.errors import KindredError

PATH, TITLE = cards.LIST, "Scenarios"
_id = partial(page_id, "scenarios")


def layout(dataset: str | None = None, **query: str) -> html.Div:
    """The list; the comparison above it when the address names some (``with=a,b``)."""
    waiting = [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)]
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "with": query.get("with", "")}),
            html.Div(waiting, id=_id("head")),
            html.Div(id=_id("compared")),
            html.Div(
                [html.A("Show them side by side", id=_id("go"), href=PATH, className="btn btn-primary"),
                 html.Span("", id=_id("says"), className="k-muted k-small", role="status")],
                id=_id("actions"), className="k-actions k-above", hidden=True,
            ),
            html.Div(c.skeleton(), id=_id("body")),
        ]
    )  # fmt: skip


def register_callbacks(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("head"), "children"), Output(_id("compared"), "children"), Output(_id("body"), "children"),
        Output(_id("actions"), "hidden"),
        Input(_id("query"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any]) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"])
        kept = services.scenarios.kept(slug) if slug else []
        lede = "What-ifs that were kept: open one, compare several, ask them again of the newest model."
        head = c.page_head(TITLE, lede, trail=cards.trail(slug, TITLE))
        if not kept:
            return head, "", cards.empty_list(slug), True
        picked = [each for each in query["with"].split(",") if each]
        return head, _compared(services, picked), cards.list_card(kept, picked), len(kept) < 2

    @app.callback(
        Output(_id("go"), "href"), Output(_id("says"), "children"),
        Input({"page": "scenarios--pick", "name": ALL}, "value"), State(_id("query"), "data"),
    )  # fmt: skip
    def _picked(values: list[bool], query: dict[str, Any]) -> tuple[str, str]:
        ids = [each["id"]["name"] for each, value in zip(ctx.inputs_list[0], values, strict=True) if value]
        says = f"Pick at most {MOST}" if len(ids) > MOST else "Pick two or more" if len(ids) < 2 else ""
        return address(PATH, query["dataset"], **({"with": ",".join(ids[:MOST])} if len(ids) > 1 else {})), says


def _compared(services: Any, picked: list[str]) -> Any:
    if not picked:
        return ""
    try:
        return c.row(c.col(12, compare_card(services.scenarios.compare(picked))))
    except KindredError as error:
        return c.note("bad", "These cannot be compared", f"{str(error)[:1].upper()}{str(error)[1:]}.")
