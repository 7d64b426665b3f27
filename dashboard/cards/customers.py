"""The table of customers: its head, its columns, what a row shows, and what narrows it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.datasets import address
from dashboard.ids import page_id
from dashboard.terms import TERMS
from segmentation.features.rfm import NAMES
from segmentation.filters import RFM, RFM_LABEL, WORDS

SHOWN_FIRST = 6  # attributes shown before anything is chosen
ALL = "*"  # a choice of nothing in particular; an empty value would show an empty field
MOST_AT_ONCE = 40  # columns beside each other
HOLDOUTS = [{"label": "Nobody", "value": ALL}] + [
    {"label": f"About {percent} in 100", "value": str(percent / 100)} for percent in (5, 10, 20, 50)
]
WORD_TEXT = {
    "clear": "Clear: among the surer three quarters of their segment",
    "leaning": "Leaning: among the least sure quarter",
    "borderline": "Borderline: almost as near to another segment",
}
DEFAULT_COLUMN = {
    "sortable": True,
    "resizable": True,
    "suppressMovable": False,
    "minWidth": 96,
    "width": 148,
    "wrapHeaderText": True,
    "autoHeaderHeight": True,
}
GRID_OPTIONS = {
    "cacheBlockSize": 100,
    "maxBlocksInCache": 20,
    "maxConcurrentDatasourceRequests": 1,
    "infiniteInitialRowCount": 1,
    "ensureDomOrder": True,
    "suppressMultiSort": True,
    "enableCellTextSelection": True,
    "rowHeight": 36,
    "animateRows": False,
    "suppressNoRowsOverlay": True,
}


def head(slug: str, view: Any) -> html.Div:
    """How many, in how many segments."""
    n = f.counted(view.customers, "customer")
    told = [each for each in view.segments if each[2] != 0]
    title = f"{n} in {f.counted(len(told), 'segment')}" if told else f"{n}, not in segments yet"
    lede = "Search, sort and narrow the list; open a customer to see why they are where they are."
    note = c.note("", "Some customers changed after the last scoring", "Their segment may be out of date.",
                  c.link_button("Score them again", address("/models", slug), small=True))  # fmt: skip
    trail = [("Customers", None)]
    return html.Div([c.page_head(title, lede, trail=trail), *([note] if view.stale else [])])


def no_customers(slug: str | None) -> html.Div:
    """Without a dataset, or with one that has nobody in it."""
    said = "There are no customers here yet" if slug else "There is no dataset yet"
    return html.Div(
        [
            c.page_head(said, trail=[("Customers", None)]),
            c.empty(
                "Once a customer file is in, everybody stands here, each with a page of their own.",
                c.link_button("Add a customer file", address("/data", slug), primary=True),
            ),
        ]
    )


def without_segments(slug: str) -> html.Div:
    """A note above a table without segments."""
    return c.note("", "No segments yet", "Train a model and every customer gets a segment here.",
                  c.link_button("Train a model", address("/models", slug), small=True))  # fmt: skip


def segment_options(view: Any) -> list[dict[str, str]]:
    """Everybody, then each segment."""
    return [{"label": "All segments", "value": ALL}] + [
        {"label": name, "value": slug} for slug, name, _colour in view.segments
    ]


def word_options() -> list[dict[str, str]]:
    """Every confidence, then each word."""
    return [{"label": "Any confidence", "value": ALL}] + [{"label": WORD_TEXT[word], "value": word} for word in WORDS]


def column_options(view: Any) -> list[dict[str, str]]:
    """Every attribute for the choice of columns, what the model uses first."""
    return [{"label": _label(each), "value": each.name} for each in view.attributes]


def narrow_options(view: Any) -> list[dict[str, str]]:
    """Every attribute for the choice of what to narrow by, and the RFM groups."""
    computed = [{"label": RFM_LABEL, "value": RFM}] if view.has_rfm else []
    return [{"label": "Choose a column", "value": ALL}, *computed, *column_options(view)]


def of_group(view: Any, name: str | None) -> list[dict[str, str]]:
    """The condition that an address asks for by the name of an RFM group; none where there is no such group."""
    return [{"attribute": RFM, "level": name}] if view.has_rfm and name in NAMES else []


def saved_options(kept: Sequence[Any], first: str = "Choose a filter") -> list[dict[str, str]]:
    """Every saved filter to choose from, after what stands for none of them."""
    return [{"label": first, "value": ALL}, *({"label": each.name, "value": saved_value(each.name)} for each in kept)]


def saved_value(name: str) -> str:
    """The value of a saved filter in the list; that of nothing in particular without a name.

    >>> saved_value("Oslo"), saved_value(""), saved_name("=Oslo"), saved_name("*")
    ('=Oslo', '*', 'Oslo', '')
    """
    return f"={name}" if name else ALL


def saved_name(value: str) -> str:
    """The name of a saved filter by its value in the list; empty for nothing in particular."""
    return value[1:] if value.startswith("=") else ""


def shown_first(view: Any) -> list[str]:
    """The columns of a first visit: the key to their segment first."""
    return [each.name for each in view.attributes][:SHOWN_FIRST]


def _label(attribute: Any) -> str:
    return f.with_unit(attribute.label, attribute.unit) + (" (sensitive)" if attribute.sensitive else "")


def column_defs(slug: str, view: Any, chosen: Sequence[str]) -> list[dict[str, Any]]:
    """The columns of the grid: who, segment, confidence, value, then the chosen attributes in their order."""
    columns: list[dict[str, Any]] = [
        {"field": "key", "colId": "customer_key", "headerName": "Customer", "cellRenderer": "KindredCustomer",
         "width": 140, "pinned": "left", "lockPosition": True, "suppressMovable": True}
    ]  # fmt: skip
    if view.segments:
        columns += [
            {"field": "segment", "colId": "@segment", "headerName": "Segment", "cellRenderer": "KindredSegment",
             "width": 260, "headerTooltip": tip("segment"), "tooltipField": "segment"},
            {"field": "word", "colId": "@word", "headerName": "Confidence", "width": 124,
             "headerTooltip": tip("confidence")},
        ]  # fmt: skip
    if view.value_label:
        columns.append(
            {
                "field": "value",
                "colId": "@value",
                "headerName": view.value_label,
                "type": "rightAligned",
                "width": 130,
                "headerTooltip": tip("customer_value"),
            }
        )
    named = {each.name: each for each in view.attributes}
    for name in chosen:
        if name in named:
            attribute = named[name]
            columns.append(
                {"field": f"a:{name}", "colId": name, "headerName": _label(attribute),
                 "headerTooltip": _label(attribute)}
                | ({"type": "rightAligned"} if attribute.kind == "number" else {})
            )  # fmt: skip
    return columns


def row(slug: str, record: Any, kinds: dict[str, Any]) -> dict[str, Any]:
    """One row as the grid shows it: every cell is text already."""
    cells = {f"a:{name}": cell(value, kinds[name].kind, kinds[name].label) for name, value in record.cells.items()}
    return cells | {
        "key": record.key,
        "href": customer_address(slug, record.address),
        "segment": record.segment or f.MISSING,
        "colour": record.colour,
        "word": record.word or f.MISSING,
        "value": f.plain(record.value),
    }


def customer_address(slug: str | None, customer: str) -> str:
    """The address of a customer's page.

    >>> customer_address("shop", "A 1")
    '/customers/A%201?dataset=shop'
    """
    return address(f"/customers/{quote(customer, safe='')}", slug)


def customer_link(slug: str | None, key: str) -> Any:
    """A customer's key that leads to their page; text alone where the key cannot stand in an address."""
    addressable = "/" not in key and "\\" not in key and key.strip(". ") != ""
    return html.A(key, href=customer_address(slug, key)) if addressable else key


