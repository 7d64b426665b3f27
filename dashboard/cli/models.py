"""Commands about models: train, compare, promote, score, assign, read the segments."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.cli.common import as_json, as_of, dataset, emit, me, minute, percent, run_job, table, with_services
from segmentation.modelling.algorithms import ALGORITHMS

if TYPE_CHECKING:
    from segmentation.services import Services


class KType(click.ParamType):
    """A number of segments, or "auto"."""

    name = "auto|N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "auto" or isinstance(value, int):
            return value
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r} is neither a number nor 'auto'", param, ctx)


def _iso(value: datetime | None) -> str | None:
    return value.date().isoformat() if value else None


@click.command()
@dataset
@click.option(
    "--recipe", default="all_usable", show_default=True, metavar="NAME", help="What customers are compared by."
)
@click.option(
    "--algorithm",
    default="kmeans",
    show_default=True,
    metavar="NAME",
    help=f"How groups are found: {', '.join(ALGORITHMS)}.",
)
@click.option("--k", type=KType(), default="auto", show_default=True, help="Number of segments.")
@as_of
@click.option("--seed", type=int, default=42, show_default=True, metavar="N", help="Same seed, same result.")
@click.option("--sample", type=int, metavar="N", help="Form the segments on N customers; everybody is assigned.")
@click.option("--eps", type=float, metavar="X", help="DBSCAN: distance of neighbours.  [default: from the data]")
@click.option(
    "--min-samples", type=int, metavar="N", help="DBSCAN, HDBSCAN: neighbours of a dense place.  [default: by columns]"
)
@click.option("--min-cluster-size", type=int, metavar="N", help="HDBSCAN: smallest crowd.  [default: 2% of all]")
@click.option("--plain", is_flag=True, help="No skew transform, no clipping, no weights for categories.")
@click.option("--no-promote", is_flag=True, help="Keep the present champion.")
@click.option("--note", metavar="TEXT", help="Why it is trained so; kept with the version and shown in the registry.")
@as_json
@with_services
def train(
    services: Services, slug: str, as_of: datetime | None, no_promote: bool, json_wanted: bool, **options: Any
) -> None:
    """Find segments, check them, assign everyone, promote."""
    payload = {**options, "as_of": _iso(as_of), "promote": not no_promote}
    result = run_job(services, "train", payload, slug)
    emit(result, json_wanted, lambda: _train_text(result))


def _train_text(result: dict[str, Any]) -> str:
    rows = [{**row, "share": percent(row["share"])} for row in result["segments"]]
    columns = {"name": "segment", "size": "customers", "share": "share", "stability": "stability"}
    found = table(rows, columns, "No segments.")
    told = [f"{each['title']}. {each['text']}" for each in (*result["trust"], *result["story"])]
    head = f"Version {result['version']}: k = {result['k']}. {result['reason']}"
    return _with_warnings("\n".join([head, *told, found]), result)


def _with_warnings(text: str, result: dict[str, Any]) -> str:
    """What to know of a result stands below it."""
    return "\n".join([text, *(f"Note: {warning}" for warning in result["warnings"])])


@click.command("compare-algorithms")
@dataset
@click.option("--recipe", default="all_usable", show_default=True, metavar="NAME", help="What they are compared on.")
@click.option("--algorithm", "algorithms", multiple=True, metavar="NAME", help="Only this one; can be given again.")
@click.option("--k", type=KType(), default="auto", show_default=True, help="Segments, where a number is taken.")
@as_of
@click.option("--seed", type=int, default=42, show_default=True, metavar="N", help="Same seed, same result.")
@click.option("--sample", type=int, metavar="N", help="Form the segments on N customers.")
@click.option("--plain", is_flag=True, help="No skew transform, no clipping, no weights for categories.")
@as_json
@with_services
def compare_algorithms(
    services: Services,
    slug: str,
    algorithms: tuple[str, ...],
    as_of: datetime | None,
    json_wanted: bool,
    **options: Any,
) -> None:
    """Ways to find groups side by side, on the same customers; stores no version."""
    payload = {**options, "algorithms": list(algorithms) or None, "as_of": _iso(as_of)}
    result = run_job(services, "compare", payload, slug)
    columns = {"label": "found by", "k": "segments", "silhouette": "separation", "davies_bouldin": "davies-bouldin"}
    columns |= {"stability": "weakest", "smallest_share": "smallest", "seconds": "seconds", "rank": "middle rank"}
    refused = [f"{row['label']} could not: {row['error']}" for row in result["rows"] if row["error"]]
    measured = [row for row in result["rows"] if not row["error"]]
    says = f"{result['customers']:,} customers; {result['k_reason']}"
    none = "None of them can divide these customers."
    emit(result, json_wanted, lambda: "\n".join([says, table(measured, columns, none), *refused]))


@click.command()
@dataset
@as_json
@with_services
def models(services: Services, slug: str, json_wanted: bool) -> None:
    """The model versions of a dataset, newest first."""
    rows = [model.as_json() for model in services.training.models(slug)]
    columns = {"version": "version", "created_at": "when", "recipe": "recipe", "algorithm": "algorithm", "k": "k"}
    columns |= {"customers": "customers", "verdict": "verdict", "champion": "champion"}
    shown = [{**row, "created_at": minute(row["created_at"])} for row in rows]
    emit(rows, json_wanted, lambda: table(shown, columns, f"No model yet; begin with: kindred train --dataset {slug}"))


@click.command()
@click.argument("version", type=int)
@as_json
@with_services
def promote(services: Services, version: int, json_wanted: bool) -> None:
    """Make a model version the champion: promote, or roll back."""
    model = services.training.promote(version, by=me()).as_json()
    emit(model, json_wanted, lambda: f"Version {version} is the champion now.")


@click.command("compare-versions")
@click.argument("first", type=int)
@click.argument("second", type=int)
@as_json
@with_services
def compare_versions(services: Services, first: int, second: int, json_wanted: bool) -> None:
    """How far two versions of a dataset agree, and who moves where."""
    told = services.comparison.compare(first, second)
    if told.moves is None and told.why_not is None:
        run_job(services, "compare_versions", {"first": first, "second": second}, told.dataset)
        told = services.comparison.compare(first, second)
    if told.moves is None:
        raise click.ClickException(told.why_not or "it was not measured")
    document = told.as_json()
    shown = [{**flow, "share": percent(flow["share"])} for flow in document["flows"]]
    columns = {"from": f"version {first}", "to": f"version {second}", "customers": "customers", "share": "share"}
    says = f"{percent(document['stay'])} of {document['customers']:,} customers stay together; agreement (ARI)"
    emit(document, json_wanted, lambda: f"{says} {document['ari']:.2f}.\n{table(shown, columns, 'Nobody.')}")


@click.command()
@dataset
@click.option("--version", type=int, metavar="N", help="Model version.  [default: the champion]")
@as_of
@as_json
@with_services
def score(services: Services, slug: str, version: int | None, as_of: datetime | None, json_wanted: bool) -> None:
    """Assign all stored customers anew."""
    result = run_job(services, "score", {"version": version, "as_of": _iso(as_of)}, slug)
    emit(result, json_wanted, lambda: _score_text(result))


def _score_text(result: dict[str, Any]) -> str:
    rows = [{**row, "share": percent(row["share"])} for row in result["segments"]]
    found = table(rows, {"name": "segment", "size": "customers", "share": "share"}, "No segments.")
    says = f"Version {result['version']} assigned {result['customers']:,} customers as of {result['as_of']}"
    return _with_warnings(
        f"{says}, {result['borderline']:,} of them on a border (run {result['run']}).\n{found}", result
    )


@click.command()
@dataset
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="OUT.csv", help="Write the assignments here as well.")
@as_json
@with_services
def assign(services: Services, slug: str, file: Path, out: Path | None, json_wanted: bool) -> None:
    """Label the rows of a file without storing them."""
    result = services.scoring.assign_file(slug, file, out)
    rows = result["assignments"]
    columns = {"customer": "customer", "segment": "segment", "confidence": "confidence", "runner_up": "runner-up"}
    emit(result, json_wanted, lambda: _with_warnings(table(rows, columns, "The file holds no customers."), result))


@click.command()
@dataset
@as_json
@with_services
def segments(services: Services, slug: str, json_wanted: bool) -> None:
    """Names, sizes and top features of the segments, largest first."""
    rows = services.profiles.segments_json(slug)
    shown = [
        {
            **row,
            "share": percent(row["share"]),
            "value_share": percent(row["value_share"]),
            "top": ", ".join(feature["attribute"] for feature in row["top_features"][:3]),
        }
        for row in rows
    ]
    columns = {"name": "segment", "slug": "slug", "size": "customers", "share": "share", "value_share": "value"}
    columns |= {"stability_word": "stability", "top": "differs most in"}
    none = f"No segments yet; begin with: kindred train --dataset {slug}"
    emit(rows, json_wanted, lambda: "\n".join([*_trust(services, slug), table(shown, columns, none)]))


def _trust(services: Services, slug: str) -> list[str]:
    """Whether the segments are real, come back and may have a play: before their names."""
    return [f"{finding.title}. {finding.text}" for finding in services.profiles.overview(slug).trust]


COMMANDS = (train, compare_algorithms, models, compare_versions, promote, score, assign, segments)
