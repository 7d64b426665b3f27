"""The anatomy of a page: head, facts strip, rows of cards."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import dcc, html

from dashboard.components.notes import skeleton
from dashboard.components.small import dot
from dashboard.ids import page_id


class Fact(NamedTuple):
    """One figure of the facts strip; `note` says in words how it compares."""

    label: Any
    value: Any
    note: Any = ""


def page(name: str, title: str, dataset: str | None, *more: Any, **query: Any) -> html.Div:
    """The layout of a page that shows one dataset, before anything is read.

    Holds ``<name>--query`` (a store with what the address says: ``{"dataset": slug or None, **query}``), `more`
    (stores, intervals and other fixed components of the page) and ``<name>--body``, which a callback fills:
    ``Input(query)`` -> ``Output(body)``. Until then it shows the page's title and grey lines.
    """
    waiting = [crumbs([(title, None)]), html.H1(title, className="visually-hidden"), skeleton(34, 60), skeleton()]
    return html.Div(
        [
            dcc.Store(id=page_id(name, "query"), data={"dataset": dataset, **query}),
            *more,
            html.Div(waiting, id=page_id(name, "body")),
        ]
    )


def crumbs(trail: Sequence[tuple[str, str | None]]) -> html.Nav:
    """Where the page stands, shown in the top bar: (name, address), the last one without address."""
    parts: list[Any] = []
    for name, href in trail:
        parts += [" / "] if parts else []
        parts.append(html.A(name, href=href) if href else html.B(name, **{"aria-current": "page"}))
    return html.Nav(parts, className="k-crumb", **{"aria-label": "Breadcrumb"})


def page_head(title: str, lede: Any = None, actions: Sequence[Any] = (), *,
              trail: Sequence[tuple[str, str | None]] = (), colour: int | None = None,
              above: Any = None) -> html.Div:  # fmt: skip
    """The head: the finding as h1, at most two lines of lede, actions at the right.

    `trail` is the breadcrumb, `colour` the dot of a segment before the title, `above` what is said before it.
    """
    heading = html.H1([dot(colour, large=True), html.Span(title)] if colour else title)
    left = html.Div(
        ([above] if above is not None else []) + [heading] + ([html.P(lede, className="k-lede")] if lede else [])
    )
    right = [html.Div(list(actions), className="k-actions")] if actions else []
    return html.Div([crumbs(trail or [(title, None)]), html.Div([left, *right], className="k-head")])


def facts(*items: Fact) -> html.Dl:
    """At most four figures in one strip."""
    return html.Dl(
        [
            html.Div([html.Dt(fact.label), html.Dd([fact.value, html.Small(fact.note)] if fact.note else fact.value)])
            for fact in items
        ],
        className="k-facts",
        style={"--n": len(items)},
    )


def row(*columns: Any) -> html.Div:
    """A row of `col`s: 8+4, 7+5, 6+6, 4+4+4 or 12; one column under 1080 px."""
    return html.Div(list(columns), className="k-row")


def col(width: int, *content: Any) -> html.Div:
    """`width` of twelve columns; cards in a row share their height, several in a column are stacked."""
    return html.Div(list(content), className=f"k-col-{width}" + (" k-stack" if len(content) > 1 else ""))
