"""Commands about customers: samples, datasets, import, export, erasure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.cli.common import as_json, as_of, dataset, emit, me, minute, progress_bar, run_job, table, with_services
from segmentation.errors import BadFileError, ConflictError

if TYPE_CHECKING:
    from segmentation.services import Services


@click.command()
@as_json
@with_services
def sample(services: Services, json_wanted: bool) -> None:
    """Load the generated sample datasets.

    Changes nothing when they are there already. Train them with `kindred train --dataset loyalty`.
    """
    with progress_bar() as progress:
        loaded = services.samples.load(by=me(), progress=progress)
    emit(loaded, json_wanted, lambda: f"Loaded: {', '.join(loaded['datasets'])}")


@click.command()
@as_json
@with_services
def datasets(services: Services, json_wanted: bool) -> None:
    """List the datasets."""
    rows = [
        {name: getattr(found, name) for name in ("slug", "name", "customers", "attributes", "champion")}
        for found in services.datasets.list()
    ]
    columns = {"slug": "dataset", "name": "name", "customers": "customers", "attributes": "attributes"}
    columns["champion"] = "champion"
    emit(
        rows,
        json_wanted,
        lambda: table(rows, columns, "No dataset yet; begin with: kindred import FILE --dataset SLUG"),
    )


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
@as_of
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
    rejected and reported by row, column and value; the others are stored.
    """
    options["mapping"] = _mapping(mapping)
    options["rejects"] = str(rejects.absolute()) if rejects else None
    options["file_name"] = file.name
    options["as_of"] = options["as_of"].date().isoformat() if options["as_of"] else None
    result = run_job(services, "import", {"path": str(file.absolute()), "options": options}, slug)
    emit(result, json_wanted, lambda: _import_text(result))


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


def _import_text(result: dict[str, Any]) -> str:
    counts = ", ".join(f"{result[name]:,} {name}" for name in ("created", "updated", "unchanged", "rejected"))
    lines = [f"{result['rows']:,} rows: {counts}"]
    columns = {"row": "row", "column": "column", "value": "value", "expected": "expected"}
    if result["problems"]:
        lines.append(table(result["problems"][:20], columns, ""))
    if sum(result["problem_counts"].values()) > 20:
        lines.append(f"... {sum(result['problem_counts'].values()):,} problems in all; see --json or --rejects")
    return "\n".join(lines)


@click.command()
@dataset
@as_json
@with_services
def imports(services: Services, slug: str, json_wanted: bool) -> None:
    """The files a dataset was made from, newest first."""
    rows = [batch.as_json() for batch in services.imports.history(slug)]
    columns = {"batch": "batch", "file": "file", "status": "status", "rows": "rows", "created": "created"}
    columns |= {
        "updated": "updated",
        "unchanged": "unchanged",
        "rejected": "rejected",
        "created_at": "when",
        "by": "by",
        "undoable": "undoable",
    }
    shown = [{**row, "created_at": minute(row["created_at"])} for row in rows]
    emit(rows, json_wanted, lambda: table(shown, columns, f"Nothing was imported into {slug} yet."))


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


@click.command()
@dataset
@click.option("--segment", metavar="SLUG", help="Members of this segment only.  [default: everyone]")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="OUT.csv", help="File to write.")
@as_json
@with_services
def export(services: Services, slug: str, segment: str | None, out: Path, json_wanted: bool) -> None:
    """Write customers with their segment to a CSV file.

    Safe to open in a spreadsheet, and can be imported again. People without consent are left out where an attribute
    says so.
    """
    result = services.exports.export(slug, out, segment).as_json()
    emit(result, json_wanted, lambda: "\n".join(f"{name}: {value}" for name, value in result.items()))


@click.command()
@dataset
@click.option("--customer", required=True, metavar="KEY", help="The customer, by the key of the imported file.")
@as_json
@with_services
def forget(services: Services, slug: str, customer: str, json_wanted: bool) -> None:
    """Erase one customer everywhere.

    Store, history, caches and received files; what is kept is that somebody was forgotten, not who.
    """
    result = services.datasets.forget(slug, customer, by=me())
    emit(result, json_wanted, lambda: "Forgotten.")


@click.command(name="delete-dataset")
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Really delete it.")
@as_json
@with_services
def delete_dataset(services: Services, slug: str, yes: bool, json_wanted: bool) -> None:
    """Delete a dataset with its customers, models and history."""
    found = services.datasets.get(slug)
    if not yes:
        raise ConflictError(f"{slug} holds {found.customers:,} customers and their models; to delete it all add --yes")
    services.datasets.delete(slug, by=me())
    emit({"deleted": slug, "customers": found.customers}, json_wanted, lambda: f"Deleted {slug}.")


COMMANDS = (sample, datasets, import_, imports, undo, export, forget, delete_dataset)
