"""A customer file on its way in: how it was read, where it goes, what became of it."""

from collections.abc import Sequence
from math import isfinite
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
            html.Span(", ".join(in_natural_order(column.samples)[:4]), className="k-samples"),
        ]
        for column in inspection.columns
    ]
    classes = ["is-picked" if column.header == key else "" for column in inspection.columns]
    return c.card(
        f"{sentence(counted(len(rows), 'column'))}, read over all {number(inspection.rows)} rows",
        c.table(columns, rows, edge=True, row_classes=classes),
        caption="What Kindred takes each column for. The highlighted one names the customer.",
    )


def in_natural_order(values: Sequence[Any]) -> list[str]:
    """Numbers by their size, other words by their letters.

    >>> in_natural_order(["1", "10", "2.5", "n/a", "100"])
    ['1', '2.5', '10', '100', 'n/a']
    """

    def place(value: str) -> tuple[bool, float, str]:
        try:
            size = float(value)
        except ValueError:
            return True, 0.0, value
        return not isfinite(size), size if isfinite(size) else 0.0, value

    return sorted(map(str, values), key=place)


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


def result_card(result: dict[str, Any], slug: str, first_policy: str = "") -> html.Section:
    """What became of a file: counts that add up, and the rows that could not come in.

    `first_policy` is that for repeated keys where the file is the first of its dataset: a row that created no customer
    repeats then a key of the file itself.
    """
    parts = ("created", "updated", "unchanged", "rejected")
    stored = result["rows"] - result["rejected"]
    title = (
        f"All {number(result['rows'])} rows came in"
        if not result["rejected"]
        else (f"{number(stored)} of {number(result['rows'])} rows came in")
    )
    said = repeats_words(result, first_policy)
    if said:
        title = f"{counted(result['created'], 'customer')} from {counted(result['rows'], 'row')}"
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
        html.P(said) if said else "",
        facts,
        actions,
        caption=f"{sums} = {number(result['rows'])}: created, updated, unchanged and rejected are all rows read",
    )


def repeats_words(result: dict[str, Any], first_policy: str) -> str:
    """What became of the rows of a dataset's first file that repeat a key of it; empty when there are none.

    >>> repeats_words({"updated": 5, "unchanged": 0}, "update")
    'In 5 cases a later row replaced an earlier one of the same key.'
    >>> repeats_words({"updated": 0, "unchanged": 1}, "skip")
    '1 row repeated the key of an earlier one and was left out.'
    >>> repeats_words({"updated": 3, "unchanged": 0}, "")
    ''
    """
    updated, unchanged = result["updated"], result["unchanged"]
    if first_policy == "skip" and unchanged:
        were = "was" if unchanged == 1 else "were"
        return f"{sentence(counted(unchanged, 'row'))} repeated the key of an earlier one and {were} left out."
    if first_policy != "update" or not updated + unchanged:
        return ""
    parts = [f"in {counted(updated, 'case')} a later row replaced an earlier one of the same key"] if updated else []
    parts += [f"in {counted(unchanged, 'case')} a later row said the same again"] if unchanged else []
    return sentence("; ".join(parts)) + "."


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


def row_counts(inspection: Any) -> dict[str, Any]:
    """The counts that `check_head` needs, as JSON: they stay in the browser while the choices change."""
    return {
        "rows": inspection.rows,
        "refused": len({problem.row for problem in inspection.problems if problem.severity == "error"}),
        "more": len(inspection.problems) >= PROBLEMS_SHOWN,
        "keys": {column.header: [column.missing, column.distinct] for column in inspection.columns},
    }


def check_head(counts: dict[str, Any], key: str | None, policy: str) -> html.Div:
    """How many rows can come in with this key and this policy for its repeats, before anything is stored."""
    rows = counts["rows"]
    missing, distinct = counts["keys"].get(key, (0, rows))
    refused, repeats = max(counts["refused"], missing), rows - missing - distinct
    lede = "Nothing is stored yet. See what Kindred takes each column for, then import."
    out = repeats if policy == "reject" else 0
    title = f"All {counted(rows, 'row')} can come in"
    if refused or out:
        most = "At most " if counts["more"] or (refused and out) else ""  # a row may be both
        title = f"{most}{number(rows - max(refused, out))} of {counted(rows, 'row')} can come in"
    if out:
        title += f", {counted(out, 'repeats', 'repeat')} a key and will be refused"
    elif repeats > 0:
        first = "what came first stays" if policy == "skip" else "the later row updates the earlier one"
        lede += f" {sentence(counted(repeats, 'row repeats', 'rows repeat'))} a customer key of another: {first}."
    return c.page_head(title, lede, trail=[("Data", None)])


def importing_head(name: str) -> html.Div:
    """While the rows go into the store."""
    return c.page_head(f"{name} is being imported", "All of it comes in, or nothing.", trail=[("Data", None)])


def found_card(problems: Sequence[Any]) -> Any:
    """What stands in the way of rows, before anything is stored."""
    return c.row(c.col(12, problems_card(problems, len(problems)))) if problems else ""


def outcome(job: Any, problems: Sequence[Any], first_policy: str = "") -> Any:
    """The end of an import: its counts, and its problems when there are any."""
    total = sum(job.result.get("problem_counts", {}).values())
    parts = [c.row(c.col(12, result_card(job.result, job.dataset, first_policy)))]
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


def slug_words(slug: str, datasets: Sequence[Any] = ()) -> Any:
    """The address a new dataset gets, or why it cannot get it."""
    taken = refusal(slug, True, datasets) if slug else ""
    if taken:
        return html.Span(taken, className="k-bad")
    return f"Its short name will be {slug}" if slug else "A name needs at least one letter"


def refusal(slug: str, is_new: bool, datasets: Sequence[Any]) -> str:
    """Why a file cannot go where it was sent; empty when it can."""
    if not slug:
        return "The name needs at least one letter from a to z: the dataset's address is made of it."
    if is_new and slug in {dataset.slug for dataset in datasets}:
        return f"There is already a dataset {slug}. Choose it above to update it, or give this one another name."
    return ""
