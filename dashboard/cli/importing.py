"""Commands about files on their way in: import, imports, undo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.cli.common import as_json, as_of, dataset, emit, minute, run_job, table, with_services
from segmentation.errors import BadFileError

if TYPE_CHECKING:
    from segmentation.services import Services
    from segmentation.services.imports import BatchView

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "blanks": " "}
QUOTES = {"double": '"', "single": "'", "escaped": '\\"', "none": "none"}
THOUSANDS = {"none": "none", "comma": ",", "point": ".", "blank": " ", "apostrophe": "'"}
READING = ("encoding", "delimiter", "decimal", "thousands", "quote", "header_row", "second_header")


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@dataset
@click.option("--kind", type=click.Choice(["customers", "transactions"]), default="customers", show_default=True)
@click.option("--key", metavar="COLUMN|@row", help="Column that identifies a customer; @row: number the rows.")
@click.option("--mapping", type=click.Path(path_type=Path), metavar="FILE.json", help="What each column means.")
@click.option(
    "--on-duplicate",
    type=click.Choice(["update", "skip", "reject"]),
    default="update",
    show_default=True,
    help="A key that is stored already, or comes again in the file; reject: only the later ones in the file.",
)
@click.option(
    "--blank",
    type=click.Choice(["keep", "clear"]),
    default="keep",
    show_default=True,
    help="Whether an empty cell keeps or erases the stored value.",
)
@click.option(
    "--absent",
    type=click.Choice(["leave", "mark"]),
    default="leave",
    show_default=True,
    help="Whether stored customers that the file does not name stay as they are or are marked as gone.",
)
@as_of
@click.option("--currency", metavar="CODE", help="Such as EUR.  [default: what the file's signs say]")
@click.option("--encoding", metavar="NAME", help="Such as utf-8 or cp1252.  [default: detected]")
@click.option("--delimiter", type=click.Choice(list(DELIMITERS)), help="What separates the cells.  [default: detected]")
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="Of numbers with a mark.  [default: detected]")
@click.option("--thousands", type=click.Choice(list(THOUSANDS)), help="The mark between.  [default: detected]")
@click.option("--quote", type=click.Choice(list(QUOTES)), help="What stands around cells.  [default: detected]")
@click.option(
    "--header-row", type=click.IntRange(0), metavar="N", help="The row that names the columns, from 1; 0: none does."
)
@click.option(
    "--second-header/--no-second-header", default=None, help="Whether the row below describes the columns too."
)
@click.option(
    "--date-order",
    multiple=True,
    metavar="COLUMN=ORDER",
    help="How a column's dates are written: dmy, mdy or ymd; once per column.",
)
@click.option("--as-detected", is_flag=True, help="Forget what was said before of files with these columns.")
@click.option("--sheet", metavar="NAME", help="Of a workbook.  [default: the first with a table]")
@click.option("--dry-run", is_flag=True, help="Read and check everything, store nothing.")
@click.option("--rejects", type=click.Path(path_type=Path), metavar="OUT.csv", help="Write the rejected rows here.")
@as_json
@with_services
def import_(
    services: Services,
    file: Path,
    slug: str,
    json_wanted: bool,
    mapping: Path | None,
    rejects: Path | None,
    **options: Any,
) -> None:
    """Read customers or their purchases from a file; creates a new dataset.

    CSV in any dialect, gzipped CSV, Excel. Delimiter, encoding and types are detected. Rows that cannot be right are
    rejected and reported by row, column and value; the others are stored. What is said of the way the file is written
    (--encoding to --date-order) is remembered for later files with these columns, until --as-detected.
    """
    options["reading"] = _reading(options)
    options["mapping"] = _mapping(mapping)
    options["rejects"] = str(rejects.absolute()) if rejects else None
    options["file_name"] = file.name
    options["as_of"] = options["as_of"].date().isoformat() if options["as_of"] else None
    result = run_job(services, "import", {"path": str(file.absolute()), "options": options}, slug)
    emit(result, json_wanted, lambda: _import_text(result, options["dry_run"]))


def _reading(options: dict[str, Any]) -> dict[str, Any] | None:
    """Take what was said of the way the file is written out of the options; None when nothing was."""
    said = {name: options.pop(name) for name in READING}
    said["delimiter"] = DELIMITERS.get(said["delimiter"])
    said["decimal"] = {"point": ".", "comma": ","}.get(said["decimal"])
    said["thousands"] = THOUSANDS.get(said["thousands"])
    said["quote"] = QUOTES.get(said["quote"])
    as_detected = options.pop("as_detected")
    reading = {name: value for name, value in said.items() if value is not None}
    dates = dict(map(_date_order, options.pop("date_order")))
    return reading | ({"dates": dates} if dates else {}) or ({} if as_detected else None)


def _date_order(said: str) -> tuple[str, str]:
    """Column and what comes first in its dates.

    >>> _date_order("joined=on=dmy")
    ('joined=on', 'day')
    """
    column, _, order = said.rpartition("=")
    first = {"dmy": "day", "mdy": "month", "ymd": "year"}.get(order.lower())
    if not column or first is None:
        raise BadFileError(f"--date-order {said!r} is not understood; write COLUMN=dmy, COLUMN=mdy or COLUMN=ymd")
    return column, first


def _mapping(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        mapping = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise BadFileError(f"the mapping {path} does not exist; check the path") from None
    except ValueError as error:
        raise BadFileError(f"the mapping {path} is not JSON ({error}); write an object of column: meaning") from None
    if not isinstance(mapping, dict):
        raise BadFileError(f"the mapping {path} must be a JSON object of column: meaning")
    return mapping


def _import_text(result: dict[str, Any], tried: bool) -> str:
    counts = ", ".join(f"{result[name]:,} {name}" for name in ("created", "updated", "unchanged", "rejected"))
    lines = [f"{result['rows']:,} rows: {counts}" + (" (tried only: nothing was stored)" if tried else "")]
    if gone := result["facts"].get("gone"):
        lines.append(f"{gone:,} customers that the file does not name {'would be' if tried else 'are'} marked as gone")
    if result["dialect"].get("remembered"):
        lines.append(f"Read as was said of an earlier file with these columns: {_said(result['dialect']['choices'])}")
        lines.append("(--as-detected forgets it)")
    columns = {"row": "row", "column": "column", "value": "value", "expected": "expected"}
    if result["problems"]:
        lines.append(table([_shown(each) for each in result["problems"][:20]], columns, ""))
    if sum(result["problem_counts"].values()) > 20:
        lines.append(f"... {sum(result['problem_counts'].values()):,} problems in all; see --json or --rejects:")
        lines += [f"{count:,} x {cause.replace('_', ' ')}" for cause, count in result["problem_counts"].items()]
    if not tried:
        lines.append(f"This is import {result['batch']}; to take it back: kindred undo {result['batch']}")
    return "\n".join(lines)


def _said(choices: dict[str, Any]) -> str:
    """Choices of the way a file is written, in words.

    >>> _said({"decimal": ",", "dates": {"joined": "month"}})
    "decimal ',', dates of joined: month first"
    """
    told = [f"{name.replace('_', ' ')} {value!r}" for name, value in choices.items() if name != "dates"]
    return ", ".join([*told, *(f"dates of {name}: {first} first" for name, first in choices.get("dates", {}).items())])


def _shown(problem: dict[str, Any]) -> dict[str, Any]:
    """Its value on one line that fits."""
    value = problem["value"]
    return {**problem, "value": value if value is None else " ".join(str(value).split())[:40]}


@click.command()
@dataset
@as_json
@with_services
def imports(services: Services, slug: str, json_wanted: bool) -> None:
    """The files a dataset was made from, newest first."""
    batches = services.imports.history(slug)
    emit([batch.as_json() for batch in batches], json_wanted, lambda: _imports_text(batches, slug))


def _imports_text(batches: list[BatchView], slug: str) -> str:
    rows = [{**batch.as_json(), "created_at": minute(batch.created_at.isoformat())} for batch in batches]
    columns = {"batch": "import", "created_at": "when", "by": "by", "file": "file", "status": "status", "rows": "rows"}
    columns |= {name: name for name in ("created", "updated", "unchanged", "rejected")}
    told = [
        table(rows, columns, f"Nothing was imported into {slug} yet; begin with: kindred import FILE --dataset {slug}")
    ]
    can = [batch.batch for batch in batches if batch.undoable]
    if can:
        told.append(f"Can be taken back with kindred undo: {', '.join(map(str, can))}")
    told += [f"Import {each.batch}: {each.why_not}" for each in batches if each.why_not and each.status == "committed"]
    told += [f"Import {each.batch} {each.status}: {each.error}" for each in batches if each.error]
    return "\n".join(told)


@click.command()
@click.argument("batch", type=int)
@as_json
@with_services
def undo(services: Services, batch: int, json_wanted: bool) -> None:
    """Take an import back: changed rows as before, created rows gone.

    Refused where a later import met the same rows: undo that one first. The numbers of imports are shown by
    `kindred imports --dataset SLUG`.
    """
    result = run_job(services, "undo", {"batch": batch}, services.imports.dataset_of(batch))
    emit(result, json_wanted, lambda: f"{result['restored']:,} rows restored, {result['removed']:,} removed.")


COMMANDS = (import_, imports, undo)
