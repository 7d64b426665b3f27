"""Segments merged or split by hand: a new version of the model in use, which everybody is assigned with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sqlalchemy.orm import Session

from db.models import AuditEvent, ModelVersion, Segment, SegmentIdentity
from db.queries.segments import champion_of, champion_segments
from db.session import Database
from segmentation.as_of import choose_as_of
from segmentation.config import Settings
from segmentation.errors import ConflictError, NotFoundError, TrainingError
from segmentation.identity import COLOURS, NOWHERE, UNASSIGNED_COLOUR
from segmentation.lookups import require_dataset
from segmentation.model_views import TrainResult
from segmentation.modelling import artifacts
from segmentation.modelling.artifacts import ModelBundle
from segmentation.modelling.assigners import Assigned, Assigner
from segmentation.modelling.density import UNASSIGNED as IN_NONE
from segmentation.modelling.explanation import explain
from segmentation.modelling.metrics import quality_of_assigned, quality_of_everyone, sample_rows
from segmentation.modelling.regrouping import divided, merged
from segmentation.modelling.selection import TOO_SMALL, size_warnings
from segmentation.progress import Progress, no_progress, part
from segmentation.runs import compute_run
from segmentation.scoring import assigner, prepare
from segmentation.services.bundles import load_bundle, require_version, store_bundle
from segmentation.services.lineage import lineage_of
from segmentation.services.reading import read_customers
from segmentation.services.storing import Scoring, names_of, put_in_use, require_state, store_run, store_segments
from segmentation.services.versions import train_result

FEWEST_SEGMENTS = 2
ACTION = "regroup"


@dataclass(frozen=True)
class Offer:
    """What can be done with a segment: ``others`` are name by address, the closest in the clustered space first."""

    version: int
    name: str
    others: dict[str, str]


@dataclass(frozen=True)
class _InUse:
    """The version in use, as it is regrouped."""

    model: ModelVersion
    bundle: ModelBundle
    segments: list[tuple[Segment, SegmentIdentity]]

    def label(self, slug: str) -> int:
        """The label of a segment; NotFoundError when the version has none of this address."""
        for segment, known in self.segments:
            if known.slug == slug and known.colour != UNASSIGNED_COLOUR:
                return segment.label
        known_slugs = ", ".join(known.slug for _, known in self.segments if known.colour != UNASSIGNED_COLOUR)
        raise NotFoundError(f"there is no segment {slug!r} in the version in use; segments: {known_slugs}")

    def name(self, label: int) -> str:
        """What a label is called."""
        return next(known.name for segment, known in self.segments if segment.label == label)


class RegroupingService:
    """Merges and splits segments of the version in use.

    The result is a version of its own, taken into use; the one before stays and can be taken back. Members of the
    other segments stay where they were, and so does what is known of how these come back.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def offer(self, slug: str, segment: str) -> Offer:
        """What a segment of the version in use can be merged with; NotFoundError when there is none, or no version."""
        with self._database.reading() as session:
            champion = champion_of(session, require_dataset(session, slug).id)
            if champion is None:
                raise NotFoundError(f"dataset {slug!r} has no model yet; train one first")
            version = champion.id
        used = self._in_use(slug, version)
        here, middles = used.label(segment), assigner(used.bundle).middles
        far = np.linalg.norm(middles - middles[here], axis=1)
        others = [pair for pair in used.segments if pair[1].colour != UNASSIGNED_COLOUR and pair[0].label != here]
        others.sort(key=lambda pair: far[pair[0].label])
        return Offer(version, used.name(here), {known.slug: known.name for _, known in others})

    def merge(
        self, slug: str, version: int, first: str, second: str, by: str, progress: Progress = no_progress
    ) -> TrainResult:
        """Make one segment of two.

        Parameters
        ----------
        version : int
            The version in use as the analyst saw it.
        first, second : str
            Addresses of its segments.

        Raises
        ------
        NotFoundError
            There is no such dataset or segment.
        TrainingError
            They are the same one, or fewer than two segments would be left.
        ConflictError
            Another version came into use, or the customers changed meanwhile.
        """
        used = self._in_use(slug, version)
        one, other = used.label(first), used.label(second)
        if one == other:
            raise TrainingError(f"“{used.name(one)}” cannot be merged with itself; choose another segment")
        if used.bundle.k <= FEWEST_SEGMENTS:
            raise TrainingError("there are only two segments, and one would be no division; train with another number")
        said = f"Merged by hand: “{used.name(one)}” and “{used.name(other)}” of version {version} became one."

        def regrouped(base: Assigner, X: np.ndarray, labels: np.ndarray) -> Assigner:
            return merged(base, one, other, X, labels)

        gone = max(one, other)
        kept = [None if label in (one, other) else label for label in range(used.bundle.labels) if label != gone]
        return self._store(slug, used, regrouped, used.bundle.k - 1, kept, said, by, progress)

    def split(self, slug: str, version: int, segment: str, by: str, progress: Progress = no_progress) -> TrainResult:
        """Make two segments of one, where its members differ most.

        Raises as `merge`; TrainingError also where a part would have fewer than 10 members, or the colours are used up.
        """
        used = self._in_use(slug, version)
        label = used.label(segment)
        if used.bundle.k >= len(COLOURS):
            raise TrainingError(f"there are {used.bundle.k} segments already, as many as can be told apart by colour")
        said = f"Split by hand: “{used.name(label)}” of version {version} became two."

        def regrouped(base: Assigner, X: np.ndarray, labels: np.ndarray) -> Assigner:
            return divided(base, label, X, labels, used.model.seed)

        before: list[int | None] = list(range(used.bundle.labels))
        kept = [*before[:label], None, None, *before[label + 1 :]]
        return self._store(slug, used, regrouped, used.bundle.k + 1, kept, said, by, progress)

    def _in_use(self, slug: str, version: int) -> _InUse:
        with self._database.reading() as session:
            champion = _champion(session, require_dataset(session, slug).id, version)
            bundle = load_bundle(session, self._settings, slug, champion)
            return _InUse(champion, bundle, champion_segments(session, champion.id))

    def _store(
        self,
        slug: str,
        used: _InUse,
        regrouped: Callable[[Assigner, np.ndarray, np.ndarray], Assigner],
        k: int,
        kept: list[int | None],
        said: str,
        by: str,
        progress: Progress,
    ) -> TrainResult:
        """Assign everybody anew and store it; `kept` is by new label the label of before, None for a new segment."""
        began, parent = time.monotonic(), used.model
        progress(0.0, "reading the customers")
        customers = read_customers(self._database, self._settings, slug)
        day = choose_as_of(
            None, customers.frame, customers.attributes, customers.updated_at.date(), customers.purchased
        )
        before = used.bundle.at(day)
        progress(0.1, "assigning everybody")
        X = prepare(before, customers.frame)
        base = assigner(before)
        changed = regrouped(base, X, base.assign(X).label)
        steps = before.pipeline.steps[:-1]
        bundle = replace(before, pipeline=Pipeline([*steps, ("cluster", changed)]), k=k)
        assigned = changed.assign(X)
        run = compute_run(
            bundle, customers.frame, customers.attributes, X, assigned, seed=parent.seed,
            progress=part(progress, 0.2, 0.5),
        )  # fmt: skip
        lineage = lineage_of(self._database, self._settings, customers, day)
        labels = pd.Series(assigned.label, index=customers.frame.index)
        matches, story = lineage.matched(labels.where(labels < k, NOWHERE), k)
        explanation = explain(
            bundle, before.pipeline.named_steps["derive"].transform(customers.frame), assigned.label, seed=parent.seed,
            without=[] if run.unassigned is None else [run.unassigned], progress=part(progress, 0.5, 0.8),
        )  # fmt: skip
        progress(0.8, "storing the segments of all customers")
        with self._database.writing() as session:
            require_state(session, slug, customers.state)
            _champion(session, customers.dataset_id, parent.id)
            at = datetime.now(UTC)
            model = _version(parent, bundle, X, assigned, said, at, by)
            model.customers, model.dataset_state = len(customers.frame), customers.state
            model.story, model.explanation = story, explanation
            session.add(model)
            session.flush()
            store_bundle(session, self._settings, slug, model.id, bundle)
            segments = store_segments(session, model, run, names_of(run), matches, lineage.identities)
            steady = {segment.label: segment.stability for segment, _ in used.segments}
            for segment, label in zip(segments, kept, strict=True):
                segment.stability = None if label is None else steady[label]
            put_in_use(session, customers.dataset_id, model.id, at, by)
            store_run(session, run, segments, Scoring(customers.dataset_id, model.id, day, customers.state, at, by))
            details = {"version": model.id, "of": parent.id, "what": said}
            session.add(AuditEvent(at=at, actor=by, action=ACTION, dataset=slug, details=details))
            model.duration_s = round(time.monotonic() - began, 3)
            session.flush()
            result = train_result(session, model, require_version(session, model.id)[1].name, True)
        progress(1.0, "done")
        return result


