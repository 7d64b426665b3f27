"""How a file was read, each guess with its choices, and the first rows as read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard.cards.files import file_size, go_id
from dashboard.components.choice import field
from dashboard.formatting import counted, in_words, number, sentence
from dashboard.wizard.state import DETECTED, NEW

ROWS, COLUMNS = 8, 24  # of the preview
DATE_COLUMNS = 12
ENCODINGS = {
    "utf-8": "UTF-8", "cp1252": "Western European (Windows 1252)", "iso8859-15": "Western European (ISO 8859-15)",
    "cp850": "Western European (DOS 850)", "cp437": "DOS 437", "cp1250": "Central European (Windows 1250)",
    "cp852": "Central European (DOS 852)", "cp1251": "Cyrillic (Windows 1251)", "cp866": "Cyrillic (DOS 866)",
    "cp1253": "Greek (Windows 1253)", "cp1254": "Turkish (Windows 1254)", "cp1255": "Hebrew (Windows 1255)",
    "cp1256": "Arabic (Windows 1256)", "mac_roman": "Macintosh", "shift_jis": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)", "big5": "Chinese (Big5)", "cp949": "Korean (CP 949)", "utf-16": "UTF-16",
}  # fmt: skip
SEPARATORS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Pipe", " ": "Runs of blanks"}
QUOTES = {'"': 'Double quotes: "a, b"', "'": "Single quotes: 'a, b'", "none": "None: quotes belong to the text",
          '\\"': 'Double quotes, with \\" inside: "a \\"b\\" c"'}  # fmt: skip
SECOND = {"yes": "Yes: it is left out", "no": "No: data begins there"}
DECIMALS = {".": "Decimal point: 1,234.5", ",": "Decimal comma: 1.234,5"}
THOUSANDS = {
    "none": "None: 1234",
    ",": "Comma: 1,234",
    ".": "Point: 1.234",
    " ": "Blank: 1 234",
    "'": "Apostrophe: 1'234",
}
ORDERS = {"day": "Day first: 31/12/2024", "month": "Month first: 12/31/2024", "year": "Year first: 2024-12-31"}
_ORDER_OF = {
    "iso": "year",
    "%Y%m%d": "year",
    "%Y.%m.%d": "year",
    "%d/%m/%Y": "day",
    "%d %b %Y": "day",
    "%m/%d/%Y": "month",
    "%b %d, %Y": "month",
}


def read_id(name: str) -> dict[str, str]:
    """Id of the control of one guess."""
    return {"page": "data", "read": name}


def written(id: Mapping[str, Any]) -> str:
    """A component's id as it stands in the page."""
    return json.dumps(id, sort_keys=True, separators=(",", ":"))


def read_head(file: Mapping[str, Any], found: Any, refusal: str = "") -> html.Div:
    """How much was found, and what to do next."""
    open_ = sum(ask.about in ("dates", "decimal") for ask in found.asks)
    lede = "Check how it was read and say where it goes. Nothing is stored yet."
    if open_:
        asked = counted(open_, "question waits", "questions wait")
        lede = f"{asked} for you under “How it was read”. Nothing is stored yet."
    what = "line" if file["kind"] == "transactions" else "row"
    title = (
        f"{sentence(counted(found.rows, what))} and {counted(len(found.columns), 'column')} in {file['upload']['name']}"
    )
    actions = [
        c.button("Another file", go_id(0, "read")),
        c.button("Next: columns", go_id(2, "read"), primary=True, disabled=bool(refusal)),
    ]
    return c.page_head(title, lede, actions, trail=[("Data", "/data"), ("Import", None)])


def unreadable_head(file: Mapping[str, Any]) -> html.Div:
    """The file cannot be read with what was chosen, or not at all."""
    name = file["upload"]["name"]
    if file["reading"] is None:
        return _without_rows(f"{name} cannot be read", "The note says why. Put it right, or choose another file.")
    says = "Change how it is read, or go back to what was detected."
    return _without_rows(f"{name} cannot be read like this", says)


def reading_head(file: Mapping[str, Any]) -> html.Div:
    """While a large file is read."""
    size = file_size(file["upload"]["size"])
    says = f"{size}: every row is read, not only the first ones. You need not wait here; nothing is stored yet."
    return _without_rows(f"Reading all of {file['upload']['name']}", says)


def unread_head(file: Mapping[str, Any]) -> html.Div:
    """The reading of a large file was cancelled, or its process died."""
    says = "Nothing is stored. Read it again, or choose another file."
    return _without_rows(f"{file['upload']['name']} was not read", says)


def _without_rows(title: str, says: str) -> html.Div:
    back = c.button("Another file", go_id(0, "read"))
    return c.page_head(title, says, [back], trail=[("Data", "/data"), ("Import", None)])


