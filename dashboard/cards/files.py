"""A customer file on its way in: how it was read, where it goes, what became of it."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.datasets import address
from dashboard.formatting import counted, number, percent, sentence

STEPS = ("File", "Check", "Import", "Done")
PROBLEMS_SHOWN = 100
NEW = "@new"  # no slug begins like this


def steps(current: int) -> html.Ol:
    """Where in the import the analyst is; `current` counts from 0."""
    return html.Ol(
        [
            html.Li(
                [html.B(str(i + 1)), name],
                className="done" if i < current else "",
                **({"aria-current": "step"} if i == current else {}),
            )
            for i, name in enumerate(STEPS)
        ],
        className="k-steps",
    )


def read_card(inspection: Any, name: str, size: int) -> html.Section:
    """How the file was read."""
    entries = [
        *dialect_words(inspection.dialect),
        ("Rows", number(inspection.rows)),
        ("Columns", number(len(inspection.columns))),
    ]
    return c.card(
        "How the file was read",
        html.Dl([part for term, said in entries for part in (html.Dt(term), html.Dd(said))], className="k-dl"),
        caption=f"{name}, {file_size(size)}",
    )


def dialect_words(dialect: dict[str, Any]) -> list[tuple[str, str]]:
    """Separator, encoding and header of a file in words."""
    header = dialect["header_row"]
    return [
        ("Separator", sentence(dialect["delimiter_name"])),
        ("Encoding", str(dialect["encoding"]).upper()),
        ("Header", f"Line {header}" if header else "None: columns are numbered"),
    ]


def file_size(size: int) -> str:
    """Bytes as people say them.

    >>> file_size(3981), file_size(12), file_size(173_000_000)
    ('4 kB', '12 bytes', '173 MB')
    """
    for step, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= step:
            return f"{size / step:,.0f} {unit}" if size >= 10 * step or unit == "kB" else f"{size / step:,.1f} {unit}"
    return f"{size} bytes"


def columns_card(inspection: Any, key: str | None) -> html.Section:
    """Each column, what Kindred takes it for, and what stands in it."""
    columns = [
        c.Column("Column"),
        c.Column("Will be shown as"),
        c.Column("Kind"),
        c.Column("Use", hide_on_phone=True),
        c.Column("Missing", numeric=True, hide_on_phone=True),
        c.Column("Different", numeric=True, hide_on_phone=True),
        c.Column("Sample values"),
    ]
    rows = [
        [
            html.Span(column.header, className="k-strong"),
            "Customer key" if column.header == key else column.label,
            "key" if column.header == key else column.kind,
            "" if column.header == key else column.role,
            _missing(column.missing, inspection.rows),
            number(column.distinct),
            html.Span(", ".join(str(sample) for sample in column.samples[:4]), className="k-samples"),
        ]
        for column in inspection.columns
    ]
    classes = ["is-picked" if column.header == key else "" for column in inspection.columns]
    return c.card(
        f"{sentence(counted(len(rows), 'column'))}, read over all {number(inspection.rows)} rows",
        c.table(columns, rows, edge=True, row_classes=classes),
        caption="What Kindred takes each column for. The highlighted one names the customer.",
    )


def _missing(missing: int, rows: int) -> str:
    return number(missing) if not missing or not rows else f"{number(missing)} ({percent(missing / rows)})"


def key_options(inspection: Any) -> list[dict[str, Any]]:
    """Columns that can name a customer, and the row number for a file without one."""
    options = []
    for column in inspection.columns:
        unique = column.distinct == inspection.rows and not column.missing
        said = (
            "filled and different in every row"
            if unique
            else f"{number(column.distinct)} different in {number(inspection.rows)} rows"
        )
        options.append({"label": f"{column.header}: {said}", "value": column.header})
    return [*options, {"label": "No key: number the rows", "value": "@row"}]


def dataset_options(datasets: Sequence[Any]) -> list[dict[str, Any]]:
    """A new dataset, or one to update."""
    known = [{"label": f"Update {d.name} ({counted(d.customers, 'customer')})", "value": d.slug} for d in datasets]
    return [{"label": "A new dataset", "value": NEW}, *known]


def result_card(result: dict[str, Any], slug: str) -> html.Section:
    """What became of a file: counts that add up, and the rows that could not come in."""
    parts = ("created", "updated", "unchanged", "rejected")
    stored = result["rows"] - result["rejected"]
    title = (
        f"All {number(result['rows'])} rows came in"
        if not result["rejected"]
        else (f"{number(stored)} of {number(result['rows'])} rows came in")
    )
    facts = c.facts(*(c.Fact(sentence(name), number(result[name])) for name in ("rows", *parts)))
    sums = " + ".join(number(result[name]) for name in parts)
    actions = html.Div(
        [
            c.link_button("Find segments", address("/models", slug), primary=True),
            c.link_button("Open the dataset", address("/", slug)),
        ],
        className="k-actions",
    )
    return c.card(
        title,
        facts,
        actions,
        caption=f"{sums} = {number(result['rows'])}: created, updated, unchanged and rejected are all rows read",
    )


def problems_card(problems: Sequence[Any], total: int) -> Any:
    """Row, column, value and what was expected, of each problem."""
    if not problems:
        return ""
    columns = [c.Column("Row", numeric=True), c.Column("Column"), c.Column("Value"), c.Column("Expected")]
    rows = [[number(p.row), p.column or "–", _value(p.value), p.expected] for p in problems]
    shown = f"The first {number(len(problems))}" if total > len(problems) else "All"
    return c.card(
        f"{sentence(counted(total, 'problem'))} in the file",
        c.table(columns, rows, hover=True, edge=True),
        caption=f"{shown}; row 1 is the first below the header",
        data_is_body=True,
    )


def _value(value: str | None) -> Any:
    return html.Code(value) if value else html.Span("empty", className="k-muted")


def check_head(inspection: Any) -> html.Div:
    """How many rows can come in, before anything is stored."""
    rejected = len({problem.row for problem in inspection.problems if problem.severity == "error"})
    more = len(inspection.problems) >= PROBLEMS_SHOWN
    title = f"All {counted(inspection.rows, 'row')} can come in"
    if rejected:
        most = "At most " if more else ""
        title = f"{most}{number(inspection.rows - rejected)} of {counted(inspection.rows, 'row')} can come in"
    lede = "Nothing is stored yet. See what Kindred takes each column for, then import."
    key = next((column for column in inspection.columns if column.header == inspection.proposed_key), None)
    repeats = inspection.rows - key.missing - key.distinct if key else 0
    if repeats > 0:
        lede += f" {sentence(counted(repeats, 'row repeats', 'rows repeat'))} a customer key of another."
    return c.page_head(title, lede, trail=[("Data", None)])


def found_card(problems: Sequence[Any]) -> Any:
    """What stands in the way of rows, before anything is stored."""
    return c.row(c.col(12, problems_card(problems, len(problems)))) if problems else ""


def outcome(job: Any, problems: Sequence[Any]) -> Any:
    """The end of an import: its counts, and its problems when there are any."""
    total = sum(job.result.get("problem_counts", {}).values())
    parts = [c.row(c.col(12, result_card(job.result, job.dataset)))]
    return parts + ([c.row(c.col(12, problems_card(problems, total)))] if problems else [])


def reading_card() -> html.Section:
    """While the whole file is read."""
    return c.card(
        "Reading the whole file", c.skeleton(), caption="Every row, not only the first ones; nothing is stored yet"
    )


def limits(settings: Any) -> str:
    """What a file may be, said before one is chosen."""
    return (
        f"CSV or text with one row per customer, up to {number(settings.max_upload_mb)} MB and 500 columns. "
        f"The file stays on this machine and is removed after {number(settings.retention_days)} days."
    )


def slug_words(slug: str) -> str:
    """The address a new dataset gets."""
    return f"Its short name will be {slug}" if slug else "A name needs at least one letter"


def refusal(slug: str, is_new: bool, datasets: Sequence[Any]) -> str:
    """Why a file cannot go where it was sent; empty when it can."""
    if not slug:
        return "The name needs at least one letter from a to z: the dataset's address is made of it."
    if is_new and slug in {dataset.slug for dataset in datasets}:
        return f"There is already a dataset {slug}. Choose it above to update it, or give this one another name."
    return ""
