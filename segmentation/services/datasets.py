"""Datasets: what there is, and erasing them or one of their customers."""

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

from db import before, customers, transactions
from db.models import Attribute, AuditEvent, Dataset
from db.queries import erasure
from db.queries.datasets import all_datasets, attribute_counts, attributes_of, champions
from db.queries.summaries import buying_attributes
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import ConflictError, NotFoundError
from segmentation.features import rfm
from segmentation.ingest.traces import remove_files_with
from segmentation.ingest.uploads import rejects_file
from segmentation.lookups import require_dataset
from segmentation.purchases import forget_states
from segmentation.services.leaving import leaving
from segmentation.snapshots import Snapshots


@dataclass(frozen=True)
class DatasetSummary:
    """One dataset. ``champion`` is the model version in use, None before the first training.

    ``rfm_needs`` says what the columns lack for the RFM page ("dates", "purchases", "spending"), None if nothing.
    """

    slug: str
    name: str
    customers: int
    attributes: int
    champion: int | None
    currency: str | None
    description: str
    is_sample: bool
    updated_at: datetime
    rfm_needs: str | None

    def as_json(self) -> dict[str, Any]:
        shown = ("slug", "name", "customers", "attributes", "champion")
        return {name: getattr(self, name) for name in shown}


@dataclass(frozen=True)
class AttributeInfo:
    """A column of a dataset."""

    name: str
    label: str
    kind: str
    role: str
    unit: str | None
    sensitive: bool
    source_header: str
    computed: bool = False

    @classmethod
    def of(cls, attribute: Attribute) -> "AttributeInfo":
        return cls(**{name: getattr(attribute, name) for name in cls.__annotations__})


class DatasetService:
    """See the module."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._snapshots = Snapshots(database, settings)

    def list(self) -> list[DatasetSummary]:
        """Every dataset, by slug."""
        with self._database.reading() as session:
            counts, in_use, buying = attribute_counts(session), champions(session), buying_attributes(session)
            return [
                _summary(each, counts.get(each.id, 0), in_use.get(each.id), buying) for each in all_datasets(session)
            ]

    def get(self, slug: str) -> DatasetSummary:
        """One dataset; NotFoundError names the known ones."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            known = attributes_of(session, dataset.id)
            return _summary(dataset, len(known), champions(session).get(dataset.id), known)

    def attributes(self, slug: str) -> Sequence[AttributeInfo]:
        """The attributes of a dataset in their order, without the key."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            return [AttributeInfo.of(each) for each in attributes_of(session, dataset.id)]

    def delete(self, slug: str, by: str = "") -> None:
        """Erase a dataset: customers, purchases, models, segments, batches, snapshots and the files it came from.

        Raises
        ------
        NotFoundError
            There is no such dataset.
        ConflictError
            A job of it is running.
        """
        with self._database.writing() as session:
            dataset = require_dataset(session, slug)
            if erasure.running_jobs(session, slug):
                raise ConflictError(f"a job of {slug!r} is running; wait for it, or cancel it, then delete")
            _really_erase(session)
            hashes = erasure.received_files(session, dataset.id)
            rejects = [rejects_file(self._settings, batch) for batch in erasure.batch_ids(session, dataset.id)]
            erasure.delete_dataset(session, dataset.id, slug)
            customers.drop(session.connection(), slug)
            before.drop(session.connection(), slug)
            transactions.drop(session.connection(), slug)
            session.add(_audit(by, "delete_dataset", slug, {"customers": dataset.customers}))
        self._snapshots.remove(slug)
        erasure.truncate_log(self._database.engine)
        remove_files_with(self._settings, hashes=hashes, dataset=slug)
        for file in rejects:
            file.unlink(missing_ok=True)

    def forget(self, slug: str, key: str, by: str = "") -> dict[str, Any]:
        """Erase one customer everywhere: store, before-images, purchases, assignments, map, files, problems.

        What is kept is that somebody was forgotten: the audit holds a hash of the key under the installation's secret.
        The files the customer came from are deleted whole when they hold the key as a cell.

        Returns
        -------
        dict
            ``dataset``, ``forgotten`` (always 1), ``assignments`` and ``problems`` erased, ``files`` deleted.

        Raises
        ------
        NotFoundError
            The dataset has no such customer.
        """
        with self._database.writing() as session:
            dataset = require_dataset(session, slug)
            table = customers.customers_table(slug, ())
            found = session.execute(table.select().where(table.c.customer_key == key)).first()
            if found is None:
                raise NotFoundError(f"dataset {slug!r} has no customer {key!r}; give the key as the file wrote it")
            _really_erase(session)
            one = select(table.c.customer_id).where(table.c.customer_id == found.customer_id)
            who = leaving(dataset, attributes_of(session, dataset.id), one)
            assignments = erasure.forget_customers(session, dataset.id, who)
            session.execute(table.delete().where(table.c.customer_id == found.customer_id))
            before.forget(session.connection(), slug, found.customer_id)
            transactions.forget(session.connection(), slug, key)
            forget_states(session, dataset.id)
            problems = erasure.forget_problems(session, dataset.id, key)
            erasure.forget_in_jobs(session, dataset.id, key)
            dataset.customers -= 1
            dataset.state = uuid.uuid4().hex
            dataset.updated_at = datetime.now(UTC)
            session.add(_audit(by, "forget", slug, {"customer": self._hash(slug, key)}))
        self._snapshots.remove(slug)
        erasure.truncate_log(self._database.engine)
        files = remove_files_with(self._settings, cell=key)
        return {"dataset": slug, "forgotten": 1, "assignments": assignments, "problems": problems, "files": files}

    def _hash(self, slug: str, key: str) -> str:
        secret = self._settings.secret().encode()
        return hmac.new(secret, f"forgotten:{slug}:{key}".encode(), hashlib.sha256).hexdigest()


def _summary(dataset: Dataset, attributes: int, champion: int | None, told: Sequence[Attribute]) -> DatasetSummary:
    columns = rfm.columns_of([each for each in told if each.dataset_id == dataset.id])
    return DatasetSummary(
        dataset.slug, dataset.name, dataset.customers, attributes, champion, dataset.currency, dataset.description,
        dataset.is_sample, dataset.updated_at, columns if isinstance(columns, str) else None,
    )  # fmt: skip


def _audit(by: str, action: str, slug: str, details: dict[str, Any]) -> AuditEvent:
    return AuditEvent(at=datetime.now(UTC), actor=by, action=action, dataset=slug, details=details)


def _really_erase(session: Any) -> None:
    """SQLite leaves deleted rows in the file until the space is used again, unless told to overwrite them."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))
