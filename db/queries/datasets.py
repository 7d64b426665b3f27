"""Named selects on datasets and their attributes."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Attribute, Dataset, ModelAlias, ModelVersion


def dataset_by_slug(session: Session, slug: str) -> Dataset | None:
    """The dataset with this slug; None when there is none."""
    return session.scalar(select(Dataset).where(Dataset.slug == slug))


def dataset_slugs(session: Session) -> list[str]:
    """Every slug, in alphabetical order."""
    return list(session.scalars(select(Dataset.slug).order_by(Dataset.slug)))


def all_datasets(session: Session) -> Sequence[Dataset]:
    """Every dataset, by slug."""
    return session.scalars(select(Dataset).order_by(Dataset.slug)).all()


def attributes_of(session: Session, dataset_id: int) -> Sequence[Attribute]:
    """The attributes of a dataset in their order."""
    return session.scalars(
        select(Attribute).where(Attribute.dataset_id == dataset_id).order_by(Attribute.position)
    ).all()


def attribute_counts(session: Session) -> dict[int, int]:
    """How many attributes each dataset has, by dataset id; a dataset without any is absent."""
    counts = select(Attribute.dataset_id, func.count()).group_by(Attribute.dataset_id)
    return {row[0]: row[1] for row in session.execute(counts)}


def champions(session: Session) -> dict[int, int]:
    """The model version in use, by dataset id; a dataset without a champion is absent."""
    in_force = select(ModelAlias.dataset_id, ModelAlias.model_version_id).where(
        ModelAlias.alias == "champion", ModelAlias.until.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(in_force)}


def has_models(session: Session, dataset_id: int) -> bool:
    """Was a model ever trained on the dataset?"""
    return session.scalar(select(ModelVersion.id).where(ModelVersion.dataset_id == dataset_id).limit(1)) is not None
