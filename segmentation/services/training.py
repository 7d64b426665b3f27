"""Training: from the stored customers to a model version in use, with everybody assigned."""

import time
from dataclasses import fields, replace
from datetime import UTC, datetime

import pandas as pd

from db.models import AuditEvent
from db.queries import models as queries
from db.queries.datasets import attributes_of
from db.queries.imports import batches_of
from db.queries.segments import champion_of
from db.session import Database
from segmentation import identity
from segmentation.config import Settings
from segmentation.errors import TrainingError
from segmentation.features.recipes import match
from segmentation.inputs import filled, formed_without
from segmentation.lookups import offered_recipes, require_dataset
from segmentation.model_views import ModelView, RecipeFit, TrainResult, model_view
from segmentation.modelling.algorithms import algorithm
from segmentation.modelling.explanation import explain
from segmentation.modelling.fitting import FitOptions, Fitted, fit_model
from segmentation.modelling.limits import check_k, check_pairs, check_settings
from segmentation.progress import Progress, no_progress, part
from segmentation.runs import compute_run
from segmentation.services.bundles import require_version, store_bundle
from segmentation.services.lineage import lineage_of
from segmentation.services.reading import Asked, read_asked
from segmentation.services.scoring import ScoringService
from segmentation.services.storing import (
    Scoring,
    names_of,
    put_in_use,
    require_state,
    store_recipe,
    store_run,
    store_segments,
)
from segmentation.services.versions import (
    TrainOptions,
    checked_note,
    model_version,
    train_result,
    version_view,
)

__all__ = ["ModelView", "RecipeFit", "TrainOptions", "TrainResult", "TrainingService"]


