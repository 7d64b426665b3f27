"""Recipes: those of the product and those that analysts save."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import Attribute, AuditEvent, Dataset, Recipe
from db.queries import recipes as queries
from db.queries.datasets import attributes_of
from db.queries.models import recipes_named
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import ConflictError, NotFoundError, RecipeError
from segmentation.features.checking import problems
from segmentation.features.recipes import match, parse, recipes
from segmentation.features.resolving import Resolver
from segmentation.lookups import require_dataset
from segmentation.recipe_views import RecipeView, tidy

LONGEST_LABEL, LONGEST_NAME = 60, 40


class RecipeService:
    """Lists, checks, saves and removes recipes."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def list(self, slug: str) -> list[RecipeView]:
        """Every recipe against a dataset: the product's, the default first, then the saved ones by label."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
            newest: dict[str, Recipe] = {}
            for row in queries.saved_recipes(session, dataset.id):
                newest.setdefault(row.name, row)
            used = queries.models_by_recipe(session, dataset.id)
            own = sorted(newest.values(), key=lambda row: (row.label or "").casefold())
            return [*_built_in(attributes), *(_view(row, attributes, used) for row in own)]

    def versions(self, slug: str, name: str) -> Sequence[RecipeView]:
        """The versions of a saved recipe, newest first; NotFoundError when there is none of that name."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            rows = [row for row in queries.saved_recipes(session, dataset.id) if row.name == name]
            if not rows:
                raise NotFoundError(f"dataset {slug!r} has no saved recipe {name!r}")
            used = queries.models_by_recipe(session, dataset.id)
            attributes = attributes_of(session, dataset.id)
            return [_view(row, attributes, used) for row in rows]

    def get(self, slug: str, name: str, version: int | None = None) -> dict[str, Any]:
        """The document of a saved recipe as it was written, its newest version unless one is named."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            row = queries.saved_recipe(session, dataset.id, name, version)
            if row is None or row.written is None:
                which = "" if version is None else f" with a version {version}"
                raise NotFoundError(f"dataset {slug!r} has no saved recipe {name!r}{which}")
            return row.written

    def check(self, slug: str, features: Sequence[dict[str, Any]]) -> Sequence[str]:
        """Everything that makes a document impossible on a dataset, one line each; empty when it can be trained."""
        with self._database.reading() as session:
            return problems(list(features), attributes_of(session, require_dataset(session, slug).id))

    def save(
        self,
        slug: str,
        label: str,
        features: Sequence[dict[str, Any]],
        by: str,
        *,
        description: str = "",
        note: str = "",
        based_on: str = "",
    ) -> RecipeView:
        """Save a recipe under a label: a new one, or a new version of the one that has it. Nothing saved changes.

        Saving what the newest version already says changes nothing and answers that version.

        Raises
        ------
        RecipeError
            Everything that is wrong with it, at once.
        ConflictError
            Somebody saved the same recipe at the same moment.
        """
        label = " ".join(label.split())
        with self._database.writing() as session:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
            name = name_of(label)
            known = recipes_named(session, dataset.id, name)
            if wrong := [*_name_problems(label, name, known), *problems(list(features), attributes)]:
                raise RecipeError(wrong)
            resolver = Resolver(attributes)
            document = {
                "name": name, "label": label, "description": description.strip(), "note": note.strip(),
                "based_on": based_on,
                "features": [tidy({**f, "expression": resolver.portable(f["expression"])}) for f in features],
            }  # fmt: skip
            newest = next((row for row in known if row.written and row.hidden_at is None), None)
            if newest is None or not _says(newest, document):
                newest = _new_version(session, dataset, known, document, attributes, by)
            return _view(newest, attributes, queries.models_by_recipe(session, dataset.id))

    def remove(self, slug: str, name: str, by: str) -> RecipeView | None:
        """Take a saved recipe off the list: versions that no model uses are deleted, the others hidden.

        Returns
        -------
        RecipeView or None
            The newest version that models keep; None when nothing of it is left.
        """
        if name in recipes():
            raise ConflictError(f"the recipe {recipes()[name].label!r} comes with Kindred and cannot be removed")
        with self._database.writing() as session:
            dataset = require_dataset(session, slug)
            rows = [row for row in recipes_named(session, dataset.id, name) if row.written and row.hidden_at is None]
            if not rows:
                raise NotFoundError(f"dataset {slug!r} has no saved recipe {name!r}")
            used = queries.models_by_recipe(session, dataset.id)
            at = datetime.now(UTC)
            kept = [row for row in rows if row.id in used]
            for row in kept:
                row.hidden_at = at
            gone = [row.id for row in rows if row.id not in used]
            session.execute(delete(Recipe).where(Recipe.id.in_(gone)))
            details = {"recipe": name, "deleted": len(gone), "kept": len(kept)}
            session.add(AuditEvent(at=at, actor=by, action="remove-recipe", dataset=slug, details=details))
            return _view(kept[0], attributes_of(session, dataset.id), used) if kept else None


def name_of(label: str) -> str:
    """The name a label gets, for the command line; empty when it has no letter or digit.

    >>> name_of("Größe & Wert 2"), name_of("2 columns"), name_of("…")
    ('grosse_wert_2', 'r_2_columns', '')
    """
    plain = unicodedata.normalize("NFKD", label.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return (name if not name[:1].isdigit() else f"r_{name}")[:LONGEST_NAME].strip("_")


def _name_problems(label: str, name: str, known: Sequence[Recipe]) -> list[str]:
    if not label:
        return ["the recipe has no name; give it one"]
    if len(label) > LONGEST_LABEL:
        return [f"the name has {len(label)} letters; at most {LONGEST_LABEL} are allowed"]
    if not name:
        return [f"the name {label!r} has no letter from a to z and no digit; give one that has"]
    if name in recipes() or label.casefold() in {each.label.casefold() for each in recipes().values()}:
        return [f"the name {label!r} belongs to a recipe that comes with Kindred; choose another"]
    other = next((row.label for row in known if row.written and row.hidden_at is None), None)
    if other and other.casefold() != label.casefold():
        return [f"the name {label!r} is too much like {other!r}, which exists; choose another"]
    return []


def _says(row: Recipe, document: dict[str, Any]) -> bool:
    """Whether a stored version says what a document does, remarks on its making aside."""
    assert row.written is not None
    return all(row.written.get(key) == document[key] for key in ("label", "description", "features"))


def _new_version(
    session: Session, dataset: Dataset, known: Sequence[Recipe], document: dict[str, Any],
    attributes: Sequence[Attribute], by: str,
) -> Recipe:  # fmt: skip
    at = datetime.now(UTC)
    row = Recipe(
        dataset_id=dataset.id, name=document["name"], version=known[0].version + 1 if known else 1,
        spec={"features": [feature.as_json() for feature in match(parse(document), attributes).features]},
        label=document["label"], description=document["description"], written=document, created_at=at, created_by=by,
    )  # fmt: skip
    session.add(row)
    details = {"recipe": row.name, "version": row.version}
    session.add(AuditEvent(at=at, actor=by, action="save-recipe", dataset=dataset.slug, details=details))
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError(
            f"somebody saved the recipe {row.label!r} at the same moment; look at theirs, then save again"
        ) from None
    return row


def _built_in(attributes: Sequence[Attribute]) -> list[RecipeView]:
    matches = [match(each, attributes) for each in recipes().values()]
    return [
        RecipeView(m.recipe.name, m.recipe.label, m.recipe.description, 0, False, "", list(m.missing),
                   len(m.features), None, "", [])
        for m in sorted(matches, key=lambda m: m.recipe.features is not None)
    ]  # fmt: skip


def _view(row: Recipe, attributes: Sequence[Attribute], used: dict[int, list[int]]) -> RecipeView:
    assert row.written is not None
    matched = match(parse(row.written), attributes)
    return RecipeView(
        row.name, row.label or row.name, row.description or "", row.version, True, row.written.get("note", ""),
        list(matched.missing), len(matched.features), row.created_at, row.created_by, used.get(row.id, []),
    )  # fmt: skip
