"""Named selects on model versions, their recipes, artifacts, aliases and runs; and the moving of an alias."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import (
    Assignment,
    Dataset,
    ModelAlias,
    ModelArtifact,
    ModelVersion,
    Recipe,
    ScoringRun,
    Segment,
    SegmentIdentity,
)

CHAMPION = "champion"


def versions_of(session: Session, dataset_id: int) -> Sequence[tuple[ModelVersion, Recipe]]:
    """The model versions of a dataset with their recipes, newest first."""
    rows = session.execute(
        select(ModelVersion, Recipe)
        .join(Recipe, Recipe.id == ModelVersion.recipe_id)
        .where(ModelVersion.dataset_id == dataset_id)
        .order_by(ModelVersion.id.desc())
    )
    return rows.all()


def segments_of_versions(session: Session, dataset_id: int) -> dict[int, list[tuple[Segment, SegmentIdentity]]]:
    """The segments of every version of a dataset with their identities, by version, then label."""
    rows = session.execute(
        select(Segment, SegmentIdentity)
        .join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id)
        .where(SegmentIdentity.dataset_id == dataset_id)
        .order_by(Segment.model_version_id, Segment.label)
    )
    found: dict[int, list[tuple[Segment, SegmentIdentity]]] = {}
    for segment, identity in rows:
        found.setdefault(segment.model_version_id, []).append((segment, identity))
    return found


def version_by_id(session: Session, version: int) -> tuple[ModelVersion, Recipe, Dataset] | None:
    """A model version with its recipe and dataset; None when there is none of that number."""
    rows = session.execute(
        select(ModelVersion, Recipe, Dataset)
        .join(Recipe, Recipe.id == ModelVersion.recipe_id)
        .join(Dataset, Dataset.id == ModelVersion.dataset_id)
        .where(ModelVersion.id == version)
    )
    return rows.one_or_none()


def artifact_digest(session: Session, version: int) -> str | None:
    """The sha256 of a version's artifact, without its body."""
    return session.scalar(select(ModelArtifact.sha256).where(ModelArtifact.model_version_id == version))


def artifact_of(session: Session, version: int) -> ModelArtifact | None:
    """The stored model of a version."""
    return session.get(ModelArtifact, version)


def recipes_named(session: Session, dataset_id: int, name: str) -> Sequence[Recipe]:
    """Every version of a recipe on a dataset, newest first."""
    return session.scalars(
        select(Recipe).where(Recipe.dataset_id == dataset_id, Recipe.name == name).order_by(Recipe.version.desc())
    ).all()


def identities_of(session: Session, dataset_id: int, *, lock: bool = False) -> Sequence[SegmentIdentity]:
    """Every identity a dataset ever had, oldest first; with `lock` nobody else changes them before the commit."""
    every = select(SegmentIdentity).where(SegmentIdentity.dataset_id == dataset_id).order_by(SegmentIdentity.id)
    return session.scalars(every.with_for_update() if lock else every).all()


def promotions(session: Session, dataset_id: int) -> dict[int, datetime]:
    """When each version last became champion; one that never did is absent."""
    rows = session.execute(
        select(ModelAlias.model_version_id, func.max(ModelAlias.since))
        .where(ModelAlias.dataset_id == dataset_id, ModelAlias.alias == CHAMPION)
        .group_by(ModelAlias.model_version_id)
    )
    return dict(rows.all())


def champion_history(session: Session, dataset_id: int) -> Sequence[ModelAlias]:
    """Which version was in use from when until when, the newest first."""
    return session.scalars(
        select(ModelAlias)
        .where(ModelAlias.dataset_id == dataset_id, ModelAlias.alias == CHAMPION)
        .order_by(ModelAlias.id.desc())
    ).all()


def run_of_state(session: Session, version: int, state: str) -> ScoringRun | None:
    """The newest run of a version over this state of the customers; None when it never scored them."""
    return session.scalar(
        select(ScoringRun)
        .where(
            ScoringRun.model_version_id == version,
            ScoringRun.dataset_state == state,
            ScoringRun.pruned_at.is_(None),
        )
        .order_by(ScoringRun.id.desc())
        .limit(1)
    )


def identity_by_customer(session: Session, scoring_run_id: int) -> Sequence[tuple[int, int]]:
    """(customer_id, identity_id) of every customer of a run."""
    rows = session.execute(
        select(Assignment.customer_id, Segment.identity_id)
        .join(Segment, Segment.id == Assignment.segment_id)
        .where(Assignment.scoring_run_id == scoring_run_id)
        .order_by(Assignment.customer_id)
    )
    return rows.all()


def set_champion(session: Session, dataset_id: int, version: int, at: datetime, by: str) -> None:
    """Move the alias to `version`; the row that was in force ends, and stays as history."""
    in_force = session.scalar(
        select(ModelAlias).where(
            ModelAlias.dataset_id == dataset_id, ModelAlias.alias == CHAMPION, ModelAlias.until.is_(None)
        )
    )
    if in_force is not None:
        if in_force.model_version_id == version:
            return
        in_force.until = at
        session.flush()
    alias: dict[str, Any] = {"dataset_id": dataset_id, "alias": CHAMPION, "model_version_id": version}
    session.add(ModelAlias(**alias, since=at, set_by=by))
    session.flush()