class TrainingService:
    """Trains, lists and promotes model versions."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def train(self, slug: str, options: TrainOptions, by: str, progress: Progress = no_progress) -> TrainResult:
        """Train a model version, assign everybody, and promote it unless told not to.

        The heavy work is done outside any transaction; one short one stores the result, or nothing.

        Raises
        ------
        NotFoundError
            There is no such dataset.
        TrainingError
            The options or the customers do not allow a model.
        ConflictError
            The customers changed while the model was trained.
        """
        began = time.monotonic()
        fit_options = _fit_options(options)
        checked_note(options.note)  # refused before anything is read
        asked = read_asked(self._database, self._settings, slug, options.recipe, options.as_of, progress)
        customers, matched, as_of = asked.customers, asked.matched, asked.as_of
        check_k(options.k, len(customers.frame))
        fitted = fit_model(
            matched, customers.attributes, customers.frame, as_of, fit_options, part(progress, 0.1, 0.65)
        )
        fitted = replace(fitted, warnings=[*fitted.warnings, *self._formed_without(fitted, asked)])
        progress(0.65, "profiling the segments")
        run = compute_run(
            fitted.bundle, customers.frame, customers.attributes, fitted.X, fitted.assigned,
            seed=options.seed, elsewhere=(fitted.measured, fitted.stability.elsewhere) if fitted.stability else None,
            progress=part(progress, 0.65, 0.8),
        )  # fmt: skip
        names = names_of(run)
        lineage = lineage_of(self._database, self._settings, customers, as_of)
        labels = pd.Series(run.assigned.label, index=customers.frame.index)
        matches, story = lineage.matched(labels.where(labels < fitted.bundle.k, identity.NOWHERE), fitted.bundle.k)
        explanation = None
        if options.validate:
            explanation = explain(
                fitted.bundle, fitted.plan.values, run.assigned.label,
                seed=options.seed, without=[] if run.unassigned is None else [run.unassigned],
                progress=part(progress, 0.8, 0.85),
            )  # fmt: skip
        progress(0.85, "storing the model and the segments of all customers")
        with self._database.writing() as session:
            require_state(session, slug, customers.state)
            at = datetime.now(UTC)
            spec = {"features": [feature.as_json() for feature in matched.features]}
            stored_recipe = store_recipe(session, customers.dataset_id, matched.recipe.name, spec, at, by)
            model = model_version(customers, options, fitted, as_of, lineage.version, at, by)
            model.story, model.explanation = story, explanation
            model.recipe_id = stored_recipe.id
            session.add(model)
            session.flush()
            store_bundle(session, self._settings, slug, model.id, fitted.bundle)
            steady = fitted.stability.segments if fitted.stability else None
            segments = store_segments(session, model, run, names, matches, lineage.identities, steady)
            if options.promote:
                put_in_use(session, customers.dataset_id, model.id, at, by)
            store_run(session, run, segments, Scoring(customers.dataset_id, model.id, as_of, customers.state, at, by))
            details = {"version": model.id, "recipe": matched.recipe.name, "k": model.k, "promoted": options.promote}
            session.add(AuditEvent(at=at, actor=by, action="train", dataset=slug, details=details))
            model.duration_s = round(time.monotonic() - began, 3)
            session.flush()
            result = train_result(session, model, matched.recipe.name, options.promote)
        progress(1.0, "done")
        return result

    def obstacle(self, slug: str, name: str) -> str:
        """Why an algorithm cannot form segments of so many customers here, and the way out; empty where it may."""
        with self._database.reading() as session:
            customers = require_dataset(session, slug).customers
        try:
            check_pairs(algorithm(name), customers, columns=1)
        except TrainingError as error:
            return str(error)
        return ""

    def models(self, slug: str) -> list[ModelView]:
        """Every version of a dataset, newest first."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            champion = champion_of(session, dataset.id)
            in_use = champion.id if champion else None
            promoted = queries.promotions(session, dataset.id)
            segments = queries.segments_of_versions(session, dataset.id)
            batches = batches_of(session, dataset.id)
            return [
                model_view(model, used, slug, in_use, promoted.get(model.id), segments.get(model.id, []), batches)
                for model, used in queries.versions_of(session, dataset.id)
            ]

    def model(self, version: int) -> ModelView:
        """One version; NotFoundError when there is none of that number."""
        with self._database.reading() as session:
            return version_view(session, version)

    def promote(self, version: int, by: str, progress: Progress = no_progress) -> ModelView:
        """Take a version into use, new or old; it scores the customers first if it never saw them as they are."""
        with self._database.reading() as session:
            _model, _recipe, dataset = require_version(session, version)
            slug, current = dataset.slug, queries.run_of_state(session, version, dataset.state)
        if current is None:
            ScoringService(self._database, self._settings).score(slug, version, by=by, progress=progress)
        with self._database.writing() as session:
            _model, _recipe, dataset = require_version(session, version)
            at = datetime.now(UTC)
            put_in_use(session, dataset.id, version, at, by)
            session.add(AuditEvent(at=at, actor=by, action="promote", dataset=slug, details={"version": version}))
            session.flush()
            return version_view(session, version)

    def recipes(self, slug: str) -> list[RecipeFit]:
        """Every recipe against a dataset, the default first."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            attributes, offered = attributes_of(session, dataset.id), offered_recipes(session, dataset.id)
        matches = [match(each, attributes) for each in offered]
        return [
            RecipeFit(m.recipe.name, m.recipe.label, m.recipe.description, m.fits, list(m.missing), list(m.features))
            for m in sorted(matches, key=lambda m: m.recipe.features is not None)
        ]

    def _formed_without(self, fitted: Fitted, asked: Asked) -> list[str]:
        """What the recipe names and the customers do not fill; of "everything usable", what the version in use had."""
        customers, excluded = asked.customers, fitted.plan.excluded
        if asked.matched.recipe.features is None:
            with self._database.reading() as session:
                champion = champion_of(session, customers.dataset_id)
            used = {told["feature"] for told in (champion.preparation if champion else []) if not told["excluded"]}
            excluded = tuple(told for told in excluded if told["feature"] in used)
        inputs = {feature.label: feature.expression for feature in fitted.bundle.features}
        labels = {attribute.name: attribute.label for attribute in customers.attributes}
        return formed_without(inputs, excluded, filled(customers.frame), labels)


def _fit_options(options: TrainOptions) -> FitOptions:
    """The options of the fit, refused before anything is read when they can never work."""
    algorithm(options.algorithm)
    if not 0 <= options.seed < 2**32:
        raise TrainingError(f"seed {options.seed} is not allowed; give a whole number from 0 to 4294967295")
    check_settings(
        options.sample, eps=options.eps, min_samples=options.min_samples, min_cluster_size=options.min_cluster_size
    )
    return FitOptions(**{each.name: getattr(options, each.name) for each in fields(FitOptions)})
