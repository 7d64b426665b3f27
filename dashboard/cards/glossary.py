"""The glossary: every word that explains itself on the pages, in one place."""

from typing import Any

from dash import html

from dashboard import components as c
from dashboard.terms import TERMS, groups

COLUMNS = (
    c.Column("Word"),
    c.Column("What it means", wide=True),
    c.Column("What to mind", wide=True, small="what to mind"),
    c.Column("How it is computed", wide=True, small="how it is computed"),
)


def glossary() -> list[Any]:
    """Head and a card per group."""
    lede = (
        "Words with a dotted line explain themselves where they stand: point at them, tap them, or reach them with the "
        "Tab key. Here they are together."
    )
    shows: dict[str, Any] = {"data-k-do": "tour"}
    tour = c.button("Show the short tour", **shows)
    head = c.page_head(f"{len(TERMS)} words, each explained once", lede, [tour], trail=[("Glossary", None)])
    return [head, *(c.row(c.col(12, _group(group, terms))) for group, terms in groups().items())]


def _group(name: str, terms: dict[str, Any]) -> html.Section:
    rows = [
        [
            html.Span(term.word, id=f"glossary--{key}"),
            term.meaning,
            *(html.Span(text, className="k-muted") for text in (term.caveat, term.computed)),
        ]
        for key, term in terms.items()
    ]
    table = c.table(COLUMNS, rows, stacked=True, caption=name)
    return c.card(name, html.Div(table, className="k-glossary"))
