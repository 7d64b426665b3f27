"""Tables: hairlines between rows, figures at the right, the first column names the row."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from dash import html

from dashboard.components.markup import static


class Column(NamedTuple):
    """One column. Where rows are stacked on a phone, `small` stands above the figure, `wide` takes a whole line."""

    label: Any
    numeric: bool = False
    small: str | None = None
    hide_on_phone: bool = False
    wide: bool = False


def table(columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, hover: bool = False, edge: bool = False,
          stacked: bool = False, row_classes: Sequence[str] = (), caption: str | None = None,
          head: bool = True) -> html.Div:  # fmt: skip
    """A table that scrolls inside its card, never the page.

    Parameters
    ----------
    rows : sequences of cells
        Texts (formatted already) or components, one per column; the first is the row's header.
    stacked : bool
        On a phone each row becomes a block under its name.
    row_classes : sequence of str
        A class per row: "is-picked", "is-off" or "".
    caption : str, optional
        Read by screen readers only.
    """
    classes = (
        "table" + (" table-hover" if hover else "") + (" edge" if edge else "") + (" k-segtable" if stacked else "")
    )
    header = html.Tr([_head(column) for column in columns])
    body = [
        html.Tr([_cell(column, cell, i == 0) for i, (column, cell) in enumerate(zip(columns, row, strict=True))],
                className=row_classes[n] if n < len(row_classes) else "")
        for n, row in enumerate(rows)
    ]  # fmt: skip
    parts: list[Any] = [html.Caption(caption, className="visually-hidden")] if caption else []
    parts += [html.Thead(header)] if head else []
    whole = html.Table([*parts, html.Tbody(body)], className=classes)
    return static(html.Div(whole, className="table-responsive", tabIndex=0))


def _head(column: Column) -> html.Th | html.Td:
    if not column.label:  # above buttons: nothing to name
        return html.Td(className=_class(column))
    return html.Th(column.label, className=_class(column), scope="col")


def _class(column: Column) -> str:
    return " ".join(["k-num"] * column.numeric + ["k-hide-sm"] * column.hide_on_phone + ["k-wide"] * column.wide)


def _cell(column: Column, cell: Any, first: bool) -> html.Th | html.Td:
    if first:
        return html.Th(cell, scope="row", className=_class(column))
    label = {"data-l": column.small} if column.small else {}
    return html.Td(cell, className=_class(column), **label)