def cell(value: Any, kind: str, label: str) -> str:
    """One value of an attribute in words.

    >>> cell(True, "flag", "Member"), cell(None, "number", "Age"), cell(1957.0, "number", "Year of birth")
    ('yes', 'not available', '1957')
    """
    if f.is_missing(value):
        return f.MISSING
    if kind == "flag":
        return "yes" if value else "no"
    if kind == "date":
        return f.day(value)
    return f.observed(float(value), label) if kind == "number" else str(value)


def says(found: int, everyone: int) -> str:
    """How many the table shows."""
    if not found:
        return "Nobody fits. Take a filter away."
    if found == everyone:
        return f"All {f.counted(everyone, 'customer')}"
    return f"{f.number(found)} of {f.counted(everyone, 'customer')}"


def chips(view: Any, conditions: Sequence[dict[str, Any]]) -> list[Any]:
    """What narrows the table, each with a button that takes it away."""
    labels = {RFM: RFM_LABEL} | {each.name: each.label for each in view.attributes}
    return [
        html.Li(
            html.Button(
                [condition_text(each, labels[each["attribute"]]), c.icon("close")],
                id={"page": "customers", "part": "drop", "at": at}, n_clicks=0, type="button", className="k-chip-drop",
                **{"aria-label": f"Take away: {condition_text(each, labels[each['attribute']])}"},
            )
        )
        for at, each in enumerate(conditions)
        if each["attribute"] in labels
    ]  # fmt: skip


def condition_text(condition: dict[str, Any], label: str) -> str:
    """A condition in words.

    >>> condition_text({"low": 5, "high": None}, "Age"), condition_text({"level": "Oslo"}, "City")
    ('Age: at least 5', 'City: Oslo')
    >>> condition_text({"missing": True}, "Age")
    'Age: not available'
    """
    low, high = condition.get("low"), condition.get("high")
    if condition.get("missing"):
        return f"{label}: not available"
    if condition.get("level") is not None:
        return f"{label}: {condition['level']}"
    if low in (None, ""):
        return f"{label}: at most {high}"
    return f"{label}: at least {low}" if high in (None, "") else f"{label}: {low} to {high}"


def tip(key: str) -> str:
    """A term in one text, for a column of the grid."""
    return " ".join(TERMS[key][2:])


def below(view: Any) -> list[Any]:
    """What the columns mean, and what the download leaves out."""
    told = [c.term("segment"), ", ", c.term("confidence")] if view.segments else []
    told += [", "] * bool(told and view.value_label) + [c.term("customer_value")] * bool(view.value_label)
    text = "A download holds at most 100,000 customers, with the columns shown."
    text += " Whoever gave no consent is left out." if view.has_consent else ""
    return [*(["In the columns: ", *told, ". "] if told else []), text]


def details(name: str, summary: str, *inside: Any) -> html.Details:
    """A part of the toolbar that opens below its name."""
    return html.Details(
        [html.Summary([summary, c.icon("chev")], className="btn btn-outline-secondary"),
         html.Div(list(inside), className="k-drop-panel")],
        className="k-drop-down", id=page_id("customers", name),
    )  # fmt: skip
