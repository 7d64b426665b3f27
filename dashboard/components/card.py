"""Cards: the finding as title, the picture as proof, its data behind it."""

import re
from typing import Any

from dash import html

from dashboard.components.markup import static
from dashboard.components.small import icon
from dashboard.components.table import table


def card(title: str, *body: Any, caption: Any = None, data: Any = None, data_is_body: bool = False, footer: Any = None,
         level: int = 2, id: Any = None, tools: Any = None, as_picture: bool = False) -> html.Section:  # fmt: skip
    """A card.

    Parameters
    ----------
    title : str
        The finding, not the topic.
    body : components
        One picture or one table.
    caption : str, optional
        What is drawn and how to read it, in one or two sentences.
    data : table, optional
        The numbers behind the picture (`table(...)`): adds "show data", which replaces the picture in place, and
        "download" (PNG of a plotly figure, CSV of this table).
    data_is_body : bool
        The body is itself the table: only "download" (CSV) is added.
    footer : optional
        Source, sample size or one link.
    level : int
        Heading level; 3 inside a section that has an h2.
    tools : optional
        More buttons before those two.
    as_picture : bool
        With `data_is_body`: the table is coloured, and can be had as a PNG too.
    """
    heading = {2: html.H2, 3: html.H3}[level](title)
    has_data = data is not None
    buttons = ([tools] if tools is not None else []) + ([_show_data(title)] if has_data else [])
    buttons += [_download(title, picture=has_data or as_picture)] if has_data or data_is_body else []
    header = [html.Div([heading] + ([html.P(caption)] if caption is not None else []))]
    header += [html.Div(buttons, className="k-tools")] if buttons else []
    inside: list[Any] = [html.Div(list(body), className="k-picture")] if has_data or as_picture else list(body)
    if has_data:
        label = f"Data behind: {title}"
        hidden = html.Div(data, className="k-data table-responsive", hidden=True, tabIndex=-1, role="region",
                          **{"aria-label": label})  # fmt: skip
        inside.append(hidden)
    parts = [html.Div(header, className="card-header"), html.Div(inside, className="card-body")]
    parts += [html.Div(footer, className="card-footer")] if footer is not None else []
    known = {} if id is None else {"id": id}
    return static(html.Section(parts, className="card", **{"data-k-name": file_name(title)}, **known))


def data_of(headers: list[Any], rows: list[list[Any]]) -> Any:
    """A plain table for `card(data=...)`: the first column names the row, the others are figures."""
    from dashboard.components.table import Column

    return table([Column(header, numeric=i > 0) for i, header in enumerate(headers)], rows)


def file_name(title: str) -> str:
    """A title as the name of a file.

    >>> file_name("45% of customers, 86% of spending")
    '45-of-customers-86-of-spending'
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]


def _show_data(title: str) -> html.Button:
    return html.Button(
        icon("table"), className="btn btn-icon", type="button", title="Show data",
        **{"data-k-do": "show-data", "aria-label": f"Show the data behind: {title}", "aria-pressed": "false"},
    )  # fmt: skip


def _download(title: str, picture: bool) -> html.Div:
    kinds = [("csv", "Table (CSV)")] + ([("png", "Picture (PNG)")] if picture else [])
    choices = [
        html.Button(text, type="button", className="k-menu-item", **{"data-k-do": "download", "data-k-kind": kind})
        for kind, text in kinds
    ]
    opener = html.Button(
        icon("down"), className="btn btn-icon", type="button", title="Download",
        **{"data-k-do": "menu", "aria-label": f"Download: {title}", "aria-expanded": "false"},
    )  # fmt: skip
    return html.Div([opener, html.Div(choices, className="k-menu-list", hidden=True)], className="k-menu-wrap")
