"""Scoring: every stored customer into the segments of a version, and rows of a file without storing them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from db.models import Attribute, ModelVersion
from db.queries.datasets import attributes_of
from db.queries.segments import champion_of, champion_segments, newest_run
from db.session import Database
from segmentation.as_of import choose_as_of, parse_as_of
from segmentation.assigning import FileRows, as_documents, read_rows, require_inputs, write_csv
from segmentation.config import Settings
from segmentation.errors import NotFoundError, TrainingError
from segmentation.inputs import filled, gaps
from segmentation.lookups import require_dataset
from segmentation.model_views import ScoreResult, SegmentView
from segmentation.modelling.artifacts import ModelBundle
from segmentation.progress import Progress, no_progress, part
from segmentation.runs import Run, compute_run
from segmentation.scoring import assign, assigner, prepare
from segmentation.services.bundles import load_bundle, require_version
from segmentation.services.import_run import opened_for
from segmentation.services.import_views import ImportOptions
from segmentation.services.reading import read_customers
from segmentation.services.storing import Scoring, require_state, store_run
from segmentation.unusual import still_between

__all__ = ["ScoreResult", "ScoringService"]


class ScoringService:
    """Assigns customers with a stored model."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def score(
        self,
        slug: str,
        version: int | None = None,
        as_of: date | str | None = None,
        *,
        by: str,
        progress: Progress = no_progress,
    ) -> ScoreResult:
        """Assign all stored customers and keep the result as a new scoring run.

        Parameters
        ----------
        version : int, optional
            Default: the champion.
        as_of : date or str, optional
            The day ages and tenures are counted to; default the newest date in the data.

        Raises
        ------
        NotFoundError
            There is no such dataset or version, or no model yet.
        ArtifactError
            The stored model was changed, or was made with another scikit-learn.
        """
        asked = parse_as_of(as_of)
        with self._database.reading() as session:
            model, bundle = self._model(session, slug, version)
            seed = model.seed
        progress(0.0, "reading the customers")
        customers = read_customers(self._database, self._settings, slug)
        if not len(customers.frame):
            raise TrainingError(f"dataset {slug!r} has no customers; import a customer file first")
        updated = customers.updated_at.date()
        day = choose_as_of(asked, customers.frame, customers.attributes, updated, customers.purchased)
        bundle = bundle.at(day)
        progress(0.2, "assigning the customers")
        X = prepare(bundle, customers.frame)
        assigned = assigner(bundle).assign(X)
        told = _gaps(bundle, customers.frame, customers.attributes)
        run = compute_run(
            bundle, customers.frame, customers.attributes, X, assigned, seed=seed, progress=part(progress, 0.3, 0.6)
        )
        progress(0.6, "storing the segments of all customers")
        with self._database.writing() as session:
            require_state(session, slug, customers.state)
            segments = champion_segments(session, model.id)
            scoring = Scoring(customers.dataset_id, model.id, day, customers.state, datetime.now(UTC), by)
            before = newest_run(session, model.id)
            row = store_run(session, run, [segment for segment, _ in segments], scoring)
            between = (before.unusual or {}).get("between") if before else None  # the refits belong to the model
            by_label = np.array([segment.id for segment, _ in segments])
            still = still_between(between, run.customer_ids, by_label[run.assigned.label])
            row.unusual = {**(row.unusual or {}), "between": still}
            shown = sorted(segments, key=lambda each: each[0].position)
            views = [_view(run, segment.label, known.name, known.slug, segment.stability) for segment, known in shown]
            result = ScoreResult(row.id, model.id, day, row.customers, row.borderline, views, told)
        progress(1.0, "done")
        return result

    def bundle(self, slug: str, version: int | None = None) -> tuple[ModelVersion, ModelBundle]:
        """A version of a dataset (default the champion) and its model, checked and loaded."""
        with self._database.reading() as session:
            return self._model(session, slug, version)

    def assign_file(self, slug: str, path: Path, out: Path | None = None) -> dict[str, Any]:
        """Label the rows of a file (text, gzip, workbook) with the champion, as of its newest run, not storing them.

        Returns
        -------
        dict
            ``assignments``: customer, segment, slug, confidence, runner_up per row, in the file's order;
            ``rejected`` rows, the first 100 ``problems``, and ``warnings``, a sentence for each input of the model that
            no row has. With `out` the assignments are written there too.
        """
        rows, bundle, names, attributes = self.read_file(slug, path)
        assigned = assign(bundle, rows.frame)
        documents = as_documents(rows.keys, assigned, names)
        if out is not None:
            write_csv(documents, Path(out))
        problems = [problem.as_json() for problem in rows.problems]
        warnings = _gaps(bundle, rows.frame, attributes, Path(path).name)
        return {"assignments": documents, "rejected": rows.rejected, "problems": problems, "warnings": warnings}

    def read_file(
        self, slug: str, path: Path
    ) -> tuple[FileRows, ModelBundle, list[tuple[str, str]], Sequence[Attribute]]:
        """The rows of a file, the champion as of its newest run, (name, slug) of its segments, and the attributes."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
            model, bundle = self._model(session, slug, None)
            names = [(known.name, known.slug) for _, known in champion_segments(session, model.id)]
            run = newest_run(session, model.id)
        with opened_for(self._database, self._settings, Path(path), slug, ImportOptions()) as (plain, dialect):
            rows = read_rows(
                plain, dialect, self._settings.staging, dataset.key_attribute, attributes, datetime.now(UTC).year
            )
        require_inputs(rows.frame, bundle.inputs, attributes, Path(path))
        return rows, bundle.at(run.as_of) if run else bundle, names, attributes

    def _model(self, session: Session, slug: str, version: int | None) -> tuple[ModelVersion, ModelBundle]:
        dataset = require_dataset(session, slug)
        if version is None:
            champion = champion_of(session, dataset.id)
            if champion is None:
                raise NotFoundError(f"dataset {slug!r} has no model yet; train one first")
            return champion, load_bundle(session, self._settings, slug, champion)
        model, _recipe, owner = require_version(session, version)
        if owner.id != dataset.id:
            raise NotFoundError(f"model version {version} belongs to dataset {owner.slug!r}, not to {slug!r}")
        return model, load_bundle(session, self._settings, slug, model)


def _gaps(
    bundle: ModelBundle, frame: pd.DataFrame, attributes: Sequence[Attribute], file: str | None = None
) -> list[str]:
    """A sentence for each input of the model in which none of these customers has a value."""
    inputs = {feature.label: feature.expression for feature in bundle.features}
    labels = {attribute.name: attribute.label for attribute in attributes}
    return [gap.sentence for gap in gaps(inputs, filled(frame), labels, file)]


def _view(run: Run, label: int, name: str, slug: str, stability: float | None) -> SegmentView:
    size = run.counts[label].customers
    return SegmentView(name, slug, size, size / len(run.customer_ids), stability)
