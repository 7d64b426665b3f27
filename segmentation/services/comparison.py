"""Comparing two versions of a dataset's segments: metrics side by side, agreement, and who moves where."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from db.models import ModelVersion
from db.queries import models as model_queries
from db.queries.jobs import newest_done
from db.queries.segments import champion_segments, newest_run
from db.session import Database
from segmentation import comparison
from segmentation.comparison import Agreement
from segmentation.config import Settings
from segmentation.errors import ArtifactError, NotFoundError
from segmentation.identity import resolved
from segmentation.model_views import ModelView
from segmentation.progress import Progress, no_progress
from segmentation.scoring import assign
from segmentation.services.bundles import load_bundle, require_version
from segmentation.services.reading import read_customers
from segmentation.services.versions import version_view

__all__ = ["Comparison", "ComparisonService", "Moves"]

AT_ONCE = 5_000  # customers labelled while a page waits; more are a job
REMEMBERED = 20  # comparisons looked through for one of these two versions
KIND = "compare_versions"


@dataclass(frozen=True)
class Moves:
    """Who moves where, from the first version's segments (rows) to the second's (columns), in display order.

    ``agreement`` speaks of positions in ``rows`` and ``columns``: name, slug and colour of each segment. ``as_of`` is
    the day both labelled the customers at, ``measured_at`` when; ``stale`` is True when they changed since.
    """

    agreement: Agreement
    rows: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    as_of: date
    measured_at: datetime | None
    stale: bool

    def flows(self) -> list[dict[str, Any]]:
        """Who goes from where to where, `share` of those they come from, in display order; empty pairs left out."""
        return [
            {
                "from": row["name"], "from_slug": row["slug"], "to": column["name"], "to_slug": column["slug"],
                "customers": n, "share": n / sum(counts),
            }
            for row, counts in zip(self.rows, self.agreement.counts, strict=True)
            for column, n in zip(self.columns, counts, strict=True)
            if n
        ]  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Two versions. ``moves`` is None where it is not measured yet (`job` in `ComparisonService`), or cannot be.

    ``why_not`` says why it cannot.
    """

    dataset: str
    first: ModelView
    second: ModelView
    moves: Moves | None
    why_not: str | None

    def as_json(self) -> dict[str, Any]:
        """What ``kindred compare-versions`` prints; without `moves` the figures are None and there are no flows."""
        agreement = self.moves.agreement if self.moves else None
        return {
            "dataset": self.dataset,
            "first": self.first.version,
            "second": self.second.version,
            "customers": agreement.customers if agreement else None,
            "as_of": self.moves.as_of.isoformat() if self.moves else None,
            "ari": agreement.ari if agreement else None,
            "stay": agreement.stay if agreement else None,
            "flows": self.moves.flows() if self.moves else [],
        }


