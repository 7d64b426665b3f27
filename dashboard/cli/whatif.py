"""The command that asks what would be different, and what it would take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.cli.common import as_json, dataset, emit, table, with_services

if TYPE_CHECKING:
    from segmentation.services import Services

KINDS = {"least_effort": "least effort", "fewest": "fewest changes", "marketing": "what marketing can move",
         "safer": "not just over the border"}  # fmt: skip


def _pairs(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """``attr=value`` pairs; an empty value means unknown."""
    for each in given:
        if "=" not in each or each.startswith("="):
            raise click.BadParameter(f"{each!r} is not of the form attribute=value")
    return {name.strip(): value for name, _, value in (each.partition("=") for each in given)}


def _names(_ctx: click.Context, _param: click.Parameter, given: str | None) -> list[str]:
    return [name.strip() for name in (given or "").split(",") if name.strip()]


@click.command()
@dataset
@click.option("--customer", metavar="KEY", help="A stored customer, by their key.")
@click.option("--file", type=click.Path(path_type=Path), metavar="FILE", help="Every row of a file instead.")
@click.option("--set", "changes", multiple=True, callback=_pairs, metavar="ATTR=VALUE", help="Change an input.")
@click.option("--target", metavar="NAME|SLUG", help="What it would take to be in this segment.")
@click.option(
    "--lock", callback=_names, metavar="ATTR,...", help="Inputs that stay, beside those nobody can influence."
)
@click.option("--unlock", callback=_names, metavar="ATTR,...", help="Inputs that may change although they are such.")
@as_json
@with_services
def whatif(
    services: Services,
    slug: str,
    customer: str | None,
    file: Path | None,
    changes: dict[str, str],
    target: str | None,
    lock: list[str],
    unlock: list[str],
    json_wanted: bool,
) -> None:
    """Ask what would be different, and what it would take."""
    if customer is not None and file is None:
        found = services.whatif.document(slug, customer, changes, target, lock, unlock)
        emit(found, json_wanted, lambda: _customer_text(found))
    elif file is None or customer is not None:
        raise click.UsageError("give either --customer KEY or --file FILE")
    elif target or lock or unlock:
        raise click.UsageError("--target, --lock and --unlock need --customer")
    else:
        moved = services.whatif.file(slug, file, changes)
        emit(moved, json_wanted, lambda: _moved_text(moved))


def _moved_text(moved: dict[str, Any]) -> str:
    says = f"{moved['moved']:,} of {moved['customers']:,} customers would be in another segment."
    columns = {"from": "from", "to": "to", "customers": "customers"}
    return f"{says}\n{table(moved['transitions'], columns, 'Nobody.')}"


def _customer_text(found: dict[str, Any]) -> str:
    lines = [
        f"{found['customer']}: {found['before']['segment']} -> {found['segment']}"
        if found["before"]["slug"] != found["slug"]
        else f"{found['customer']}: {found['segment']}",
        f"confidence {found['confidence']:.2f}, next closest {found['runner_up'] or '-'}",
        *found["warnings"],
    ]
    if "target" in found:
        lines += _target_lines(found)
    return "\n".join(lines)


def _target_lines(found: dict[str, Any]) -> list[str]:
    if not found["reachable"]:
        return [f"{found['target']}: {found['reason']}"]
    if not found["alternatives"]:
        return [f"{found['target']}: already there"]
    return [
        f"{found['target']}, {KINDS[way['kind']]}: "
        + ", ".join(f"{name} {found['values'][name]} to {value}" for name, value in way["changes"].items())
        for way in found["alternatives"]
    ]


COMMANDS = (whatif,)
