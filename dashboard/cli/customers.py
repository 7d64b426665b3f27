"""Commands about customers: samples, datasets, export, erasure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashboard.cli.common import as_json, dataset, emit, me, progress_bar, table, with_services
from dashboard.cli.importing import COMMANDS as IMPORTING
from segmentation.errors import ConflictError
from segmentation.holdout import SEED, Holdout

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


@click.command()
@dataset
@click.option("--segment", metavar="SLUG", help="Members of this segment only.  [default: everyone]")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="TEXT",
    help="Only who meets this: income>=50000, city=Oslo, confidence=borderline; or the name of a saved filter.",
)
@click.option("--columns", metavar="A,B,...", help="Only these attributes, by name.  [default: all]")
@click.option("--holdout", type=float, metavar="SHARE", help="Hold out this share, by a hash of each key: 0.1.")
@click.option("--seed", type=int, default=SEED, metavar="N", help="Another seed holds out others.  [default: 42]")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="OUT.csv", help="File to write.")
@as_json
@with_services
def export(
    services: Services,
    slug: str,
    segment: str | None,
    filters: tuple[str, ...],
    columns: str | None,
    holdout: float | None,
    seed: int,
    out: Path,
    json_wanted: bool,
) -> None:
    """Write customers with their segment to a CSV file.

    Safe to open in a spreadsheet, and can be imported again. People without consent are left out where an attribute
    says so.
    """
    wanted = services.filters.of_texts(slug, filters) if filters else None
    only = None if wanted is None else services.customers.ids(slug, wanted).tolist()
    shown = None if columns is None else [name.strip() for name in columns.split(",") if name.strip()]
    split = None if holdout is None else Holdout(holdout, seed)
    result = services.exports.export(slug, out, segment, only=only, columns=shown, holdout=split).as_json()
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


COMMANDS = (sample, datasets, *IMPORTING, export, forget, delete_dataset)