def how_form(found: Any, file: Mapping[str, Any]) -> list[Any]:
    """Every guess about the file's writing, as a choice that starts with what was detected."""
    dialect, chosen = found.dialect, chosen_of(found, file)
    parts = [_sheet(dialect, file)] if dialect.get("sheets") else []
    if not dialect.get("sheets"):
        parts += [
            _guess("encoding", "Encoding", ENCODINGS, _encoding(dialect["encoding"]), chosen),
            _guess("delimiter", "Separator", SEPARATORS, sentence(dialect["delimiter_name"]), chosen),
            _guess("quote", "Quotes", QUOTES, _quote_words(dialect), chosen, _quoting(dialect)),
        ]
    headers = {"0": "No row: columns are numbered"} | {str(n): f"Row {n}" for n in range(1, 11)}
    parts.append(_guess("header_row", "Names of the columns", headers, header_words(dialect), chosen))
    if dialect["header_row"]:
        second = "Yes" if dialect["second_header"] else "No"
        parts.append(_guess("second_header", "Second row of names", SECOND, second, chosen))
    if any(column.kind == "number" for column in found.columns):
        asked = [ask for ask in found.asks if ask.about == "decimal"]
        parts.append(
            _guess("decimal", "Numbers", DECIMALS, _numbers(found), chosen, asked[0].question if asked else None)
        )
        parts.append(_guess("thousands", "Mark between thousands", THOUSANDS, _thousands(found), chosen))
    dated = [column for column in found.columns if column.kind == "date"]
    unsure = {ask.header: ask for ask in found.asks if ask.about == "dates"}
    for column in sorted(dated, key=lambda each: each.header not in unsure)[:DATE_COLUMNS]:
        parts.append(_dates(column, unsure.get(column.header), chosen))
    return parts


def chosen_of(found: Any, file: Mapping[str, Any]) -> dict[str, Any]:
    """What holds instead of the guesses: chosen now, or remembered for these columns of the dataset."""
    return dict(file["reading"] if file["reading"] is not None else found.dialect.get("choices") or {})


def header_words(dialect: Mapping[str, Any]) -> str:
    """Which row names the columns."""
    row = dialect["header_row"] - bool(dialect.get("second_header"))
    return f"Row {row}" if row else "No row: columns are numbered"


def _guess(name: str, label: str, choices: Mapping[str, str], detected: str, chosen: Mapping[str, Any],
           hint: Any = None) -> html.Div:  # fmt: skip
    value = chosen.get(name, DETECTED)
    value = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    first = f"{detected} (detected)" if value == DETECTED else "As detected"
    return _select(name, label, {DETECTED: first, **choices}, value, hint)


def _select(name: str, label: str, choices: Mapping[str, str], value: str, hint: Any = None) -> html.Div:
    options = [{"value": key, "label": words} for key, words in choices.items()]
    select = dbc.Select(id=read_id(name), options=options, value=value)
    return field(label, select, hint, id=written(read_id(name)))


def _sheet(dialect: Mapping[str, Any], file: Mapping[str, Any]) -> html.Div:
    sheets = {name: name for name in dialect["sheets"]}
    return _select("sheet", "Sheet", sheets, dialect["sheet"] or "", "Values are read, never formulas")


def _dates(column: Any, ask: Any, chosen: Mapping[str, Any]) -> html.Div:
    orders = dict(ORDERS)
    if ask is not None:
        orders |= {key: sentence(words).replace("The ", "", 1).capitalize() for key, words in ask.choices.items()}
    value = chosen.get("dates", {}).get(column.header, DETECTED)
    order = _ORDER_OF.get(column.style.removeprefix("mixed ").split(", ")[0], "")
    detected = ORDERS.get(order, "Dates").split(":")[0]
    first = f"{detected} ({'assumed' if ask else 'detected'})" if value == DETECTED else "As detected"
    hint = html.Span(ask.question, className="k-warn") if ask is not None else None
    return _select(f"dates:{column.header}", f"Dates in {column.header}", {DETECTED: first, **orders}, value, hint)


def _encoding(name: str) -> str:
    known = {"utf-8-sig": "UTF-8", "ascii": "UTF-8", "latin-1": "Western European (ISO 8859-1)"}
    return known.get(name) or ENCODINGS.get(name) or name.upper()


def _quoting(dialect: Mapping[str, Any]) -> str | None:
    if dialect.get("quoted_lines"):
        return "Whole lines are in quotes; the quotes are taken off"
    return None


def _quote_words(dialect: Mapping[str, Any]) -> str:
    return "Around whole lines" if dialect.get("quoted_lines") else QUOTES[dialect.get("quote", '"')].split(":")[0]


def _thousands(found: Any) -> str:
    styles = {column.style for column in found.columns if column.kind == "number" and not column.secret}
    marks = {style.removesuffix("%")[-6] for style in styles - {"", "plain"}}
    told = [words.split(":")[0] for mark, words in THOUSANDS.items() if mark in marks]
    return " or ".join(told) or "None"


