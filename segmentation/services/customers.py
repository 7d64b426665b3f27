"""The table of customers: paged, sorted and filtered on the columnar copies; ids first, then the rows by their ids."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
from sqlalchemy.orm import Session

from db.customers import customers_table
from db.models import Attribute, Dataset, ScoringRun
from db.queries.datasets import attributes_of
from db.queries.profiles import assignments_by_id, customers_by_id
from db.queries.segments import SegmentOfRun, champion_of, newest_run, segments_of_run
from db.session import Database
from segmentation.config import Settings
from segmentation.customer_views import (
    KEY,
    OF_RUN,
    VALUE,
    CustomerColumns,
    CustomerDetail,
    CustomerPage,
    CustomerQuery,
    CustomerRow,
    ids_sql,
    needs_run,
)
from segmentation.errors import ConflictError, NotFoundError
from segmentation.features.rfm import NAMES, columns_of
from segmentation.filters import RFM, Filter, parse_conditions, quoted
from segmentation.lookups import require_dataset
from segmentation.scoring import borderline_under
from segmentation.services.customer_reading import customer_detail, customer_there, used_by
from segmentation.services.rfm_groups import RfmService
from segmentation.services.run_snapshots import RunSnapshots
from segmentation.simulator import confidence_word, percentile
from segmentation.snapshots import Snapshots
from segmentation.value import value_attributes

__all__ = ["CustomerDetail", "CustomerPage", "CustomerQuery", "CustomerService"]

KEPT = 6  # orders a process remembers: pages of one question are slices of one
MOST_ROWS = 500
LEVELS = 100
ATTEMPTS = 3


@dataclass(frozen=True)
class _Read:
    """What stands around a question: the dataset, and its champion's newest run with its segments."""

    dataset: Dataset
    attributes: Sequence[Attribute]
    run: ScoringRun | None
    segments: list[SegmentOfRun]
    border: float

    @property
    def values(self) -> list[str]:
        return value_attributes(self.attributes)


