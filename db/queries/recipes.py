"""Named selects on saved recipes and on who uses them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import ModelVersion, Recipe


def saved_recipes(session: Session, dataset_id: int) -> Sequence[Recipe]:
    """Every version of the saved recipes on offer, newest first; hidden ones are left out."""
    return session.scalars(
        select(Recipe)
        .where(Recipe.dataset_id == dataset_id, Recipe.label.is_not(None), Recipe.hidden_at.is_(None))
        .order_by(Recipe.version.desc(), Recipe.name)
    ).all()


def saved_recipe(session: Session, dataset_id: int, name: str, version: int | None = None) -> Recipe | None:
    """A saved recipe on offer, its newest version unless one is named; None when there is none."""
    found = select(Recipe).where(
        Recipe.dataset_id == dataset_id, Recipe.name == name, Recipe.label.is_not(None), Recipe.hidden_at.is_(None)
    )
    wanted = found if version is None else found.where(Recipe.version == version)
    return session.scalar(wanted.order_by(Recipe.version.desc()).limit(1))


def models_by_recipe(session: Session, dataset_id: int) -> dict[int, list[int]]:
    """The model versions trained on each row of `recipe`, oldest first; a row that none uses is absent."""
    rows = session.execute(
        select(ModelVersion.recipe_id, ModelVersion.id)
        .where(ModelVersion.dataset_id == dataset_id)
        .order_by(ModelVersion.id)
    )
    found: dict[int, list[int]] = {}
    for recipe_id, version in rows:
        found.setdefault(recipe_id, []).append(version)
    return found
