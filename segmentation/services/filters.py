"""Filters of a dataset: read from what a page or a command says, and kept under a name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import AuditEvent, SavedFilter
from db.queries.datasets import attributes_of
from db.queries.filters import saved_filter, saved_filters
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import KindredError, NotFoundError
from segmentation.filters import Filter, parse_texts
from segmentation.lookups import require_dataset

LONGEST = 60


@dataclass(frozen=True)
class KeptFilter:
    """A saved filter; ``body`` is what `Filter.of` reads."""

    name: str
    body: dict[str, Any]
    saved_at: datetime
    saved_by: str


class FilterService:
    """See the module."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database

    def list(self, slug: str) -> list[KeptFilter]:
        """The saved filters of a dataset, by name."""
        with self._database.reading() as session:
            found = saved_filters(session, require_dataset(session, slug).id)
            return [KeptFilter(each.name, each.body, each.saved_at, each.saved_by) for each in found]

    def read(self, slug: str, asked: Mapping[str, Any]) -> Filter:
        """A filter as the browser sends it; KindredError for one that cannot be."""
        with self._database.reading() as session:
            return Filter.of(asked, attributes_of(session, require_dataset(session, slug).id))

    def named(self, slug: str, name: str) -> Filter:
        """A saved filter, as its dataset is now.

        Raises
        ------
        NotFoundError
            There is none of this name; the message lists those there are.
        KindredError
            It asks for a column that the dataset no longer has.
        """
        with self._database.reading() as session:
            return self._named(session, slug, name)

    def _named(self, session: Session, slug: str, name: str) -> Filter:
        dataset = require_dataset(session, slug)
        found = saved_filter(session, dataset.id, name)
        if found is None:
            known = ", ".join(repr(each.name) for each in saved_filters(session, dataset.id))
            what = f"saved are: {known}" if known else "none is saved; save one on the page of customers"
            raise NotFoundError(f"dataset {slug!r} has no filter {name!r}; {what}")
        try:
            return Filter.of(found.body, attributes_of(session, dataset.id))
        except KindredError as error:
            raise KindredError(f"filter {name!r} no longer fits: {error}; delete it or save it anew") from None

    def of_texts(self, slug: str, texts: Sequence[str]) -> Filter:
        """What a command says: conditions as text (see `segmentation.filters.parse_texts`), or one saved name.

        Raises
        ------
        KindredError
            No condition and no saved filter; or what `Filter.of` refuses.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            if len(texts) == 1 and saved_filter(session, dataset.id, texts[0]) is not None:
                return self._named(session, slug, texts[0])
            attributes = attributes_of(session, dataset.id)
            return Filter.of(parse_texts(texts, attributes), attributes)

    def save(self, slug: str, name: str, asked: Mapping[str, Any], by: str) -> Filter:
        """Keep a filter under a name; one of the same name is replaced.

        Raises
        ------
        KindredError
            No name, one too long, nothing to filter by, or a filter that cannot be.
        """
        name = " ".join(name.split())
        if not name:
            raise KindredError("give the filter a name, such as: Big spenders in Oslo")
        if len(name) > LONGEST:
            raise KindredError(f"the name has {len(name)} characters; {LONGEST} are the most")
        with self._database.writing() as session:
            dataset = require_dataset(session, slug)
            wanted = Filter.of(asked, attributes_of(session, dataset.id))
            if not wanted:
                raise KindredError("nothing narrows the list yet; choose a segment, a confidence or a column first")
            kept = saved_filter(session, dataset.id, name) or SavedFilter(dataset_id=dataset.id, name=name)
            kept.body, kept.saved_at, kept.saved_by = wanted.as_json(), datetime.now(UTC), by
            session.add_all([kept, _audit(by, "save_filter", slug, name)])
        return wanted

    def delete(self, slug: str, name: str, by: str) -> None:
        """Delete a saved filter; NotFoundError when there is none of this name."""
        with self._database.writing() as session:
            found = saved_filter(session, require_dataset(session, slug).id, name)
            if found is None:
                raise NotFoundError(f"dataset {slug!r} has no filter {name!r}")
            session.delete(found)
            session.add(_audit(by, "delete_filter", slug, name))


def _audit(by: str, action: str, slug: str, name: str) -> AuditEvent:
    return AuditEvent(at=datetime.now(UTC), actor=by, action=action, dataset=slug, details={"filter": name})