class CustomerService:
    """See the module. What it remembers are answers, by question and state of the data; nothing of a user."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._snapshots, self._runs = Snapshots(database, settings), RunSnapshots(database, settings)
        self._rfm = RfmService(database, settings)
        self._orders: OrderedDict[Any, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def columns(self, slug: str) -> CustomerColumns:
        """What the table of a dataset can show and be narrowed by.

        Raises
        ------
        NotFoundError
            There is no such dataset.
        """
        with self._database.reading() as session:
            read = self._read(session, slug)
            used = used_by(session, read.run.model_version_id) if read.run else frozenset()
            labels = {each.name: each.label for each in read.attributes}
            return CustomerColumns(
                customers=read.dataset.customers,
                attributes=sorted(read.attributes, key=lambda each: (each.name not in used, each.position)),
                used=used,
                segments=[(each.identity.slug, each.identity.name, each.identity.colour) for each in read.segments],
                value_label=(labels[read.values[0]] if len(read.values) == 1 else "Value") if read.values else None,
                has_consent=any(each.role == "consent" for each in read.attributes),
                stale=read.run is not None and read.run.dataset_state != read.dataset.state,
                has_rfm=not isinstance(columns_of(read.attributes), str),
            )

    def levels(self, slug: str, attribute: str) -> list[str]:
        """The hundred most frequent values of a category, the most frequent first; the RFM groups in their order."""
        if attribute == RFM:
            return list(NAMES)
        with self._database.reading() as session:
            known = {each.name for each in attributes_of(session, require_dataset(session, slug).id)}
        if attribute not in known:
            raise NotFoundError(f"dataset {slug!r} has no attribute {attribute!r}")
        column = quoted(attribute)
        select = f"SELECT {column} FROM read_parquet(?) WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1"
        found = _ask(f"{select} LIMIT {LEVELS}", [str(self._snapshots.path(slug))])
        return [str(level) for level in found[attribute]]

    def page(
        self,
        slug: str,
        query: CustomerQuery,
        start: int,
        stop: int,
        columns: Sequence[str] = (),
        conditions: Sequence[Mapping[str, Any]] = (),
    ) -> CustomerPage:
        """Rows `start` to `stop` (at most 500) of those the question finds, with the attributes `columns`.

        `conditions` are more of them, as the browser puts them.

        A customer erased since the order was made is left out.

        Raises
        ------
        NotFoundError
            No such dataset, segment or attribute.
        """
        with self._database.reading() as session:
            read = self._read(session, slug)
        query = replace(query, conditions=(*query.conditions, *parse_conditions(conditions, read.attributes)))
        ids = self._ids(read, query)
        return self._page(read, ids[start : min(stop, start + MOST_ROWS)].tolist(), len(ids), columns)

    def picked(self, slug: str, ids: Sequence[int]) -> CustomerPage:
        """The first 500 of these customers, as picked on the map, in their order; ``total`` counts all of them.

        One who was erased since is left out.

        Raises
        ------
        NotFoundError
            There is no such dataset.
        """
        with self._database.reading() as session:
            read = self._read(session, slug)
        return self._page(read, list(ids[:MOST_ROWS]), len(ids), ())

    def _page(self, read: _Read, wanted: list[int], total: int, columns: Sequence[str]) -> CustomerPage:
        attributes = {each.name: each for each in read.attributes}
        names = list(dict.fromkeys([*(name for name in columns if name in attributes), *read.values]))
        table = customers_table(read.dataset.slug, read.attributes)
        with self._database.reading() as session:
            found = {row["customer_id"]: row for row in customers_by_id(session, table, wanted, names)}
            assigned = (
                {each.customer_id: each for each in assignments_by_id(session, read.run.id, wanted)} if read.run else {}
            )
        segments = {each.segment.id: each for each in read.segments}
        rows = [_row(found[i], columns, read, assigned.get(i), segments) for i in wanted if i in found]
        return CustomerPage(rows, total, read.dataset.customers, attributes)

    def ids(self, slug: str, query: Filter) -> np.ndarray:
        """customer_id of everyone a filter or a question finds, in order; shape (n,). Not to be changed."""
        with self._database.reading() as session:
            read = self._read(session, slug)
        return self._ids(read, query if isinstance(query, CustomerQuery) else CustomerQuery.narrowed(query))

    def _ids(self, read: _Read, query: CustomerQuery) -> np.ndarray:
        slug = read.dataset.slug
        segment_id = self._segment_id(read, slug, query)
        if read.run is None and needs_run(query):
            query = CustomerQuery(
                prefix=query.prefix, conditions=query.conditions
            )  # no segments to ask for or order by
        for _attempt in range(ATTEMPTS):
            customers = self._snapshots.path(slug)
            run = self._runs.path(slug, read.run, read.segments, read.border) if needs_run(query) and read.run else None
            try:
                groups = self._rfm.groups_file(slug) if query.needs_rfm else None
                return self._ordered(read, query, customers, run, groups, segment_id)
            except (duckdb.IOException, FileNotFoundError):
                continue  # replaced by a newer one between finding and opening it
        raise ConflictError(f"the customers of dataset {slug!r} keep changing; try again when the import is done")

    def customer(self, slug: str, address: str) -> CustomerDetail:
        """Everything about one customer; `address` is the key, or ``~`` and the id.

        Raises
        ------
        NotFoundError
            There is no such dataset or customer.
        """
        with self._database.reading() as session:
            return customer_detail(session, self._settings, require_dataset(session, slug), address)

    def is_there(self, slug: str, address: str) -> bool:
        """Whether the dataset has this customer; NotFoundError without the dataset."""
        with self._database.reading() as session:
            return customer_there(session, require_dataset(session, slug), address)

    def _read(self, session: Session, slug: str) -> _Read:
        dataset = require_dataset(session, slug)
        model = champion_of(session, dataset.id)
        run = newest_run(session, model.id) if model else None
        return _Read(
            dataset,
            attributes_of(session, dataset.id),
            run,
            segments_of_run(session, run.id) if run else [],
            borderline_under(model.algorithm) if model else 0.0,
        )

    def _segment_id(self, read: _Read, slug: str, query: CustomerQuery) -> int | None:
        if query.segment is None or read.run is None:
            return None
        for each in read.segments:
            if each.identity.slug == query.segment:
                return each.segment.id
        known = ", ".join(each.identity.slug for each in read.segments)
        raise NotFoundError(f"dataset {slug!r} has no segment {query.segment!r}; its segments: {known}")

    def _ordered(
        self,
        read: _Read,
        query: CustomerQuery,
        customers: Path,
        run: Path | None,
        groups: Path | None,
        segment_id: int | None,
    ) -> np.ndarray:
        question = (customers, run, groups, query, tuple(read.values), segment_id)
        with self._lock:
            if question in self._orders:
                self._orders.move_to_end(question)
                return self._orders[question]
        kinds = {each.name: each.kind for each in read.attributes}
        if query.sort is not None and query.sort not in (*kinds, KEY, VALUE, *OF_RUN):
            raise NotFoundError(f"dataset {read.dataset.slug!r} has no attribute {query.sort!r}")
        order = [each.segment.id for each in read.segments]
        rest, given = ids_sql(query, kinds, read.values, segment_id, order)
        joined = [(file, name) for file, name in ((run, "r"), (groups, "m")) if file]
        source = "read_parquet(?) c" + "".join(
            f" LEFT JOIN read_parquet(?) {name} ON {name}.customer_id = c.customer_id" for _, name in joined
        )
        files = [str(customers), *(str(file) for file, _ in joined)]
        ids = _ask(f"SELECT c.customer_id AS id FROM {source} {rest}", [*files, *given])["id"]
        with self._lock:
            self._orders[question] = ids
            while len(self._orders) > KEPT:
                self._orders.popitem(last=False)
        return ids


def _ask(select: str, parameters: list[Any]) -> Any:
    with duckdb.connect() as connection:
        return connection.execute(select, parameters).fetchnumpy()


def _row(
    found: Mapping[str, Any], columns: Sequence[str], read: _Read, assigned: Any, segments: Mapping[int, SegmentOfRun]
) -> CustomerRow:
    own = segments.get(assigned.segment_id) if assigned else None
    word = None
    if own is not None:
        rank = percentile(assigned.confidence, own.counts.confidence.get("percentiles", []))
        word = confidence_word(assigned.confidence, rank, read.border)
    return CustomerRow(
        key=found["customer_key"],
        address=address_of(found["customer_key"], found["customer_id"]),
        segment=own.identity.name if own else None,
        colour=own.identity.colour if own else None,
        word=word,
        value=sum(found[name] or 0.0 for name in read.values) if read.values else None,
        cells={name: found[name] for name in columns if name in found},
    )


def address_of(key: str, customer_id: int) -> str:
    """How a page's address names a customer: by the key, or by ``~`` and the id where the key would end the path.

    >>> address_of("C-1", 7), address_of("a/b", 7), address_of("..", 7)
    ('C-1', '~7', '~7')
    """
    return f"~{customer_id}" if "/" in key or "\\" in key or key.strip(". ") == "" or key != key.strip() else key
