"""The people a campaign is for: chosen on the page, counted, and those who may be written to told apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from db.queries.datasets import attributes_of
from db.session import Database
from segmentation.config import Settings
from segmentation.consent import agrees
from segmentation.errors import KindredError
from segmentation.filters import Filter
from segmentation.identity import UNASSIGNED_COLOUR
from segmentation.lookups import require_dataset
from segmentation.services.customers import CustomerService
from segmentation.services.filters import FilterService
from segmentation.services.strategy_reading import champion_read, own_segment
from segmentation.snapshots import Snapshots

EVERYONE, SEGMENT, FILTER = "everyone", "segment:", "filter:"


@dataclass(frozen=True)
class Choice:
    """A group to choose: what the form says for it, and its name."""

    group: str
    name: str


@dataclass(frozen=True)
class Group:
    """Whom a campaign is for. ``identity_id`` is the segment's, None of any other group."""

    group: str
    name: str
    filter: Filter
    identity_id: int | None

    def as_json(self) -> dict[str, Any]:
        return {"group": self.group, "name": self.name, "filter": self.filter.as_json()}


@dataclass(frozen=True)
class People:
    """``ids`` and ``keys`` of those of a group who may be written to, and how many may not."""

    ids: np.ndarray
    keys: list[str]
    without_consent: int

    @property
    def customers(self) -> int:
        return len(self.keys) + self.without_consent


class Groups:
    """See the module."""

    def __init__(
        self, database: Database, settings: Settings, customers: CustomerService, filters: FilterService
    ) -> None:
        self._database, self._customers, self._filters = database, customers, filters
        self._snapshots = Snapshots(database, settings)

    def choices(self, slug: str) -> list[Choice]:
        """Every segment of the version in use, every saved filter, everybody."""
        with self._database.reading() as session:
            found = champion_read(session, require_dataset(session, slug))
            known = [each.identity for each in found[2].segments] if found else []
            segments = [
                Choice(f"{SEGMENT}{each.slug}", each.name) for each in known if each.colour != UNASSIGNED_COLOUR
            ]
        filters = [Choice(f"{FILTER}{each.name}", f"Filter: {each.name}") for each in self._filters.list(slug)]
        return [*segments, *filters, Choice(EVERYONE, "Everyone")]

    def find(self, slug: str, group: str) -> Group:
        """A group as the form says it.

        Raises
        ------
        NotFoundError
            There is no such segment in the version in use, or no such filter.
        KindredError
            The filter asks for a column that the dataset no longer has, or nothing is chosen.
        """
        if group == EVERYONE:
            return Group(group, "Everyone", Filter(), None)
        if group.startswith(FILTER):
            name = group.removeprefix(FILTER)
            return Group(group, f"Filter: {name}", self._filters.named(slug, name), None)
        if not group.startswith(SEGMENT):
            raise KindredError("choose whom the campaign is for: a segment, a saved filter or everyone")
        segment = group.removeprefix(SEGMENT)
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            _, own, _ = own_segment(session, dataset, slug, segment, champion_read(session, dataset))
            return Group(group, own.identity.name, Filter(segment=segment), own.identity.id)

    def kept(self, slug: str, target: Mapping[str, Any], identity_id: int | None) -> Group:
        """A group as a campaign keeps it; a segment under the name it has now.

        Raises
        ------
        NotFoundError
            Its segment is not in the version in use.
        KindredError
            Its filter asks for a column that the dataset no longer has.
        """
        if target["group"].startswith(SEGMENT):
            return self.find(slug, target["group"])
        with self._database.reading() as session:
            attributes = attributes_of(session, require_dataset(session, slug).id)
        return Group(target["group"], target["name"], Filter.of(target["filter"], attributes), identity_id)

    def people(self, slug: str, group: Group) -> People:
        """Who is in a group now; without whom a column of consent leaves out."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            consents = [each.name for each in attributes_of(session, dataset.id) if each.role == "consent"]
        ids = self._customers.ids(slug, group.filter)
        table = self._snapshots.table(slug, ["customer_key", *consents])
        table = table.filter(pc.is_in(table.column("customer_id"), pa.array(ids, pa.int64())))
        willing = np.ones(len(table), bool)
        for name in consents:
            coded = table.column(name).combine_chunks().dictionary_encode(null_encoding="encode")
            said = np.array([agrees(value) for value in coded.dictionary.to_pylist()], bool)
            willing &= said[coded.indices.to_numpy(zero_copy_only=False)] if len(said) else False
        chosen = table.filter(pa.array(willing))
        return People(
            chosen.column("customer_id").to_numpy(), chosen.column("customer_key").to_pylist(), int((~willing).sum())
        )
