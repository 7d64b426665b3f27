"""Recency, frequency and monetary value as attributes of a dataset's customers; part of the import services."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import before, customers, rfm, transactions
from db.models import Attribute, Dataset, ImportBatch
from db.queries.datasets import attributes_of
from db.queries.imports import newest_transactions, stored_lines
from segmentation.config import Settings
from segmentation.purchases import Purchases

_MEASURES = {  # label, role, unit
    "recency_days": ("Days since last purchase", "recency", "days"),
    "frequency": ("Purchases", "frequency", None),
    "monetary_value": ("Total spending", "value", None),
    "mean_basket": ("Average purchase", "other", None),
    "tenure_days": ("Days since first purchase", "tenure", "days"),
}


def refresh(
    session: Session,
    dataset: Dataset,
    settings: Settings,
    as_of: date | None = None,
    fresh: Mapping[int, Path] | None = None,
) -> int:
    """Recompute the measures of every customer from the stored purchases; returns how many customers were added.

    Whoever bought something is a customer. `as_of` None: the day the newest purchases were imported for, else that of
    the latest line. Nothing happens for a dataset without purchases. `fresh`: see `Purchases.files`.
    """
    connection = session.connection()
    purchases = Purchases(settings)
    files = purchases.files(session, dataset, fresh)
    batch = newest_transactions(session, dataset.id)
    if batch is None:
        return _clear(session, dataset)
    asked = (batch.facts or {}).get("as_of_asked")
    as_of = as_of or (date.fromisoformat(asked) if asked else purchases.newest_day(files))
    if as_of is None:
        return _clear(session, dataset)
    names = _columns(session, dataset, batch.id)
    measured = rfm.load(connection, purchases.measures(files, as_of))
    added = rfm.add_customers(connection, dataset.slug, measured, dataset.next_customer_id, batch.id)
    dataset.next_customer_id += added
    dataset.customers += added
    rfm.write(connection, dataset.slug, measured, names)
    batch.facts = {**(batch.facts or {}), "as_of": as_of.isoformat()}
    measured.drop(connection)
    return added


def hand_over(session: Session, dataset: Dataset, settings: Settings, batch_id: int) -> None:
    """Before a batch of purchases goes: whom it created and whom the others make a customer too, stays.

    Each becomes a customer of the first batch after which, the one that goes left out, they had bought something.
    """
    connection, purchases = session.connection(), Purchases(settings)
    heirs = transactions.heirs(connection, dataset.slug, batch_id)
    stored = stored_lines(session, dataset.id) if heirs else []
    files = dict(zip((each.id for each in stored), purchases.files(session, dataset), strict=True)) if heirs else {}
    for heir in heirs:
        until = [file for each, file in files.items() if each <= heir and each != batch_id]
        asked = (session.get_one(ImportBatch, heir).facts or {}).get("as_of_asked")
        as_of = date.fromisoformat(asked) if asked else purchases.newest_day(until)
        if as_of is not None:
            measured = rfm.load(connection, purchases.measures(until, as_of))
            transactions.hand_over(connection, dataset.slug, batch_id, heir, measured)
            measured.drop(connection)


def _columns(session: Session, dataset: Dataset, batch_id: int) -> dict[str, str]:
    """The column of each measure, made where it is not there; a file's attribute of the same name stays as it is."""
    known = attributes_of(session, dataset.id)
    computed = {each.name for each in known if each.computed}
    names: dict[str, str] = {}
    new: list[Attribute] = []
    for measure in rfm.MEASURES:
        taken = any(each.name == measure and not each.computed for each in known)
        names[measure] = f"rfm_{measure}" if taken else measure
        if names[measure] not in computed:
            new.append(_attribute(dataset.id, len(known) + len(new), measure, names[measure], known, batch_id))
    if new:
        session.add_all(new)
        session.flush()
        customers.add_columns(session.connection(), dataset.slug, new)
        before.create(session.connection(), dataset.slug, [*known, *new])
    return names


def _attribute(
    dataset_id: int, position: int, measure: str, name: str, known: Sequence[Attribute], batch_id: int
) -> Attribute:
    """A role that an attribute of a file plays stays with it: money and purchases are not to be counted twice."""
    label, role, unit = _MEASURES[measure]
    played = any(each.role == role and not each.computed for each in known)
    return Attribute(
        dataset_id=dataset_id, position=position, name=name,
        label=label if name == measure else f"{label} (from purchases)",
        kind="number", role="other" if played else role, unit=unit, source_header=name, computed=True,
        import_batch_id=batch_id,
    )  # fmt: skip


def _clear(session: Session, dataset: Dataset) -> int:
    """Without purchases nothing is known of them."""
    names = [each.name for each in attributes_of(session, dataset.id) if each.computed]
    if names:
        table = sa.table(customers.table_name(dataset.slug), *map(sa.column, names))
        session.connection().execute(sa.update(table).values(dict.fromkeys(names)))
    return 0
