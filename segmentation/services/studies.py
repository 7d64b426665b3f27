"""What a recipe does: its columns before and after preparation, what hangs on sensitive ones, how two differ."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from db.models import Attribute
from db.queries.datasets import attributes_of
from db.queries.jobs import newest_done
from db.session import Database
from segmentation import recipe_studies
from segmentation.as_of import choose_as_of
from segmentation.config import Settings
from segmentation.errors import RecipeError
from segmentation.features.checking import draft, problems
from segmentation.features.preview import Column, Preview, columns, preview, resolve
from segmentation.features.recipes import Match, Recipe, check_fit, match, parse
from segmentation.features.schema import structure
from segmentation.lookups import require_dataset, require_recipe
from segmentation.progress import Progress, no_progress
from segmentation.recipe_views import Editor
from segmentation.services.reading import in_order
from segmentation.snapshots import Snapshots

SEED = 42
MOST_CELLS = 1_000_000  # so many values are read while a page waits
RESULTS = 20  # finished studies that are looked through for one about a recipe


@dataclass(frozen=True)
class _Seen:
    """Some customers of a dataset, and how many lack each attribute."""

    dataset_id: int
    state: str
    customers: int
    attributes: Sequence[Attribute]
    sample: pd.DataFrame
    as_of: date


class StudyService:
    """Looks into recipes on a sample of the customers: what pages show at once, and the slow studies of jobs."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._snapshots = Snapshots(database, settings)

    def is_ready(self, slug: str) -> bool:
        """Whether columns can be shown at once; else `prepare` them, which reads every customer, as a job."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            cells = dataset.customers * len(attributes_of(session, dataset.id))
        return cells <= MOST_CELLS or self._snapshots.is_written(slug)

    def prepare(self, slug: str, progress: Progress = no_progress) -> dict[str, Any]:
        """Write the snapshot of the dataset's present state, and its sample."""
        progress(0.0, "reading the customers")
        return {"sample": len(self._snapshots.sample(slug, []))}

    def open(self, slug: str, name: str) -> Editor:
        """A recipe opened to be changed; TrainingError when there is none of that name."""
        seen = self._seen(slug)
        with self._database.reading() as session:
            chosen = require_recipe(session, seen.dataset_id, name)
        found = self.columns(slug, draft(chosen, seen.attributes), seen)
        if chosen.features is None:  # whatever can be used: the rest is proposed to stay out, as training leaves it out
            found = [replace(column, on=column.on and column.remark is None) for column in found]
        return Editor(chosen.name, chosen.label, found, seen.customers, len(seen.sample), seen.as_of)

    def columns(self, slug: str, features: Sequence[dict[str, Any]], seen: _Seen | None = None) -> list[Column]:
        """The features of a recipe's document, and every other attribute of the dataset, switched off."""
        seen = seen or self._seen(slug)
        missing = self._snapshots.missing(slug)
        shares = {name: count / max(seen.customers, 1) for name, count in missing.items()}
        return columns(features, seen.attributes, seen.sample, shares, seen.as_of)

    def preview(self, slug: str, name: str, features: Sequence[dict[str, Any]]) -> Preview:
        """One feature of a document before and after preparation, on a sample of the customers.

        Raises
        ------
        RecipeError
            The document cannot be read, or the feature is none of it.
        TrainingError
            The logarithm of negative values was asked for.
        """
        if wrong := structure([{**feature, "on": True} for feature in features]):
            raise RecipeError(wrong)
        with self._database.reading() as session:
            attributes = attributes_of(session, require_dataset(session, slug).id)
        found = next((feature for feature in resolve(features, attributes) if feature.name == name), None)
        if found is None:
            raise RecipeError([f"the recipe has no feature {name!r} that this dataset can fill"])
        seen = self._seen(slug, found.attributes)
        return preview(found, seen.attributes, seen.sample, seen.as_of, SEED)

    def dependence(self, slug: str, payload: dict[str, Any], progress: Progress = no_progress) -> dict[str, Any]:
        """How much of a recipe's segmentation depends on its sensitive columns; see `recipe_studies.dependence`.

        `payload` is ``{"recipe": name}`` or ``{"features": [...], "label": ...}``, of a document not saved.
        """
        seen = self._seen(slug)
        which, matched = self._asked(slug, seen, payload)
        found = recipe_studies.dependence(matched, seen.attributes, seen.sample, seen.as_of, SEED, progress)
        return {"recipe": which, "print": fingerprint(matched), **_on(seen), **found}

    def compare(self, slug: str, payload: dict[str, Any], progress: Progress = no_progress) -> dict[str, Any]:
        """Two recipes on the same customers; see `recipe_studies.compare`.

        `payload` is ``{"first": ..., "second": ...}``, each as in `dependence`.
        """
        seen = self._seen(slug)
        asked = [self._asked(slug, seen, payload[place]) for place in ("first", "second")]
        found = recipe_studies.compare(
            [matched for _, matched in asked], seen.attributes, seen.sample, seen.as_of, SEED, progress
        )
        told = [{**which, **figures} for (which, _), figures in zip(asked, found["recipes"], strict=True)]
        return {**_on(seen), **found, "recipes": told}

    def dependence_of(self, slug: str, features: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        """The newest finished study of what hangs on the sensitive columns of these very features; None without one.

        As `dependence` answers it, with ``at`` and with ``stale``: the customers changed since.
        """
        with self._database.reading() as session:
            attributes = attributes_of(session, require_dataset(session, slug).id)
        wanted = fingerprint(match(Recipe("", "", "", tuple(features)), attributes))
        return next((found for found in self._studied(slug, "dependence") if found.get("print") == wanted), None)

    def newest_comparison(self, slug: str) -> dict[str, Any] | None:
        """The newest finished comparison of two recipes, as `compare` answers it, with ``at`` and ``stale``."""
        return next(iter(self._studied(slug, "compare_recipes")), None)

    def _studied(self, slug: str, kind: str) -> list[dict[str, Any]]:
        with self._database.reading() as session:
            state = require_dataset(session, slug).state
            jobs = newest_done(session, slug, kind, RESULTS)
            return [
                {**job.result, "at": job.finished_at, "stale": job.result.get("state") != state}
                for job in jobs
                if job.result
            ]

    def _asked(self, slug: str, seen: _Seen, asked: dict[str, Any]) -> tuple[dict[str, Any], Match]:
        """The recipe a study is about, by name or as a document, and what it becomes on the dataset."""
        if "features" in asked:
            if wrong := problems(asked["features"], seen.attributes):
                raise RecipeError(wrong)
            label = str(asked.get("label") or "the recipe on the page")
            chosen = parse({"name": "", "label": label, "description": "", "features": asked["features"]})
        else:
            with self._database.reading() as session:
                chosen = require_recipe(session, seen.dataset_id, asked["recipe"])
        matched = match(chosen, seen.attributes)
        check_fit(matched, seen.attributes, slug)
        return {"name": chosen.name, "label": chosen.label}, matched

    def _seen(self, slug: str, columns: Sequence[str] | None = None) -> _Seen:
        """Some customers with these columns, or with all; dates are read in any case, for the as-of day."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
            dates = [attribute.name for attribute in attributes if attribute.kind == "date"]
            wanted = None if columns is None else list(dict.fromkeys(["customer_key", *columns, *dates]))
            sample = in_order(self._snapshots.sample(slug, wanted), keyed=dataset.key_attribute is not None)
            as_of = choose_as_of(None, sample, attributes, dataset.updated_at.date())
            return _Seen(dataset.id, dataset.state, dataset.customers, attributes, sample, as_of)


def fingerprint(matched: Match) -> str:
    """What tells the features a recipe became from any others, whatever the recipe is called."""
    written = sorted(json.dumps(feature.as_json(), sort_keys=True) for feature in matched.features)
    return hashlib.sha256("\n".join(written).encode()).hexdigest()


def _on(seen: _Seen) -> dict[str, Any]:
    """What a study was made on."""
    return {
        "customers": seen.customers, "sample": len(seen.sample), "seed": SEED, "state": seen.state,
        "as_of": seen.as_of.isoformat(),
    }  # fmt: skip