def _numbers(found: Any) -> str:
    styles = {column.style for column in found.columns if column.kind == "number" and not column.secret}
    marks = {style.removesuffix("%")[-2] for style in styles - {"", "plain"}}
    return "Differs by column" if len(marks) > 1 else DECIMALS[marks.pop() if marks else "."].split(":")[0]


def how_words(dialect: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Separator, encoding and header of a file in words, for the record of an import."""
    told = [("Sheet", dialect["sheet"])] if dialect.get("sheet") else []
    if not told:
        told += [("Encoding", _encoding(dialect["encoding"])), ("Separator", sentence(dialect["delimiter_name"]))]
        told += [("Quoting", _quoting(dialect))] if _quoting(dialect) else []
    told.append(("Names", header_words(dialect)))
    chosen = dialect.get("choices") or {}
    told += [("Second row of names", "Yes")] if dialect.get("second_header") else []
    told += [("Quotes", QUOTES[chosen["quote"]].split(":")[0])] if chosen.get("quote") else []
    told += [("Numbers", DECIMALS[chosen["decimal"]].split(":")[0])] if chosen.get("decimal") else []
    told += [("Between thousands", THOUSANDS[chosen["thousands"]].split(":")[0])] if chosen.get("thousands") else []
    told += [(f"Dates in {name}", ORDERS[order].split(":")[0]) for name, order in (chosen.get("dates") or {}).items()]
    return told


def how_caption(file: Mapping[str, Any]) -> str:
    """The file, and how long its choices hold."""
    return f"{file['upload']['name']}, {file_size(file['upload']['size'])}. Over all of it, not the first rows"


def first_card(found: Any, kind: str) -> html.Section:
    """The first rows, below the names they will be shown with."""
    columns = found.columns[:COLUMNS]
    rows = [row[: len(columns)] for row in found.first[:ROWS]]
    many = len(found.columns) > len(columns)
    heads = [
        c.Column(_head(column, kind), numeric=column.kind == "number" and kind == "customers") for column in columns
    ]
    cells = [[_cell(cell, column.secret) for cell, column in zip(row, columns, strict=True)] for row in rows]
    said = f"; {number(len(columns))} of {number(len(found.columns))} columns" if many else ""
    title = f"The first {in_words(len(rows))} rows" if len(rows) > 1 else "The first row"
    body = (
        html.Div(c.table(heads, cells, edge=True), className="k-preview")
        if rows
        else c.empty("No row stands below the names.")
    )
    return c.card(title, body, caption=f"As read, below the names Kindred will show and yours{said}")


def _head(column: Any, kind: str) -> html.Span:
    label = column.label if column.name else "Left out"
    said = "" if kind == "transactions" else ("left out" if column.secret or not column.name else column.kind)
    said = "key" if column.name == "customer_key" and kind == "customers" else said
    return html.Span([html.B(label), html.Small(column.header), html.Small(said)])


def _cell(cell: str | None, secret: str | None) -> Any:
    if cell is None:
        return html.Span("–", className="k-muted", title="empty")
    return html.Span("hidden", className="k-muted", title=f"looks like {secret}") if secret else cell


def target_options(datasets: Sequence[Any]) -> list[dict[str, Any]]:
    """A new dataset, or one to update."""
    known = [{"label": f"{d.name} ({counted(d.customers, 'customer')})", "value": d.slug} for d in datasets]
    return [{"label": "A new dataset", "value": NEW}, *known]


def target_says(file: Mapping[str, Any], slug: str, refusal: str) -> Any:
    """The address a new dataset gets, or why it cannot get it."""
    if refusal:
        return html.Span(refusal, className="k-bad")
    return f"Its short name will be {slug}" if file["name"] else ""


def target_why(file: Mapping[str, Any], others: bool) -> str:
    """Why this dataset was proposed, as long as it is the one chosen; of purchases, that one of `others` may have them.

    >>> target_why({"kind": "transactions", "target": NEW}, others=True)
    'Are they of customers you have already? Then choose their dataset.'
    """
    proposed, why = file.get("proposed") or (None, "")
    if proposed == file["target"] and why:
        return str(why)
    asks = others and file["kind"] == "transactions" and file["target"] == NEW
    return "Are they of customers you have already? Then choose their dataset." if asks else ""


def currency_of(file: Mapping[str, Any], detected: str | None, stored: str | None) -> tuple[str, str]:
    """The currency that money is counted in, and who says so.

    >>> currency_of({"currency": None}, "USD", "EUR"), currency_of({"currency": ""}, "USD", "EUR")
    (('EUR', 'That of the dataset'), ('', 'As you say'))
    """
    if file["currency"] is not None:
        return file["currency"], "As you say"
    if stored:
        return stored, "That of the dataset"
    return (detected, "As signs in the file say") if detected else ("", "Such as EUR; may stay empty")


def kind_says(file: Mapping[str, Any]) -> str:
    """What becomes of the rows."""
    if file["kind"] == "transactions":
        return "A line of a purchase. Recency, frequency and spending of each customer are computed from them."
    return "One customer, described by the columns."