class ComparisonService:
    """Compares stored versions; measures afresh what takes no time, and leaves the rest to the job `KIND`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def compare(self, first: int, second: int) -> Comparison:
        """Two versions of one dataset, side by side.

        Raises
        ------
        NotFoundError
            There is no such version, or they are of different datasets.
        """
        with self._database.reading() as session:
            a, _recipe, dataset = require_version(session, first)
            b = _same_dataset(session, second, a, dataset.slug)
            views = version_view(session, first), version_view(session, second)
            few, state = dataset.customers <= AT_ONCE, dataset.state
            stored = _told_by_story(session, a, b, state) or _told_by_job(session, dataset.slug, a, b, state)
        if not few or dataset.customers == 0:
            return Comparison(dataset.slug, *views, stored, None)
        try:
            return Comparison(dataset.slug, *views, self._moves(dataset.slug, first, second)[0], None)
        except ArtifactError as error:
            return Comparison(dataset.slug, *views, stored, None if stored else str(error))

    def measure(self, first: int, second: int, progress: Progress = no_progress) -> dict[str, Any]:
        """Label all customers with both versions; the result of the job, by label.

        Raises
        ------
        NotFoundError
            As for `compare`.
        ArtifactError
            One of the models cannot be loaded.
        """
        with self._database.reading() as session:
            a, _recipe, dataset = require_version(session, first)
            _same_dataset(session, second, a, dataset.slug)
        moves, counts, state = self._moves(dataset.slug, first, second, progress)
        told = comparison.agreement(counts)
        return {
            "first": first, "second": second, "as_of": moves.as_of.isoformat(), "state": state,
            "customers": told.customers, "ari": told.ari, "stay": told.stay, "counts": told.counts,
        }  # fmt: skip

    def _moves(
        self, slug: str, first: int, second: int, progress: Progress = no_progress
    ) -> tuple[Moves, np.ndarray, str]:
        progress(0.0, "reading the customers")
        customers = read_customers(self._database, self._settings, slug)
        with self._database.reading() as session:
            models = [require_version(session, version)[0] for version in (first, second)]
            bundles = [load_bundle(session, self._settings, slug, model) for model in models]
            sizes = [len(champion_segments(session, model.id)) for model in models]
            day = _day(session, models[1])
        labels = []
        for at, bundle in enumerate(bundles):
            progress(0.2 + 0.4 * at, f"labelling the customers with version {models[at].id}")
            labels.append(assign(bundle.at(day), customers.frame).label)
        counts = comparison.crossed(labels[0], labels[1], sizes[0], sizes[1])
        with self._database.reading() as session:
            return _in_order(session, models[0], models[1], counts, day, None, False), counts, customers.state


def _same_dataset(session: Session, version: int, other: ModelVersion, slug: str) -> ModelVersion:
    model, _recipe, owner = require_version(session, version)
    if model.dataset_id != other.dataset_id:
        raise NotFoundError(
            f"version {version} belongs to dataset {owner.slug!r} and version {other.id} to {slug!r}; "
            "compare two versions of one dataset"
        )
    return model


def _day(session: Session, model: ModelVersion) -> date:
    run = newest_run(session, model.id)
    return run.as_of if run else model.as_of


def _told_by_story(session: Session, a: ModelVersion, b: ModelVersion, state: str) -> Moves | None:
    """The later of the two kept the table when it was trained, if it was compared with the earlier."""
    for earlier, later, turned in ((a, b, False), (b, a, True)):
        identities = {segment.identity_id: segment.label for segment, _ in champion_segments(session, earlier.id)}
        known = {each.id: each for each in model_queries.identities_of(session, earlier.dataset_id)}
        story = [
            {**entry, "identities": [_now(known, i) for i in entry["identities"]]} if "identities" in entry else entry
            for entry in later.story or []
        ]
        counts = comparison.from_story(story, earlier.id, identities)
        if counts is not None:
            table = counts.T if turned else counts
            return _in_order(session, a, b, table, later.as_of, later.created_at, later.dataset_state != state)
    return None


def _now(known: dict[int, Any], identity_id: int) -> int:
    found = resolved(identity_id, known)
    return found.id if found is not None else identity_id


def _told_by_job(session: Session, slug: str, a: ModelVersion, b: ModelVersion, state: str) -> Moves | None:
    for job in newest_done(session, slug, KIND, REMEMBERED):
        told = job.result or {}
        if {told.get("first"), told.get("second")} == {a.id, b.id}:
            counts = np.array(told["counts"])
            table = counts if told["first"] == a.id else counts.T
            day = date.fromisoformat(told["as_of"])
            return _in_order(session, a, b, table, day, job.finished_at, told["state"] != state)
    return None


def _in_order(
    session: Session, a: ModelVersion, b: ModelVersion, counts: np.ndarray, day: date, at: datetime | None, stale: bool
) -> Moves:
    """The table of labels as a page shows it; segments without a row in it are those nobody was compared in."""
    rows, columns = (_displayed(session, model.id) for model in (a, b))
    table = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if row["label"] < counts.shape[0] and column["label"] < counts.shape[1]:
                table[i, j] = counts[row["label"], column["label"]]
    slugs = [each["slug"] for each in columns]
    known = [(i, slugs.index(row["slug"])) for i, row in enumerate(rows) if row["slug"] in slugs]
    return Moves(comparison.agreement(table, known), rows, columns, day, at, stale)


def _displayed(session: Session, version: int) -> list[dict[str, Any]]:
    ordered = sorted(champion_segments(session, version), key=lambda pair: pair[0].position)
    return [
        {"label": segment.label, "name": known.name, "slug": known.slug, "colour": known.colour}
        for segment, known in ordered
    ]
