"""Each column of a file and what it becomes, as a form that is right where the guesses are."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard.cards.files import go_id
from dashboard.formatting import counted, number, percent
from dashboard.wizard.state import LEAVE, MOST_ATTRIBUTES, NEW, ROW, key_of, shown

PAGE = 12  # columns at a time: Dash takes seconds to draw many forms at once
FEW = PAGE  # columns that need neither search nor filter
MOST_KEYS = 200  # of a wide file only columns that could be the key are offered
KINDS = {"number": "Number", "category": "Category", "flag": "Yes or no", "date": "Date", "text": "Text"}
USES = {
    "value": "Spending", "frequency": "How often they buy", "recency": "Time since they bought",
    "tenure": "Time with us", "response": "Answer to a campaign", "engagement": "Visits and clicks",
    "discount": "Discounts", "demographic": "About the person", "channel": "Channel", "consent": "Consent",
    "id": "Identifier", "other": "Other",
}  # fmt: skip
LINES = {
    "customer": "Customer", "occurred_at": "When it was bought", "invoice": "Invoice", "amount": "Amount of the line",
    "quantity": "Quantity", "price": "Price of one", "category": "Category", LEAVE: "Leave out",
}  # fmt: skip
FILTERS = [("All", "all"), ("Worth a look", "look"), ("Left out", "left"), ("Taken", "taken")]


def part_id(place: int, part: str) -> str:
    """Id of one control of a column's form; ``data.js`` reads it.

    Not an id that Dash matches by a pattern: 150 of those at once hold the browser up for seconds.
    """
    return f"data-column-{place}-{part}"


def columns_head(found: Any, kind: str, counts: Mapping[str, int], key: str, problem: str) -> html.Div:
    """How many columns become what, and the way on."""
    actions = [
        c.button("Back", go_id(1, "columns")),
        c.button("Next: check", go_id(3, "columns"), primary=True, disabled=bool(problem)),
    ]
    trail = [("Data", "/data"), ("Import", None)]
    if kind == "transactions":
        title = "Each row is a line of a purchase" if not problem else "Say what the columns are"
        lede = "Recency, frequency and spending of each customer are computed from these lines. Nothing is stored yet."
        return c.page_head(title, lede, actions, trail=trail)
    taken = counts["new"] + counts["known"]
    title = f"{number(taken)} of {counted(len(found.columns), 'column')} describe the customer"
    parts = [f"{number(counts['new'])} new"] if counts["new"] else []
    parts += [f"{number(counts['known'])} known to the dataset"] if counts["known"] else []
    parts += [f"{number(counts['left'])} left out"] if counts["left"] else []
    named = f"{key} names the customer" if key else "no column names the customer yet"
    named = "rows are numbered" if key == ROW else named
    lede = f"{', '.join(parts)}; {named}. Nothing is stored yet." if parts else f"{named}. Nothing is stored yet."
    return c.page_head(title, lede[:1].upper() + lede[1:] if key in ("", ROW) or parts else lede, actions, trail=trail)


def standing_in_the_way(kind: str, key: str, counts: Mapping[str, int], lacking: Sequence[str],
                        twice: Sequence[str]) -> str:  # fmt: skip
    """Why the columns cannot be taken like this; empty when they can."""
    if kind == "transactions":
        if twice:
            return f"Two columns are the {LINES.get(twice[0], twice[0]).lower()}. Leave one of them out."
        return f"No column is {' or '.join(lacking)} yet. Choose it in the list." if lacking else ""
    if not key:
        return "Choose the column that names the customer, or say that no column does and the rows are numbered."
    taken = counts["new"] + counts["known"]
    if taken > MOST_ATTRIBUTES:
        over = taken - MOST_ATTRIBUTES
        return (
            f"{number(taken)} columns would become attributes, at most {MOST_ATTRIBUTES} are possible. "
            f"Leave out {number(over)} or more: search for a group of them and leave out what is found."
        )
    return ""


def too_many(found: Any, kind: str, counts: Mapping[str, int]) -> Any:
    """A file with more columns than a dataset holds: the later ones are proposed to be left out, and it is said."""
    if kind == "transactions" or len(found.columns) <= MOST_ATTRIBUTES + 1 or not counts["left"]:
        return ""
    said = (
        f"{number(counts['left'])} of {number(len(found.columns))} columns are left out, the later ones first. "
        "To take one of them, leave out another: find it by its name, or all of a group at once."
    )
    return c.note("", f"A dataset holds at most {MOST_ATTRIBUTES} attributes", said)


def key_options(found: Any) -> list[dict[str, Any]]:
    """Columns that can name a customer, the likely ones first, and the row number for a file without one."""
    rows = max(found.rows, 1)
    likely = [column for column in found.columns if not column.missing and column.distinct == found.rows]
    rest = [column for column in found.columns if column.missing or column.distinct != found.rows]
    if len(found.columns) > MOST_KEYS:
        rest = [column for column in rest if column.distinct > rows / 2]
    options = [{"label": f"{each.header}: different in every row", "value": each.header} for each in likely[:MOST_KEYS]]
    options += [
        {
            "label": f"{each.header}: {number(each.distinct)} different in {counted(found.rows, 'row')}",
            "value": each.header,
        }
        for each in rest[:MOST_KEYS]
    ]
    return [*options, {"label": "No column: number the rows", "value": ROW}]


def key_says(found: Any, key: str) -> Any:
    """What follows from the choice of the key."""
    if not key:
        return "No column's name says so. It is the one by which your later files will find the same customer again."
    if key == ROW:
        return html.Span(
            "Customers are numbered in the order of the file. A later file cannot find them again: it would make new "
            "customers of the same people. Good for a file that comes once.",
            className="k-warn",
        )
    column = next((each for each in found.columns if each.header == key), None)
    if column is None:
        return html.Span(f"{key} is not in the file; choose the column that names the customer.", className="k-bad")
    said = []
    if column.missing:
        said.append(f"{counted(column.missing, 'row has', 'rows have')} no {key} and cannot come in.")
    repeats = found.rows - column.missing - column.distinct
    if repeats > 0:
        said.append(f"{counted(repeats, 'row repeats', 'rows repeat')} a key; the check says what becomes of them.")
    return " ".join(said) or "Filled and different in every row. A later file updates the customers by it."


def columns_table(found: Any, kind: str, edits: Mapping[str, Any], attributes: Sequence[Any],
                  places: Sequence[int]) -> Any:  # fmt: skip
    """The forms of some columns (by place)."""
    if not places:
        return c.empty("No column is called like this. Clear the search, or choose another filter.")
    if kind == "transactions":
        heads = ["Column", "What it is of a line"]
        rows = [_line(found, place, edits) for place in places]
    else:
        heads = ["Column", "Becomes", "Shown as", "Kind", "What it says", "Unit", "Sensitive"]
        rows = [_row(found, place, edits, attributes) for place in places]
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in heads]))
    return html.Div(
        html.Table(
            [head, html.Tbody(rows)], className=f"table k-columns {'k-lines' if kind == 'transactions' else ''}"
        ),
        className="table-responsive",
        tabIndex=0,
    )


def _row(found: Any, place: int, edits: Mapping[str, Any], attributes: Sequence[Any]) -> html.Tr:
    column = found.columns[place]
    if column.header == key_of(found, edits):
        named = html.Td(html.Span("Customer key", className="k-strong"), className="k-becomes")
        return html.Tr([_name(column, found.rows, key=True), named, html.Td("", colSpan=5)], className="is-picked")
    form = shown(column, "customers", edits)
    stored = [(attribute.name, attribute.label) for attribute in attributes if not attribute.computed]
    choices = [(NEW, "A new attribute"), (LEAVE, "Leave out"), *stored]
    cells = [
        _select(column, place, "becomes", choices, form),
        _cell(column, place, "label", dbc.Input(value=form["label"], maxLength=120, debounce=True), "Shown as"),
        _select(column, place, "kind", list(KINDS.items()), form),
        _select(column, place, "role", list(USES.items()), form),
        _cell(column, place, "unit", dbc.Input(value=form["unit"], maxLength=20, debounce=True), "Unit"),
        _sensitive(column, place, form),
    ]
    return html.Tr([_name(column, found.rows), *cells])


def _line(found: Any, place: int, edits: Mapping[str, Any]) -> html.Tr:
    column = found.columns[place]
    form = shown(column, "transactions", edits)
    return html.Tr([_name(column, found.rows), _select(column, place, "becomes", list(LINES.items()), form)])


def _name(column: Any, rows: int, key: bool = False) -> html.Th:
    parts: list[Any] = [html.B(column.header)]
    if column.secret:
        parts.append(c.badge(f"looks like {column.secret}: best left out", "bad", "lock"))
    elif column.sensitive:
        parts.append(c.badge("sensitive", "warn", "lock"))
    if column.secret:
        parts.append(html.Small("its values are not shown", className="k-sample"))
    elif column.samples:
        parts.append(html.Small(", ".join(str(each)[:40] for each in column.samples[:4]), className="k-sample"))
    else:
        parts.append(html.Small("empty in every row", className="k-sample"))
    said = [] if key else [_confidence(column)]
    said += [f"empty in {percent(column.missing / rows)} of rows"] if column.missing and rows else []
    parts.append(html.Small(" · ".join(each for each in said if each)))
    return html.Th(parts, scope="row", className="k-column-name")


def _confidence(column: Any) -> str:
    if column.confidence >= 1:
        return "the same column as before"
    if column.confidence >= 0.85:
        return "recognised by its name"
    return "guessed from its values" if column.name else ""


def _select(column: Any, place: int, part: str, choices: Sequence[tuple[str, str]], form: Mapping[str, Any]) -> html.Td:
    options = [{"value": value, "label": words} for value, words in choices]
    names = {"becomes": "Becomes", "kind": "Kind", "role": "What it says"}
    return _cell(column, place, part, dbc.Select(options=options, value=form[part]), names[part])


def _cell(column: Any, place: int, part: str, control: Any, name: str) -> html.Td:
    control.id = part_id(place, part)
    label = html.Label(
        [name, html.Span(f" of {column.header}", className="visually-hidden")],
        htmlFor=control.id,
    )
    return html.Td([label, control], className=f"k-{part}")


def _sensitive(column: Any, place: int, form: Mapping[str, Any]) -> html.Td:
    named = f"Sensitive: {column.header}"
    box = dbc.Checkbox(id=part_id(place, "sensitive"), value=bool(form["sensitive"]), label=named)
    return html.Td(box, className="k-sensitive")


def pager_says(total: int, all_columns: int, page: int) -> str:
    """Which columns are on the page.

    >>> pager_says(60, 5000, 1), pager_says(3, 3, 0), pager_says(0, 3, 0)
    ('13 to 24 of 60 found among 5,000 columns', '3 columns', 'None of 3 columns')
    """
    found = f" found among {number(all_columns)} columns" if total < all_columns else " columns"
    if not total:
        return f"None of {counted(all_columns, 'column')}"
    if total <= PAGE:
        return f"{number(total)}{found}" if total < all_columns else counted(total, "column")
    return f"{number(page * PAGE + 1)} to {number(min((page + 1) * PAGE, total))} of {number(total)}{found}"