def _champion(session: Session, dataset_id: int, version: int) -> ModelVersion:
    """The version in use, if it is still the one that was looked at."""
    champion = champion_of(session, dataset_id)
    if champion is None or champion.id != version:
        now = f"version {champion.id} is in use now" if champion else "no version is in use any more"
        raise ConflictError(f"{now}, not version {version}; nothing was changed, look at the segments again")
    return champion


def _version(
    parent: ModelVersion, bundle: ModelBundle, X: np.ndarray, assigned: Assigned, said: str, at: datetime, by: str
) -> ModelVersion:
    """The row of the version: its parent's, but for what the regrouping changed or nobody checked.

    What was said of the customers and of how the segments were formed stays true; of the sizes it is said anew.
    """
    rows = sample_rows(len(X), parent.seed)
    labels = np.where(assigned.label == bundle.k, IN_NONE, assigned.label)
    metrics: dict[str, Any] = {
        **parent.metrics,
        **quality_of_assigned(X[rows], labels[rows]),
        "inertia": float((assigned.distance[labels != IN_NONE] ** 2).sum()),
        "stability": None,
    }
    if bundle.leaves_out:
        metrics["everyone"] = quality_of_everyone(X[rows], assigned.of(rows), bundle.k)
    sizes = np.bincount(assigned.label, minlength=bundle.labels)[: bundle.k]
    warnings = [told for told in parent.parameters["warnings"] if not told.startswith(TOO_SMALL)]
    warnings += size_warnings(sizes.tolist(), len(X))
    return ModelVersion(
        dataset_id=parent.dataset_id,
        parent_id=parent.id,
        recipe_id=parent.recipe_id,
        algorithm=parent.algorithm,
        parameters={**parent.parameters, "k": bundle.k, "warnings": warnings, "by_hand": said},
        k=bundle.k,
        note=None,
        reason=said,
        seed=parent.seed,
        as_of=bundle.as_of,
        metrics=metrics,
        selection=[],
        reality_check=parent.reality_check,
        stability=None,
        preparation=parent.preparation,
        projection=parent.projection,
        libraries=artifacts.libraries(),
        created_at=at,
        created_by=by,
        duration_s=0.0,
    )
