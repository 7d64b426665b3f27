"""Named selects on the champion, its runs and their segments. All of them read small tables only."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import ModelAlias, ModelVersion, Recipe, RunSegment, ScoringRun, Segment, SegmentIdentity


class SegmentOfRun(NamedTuple):
    """A segment as it appears in a run."""

    segment: Segment
    identity: SegmentIdentity
    counts: RunSegment


def champion_of(session: Session, dataset_id: int) -> ModelVersion | None:
    """The model version in use; None when the dataset has no champion."""
    in_force = (
        select(ModelVersion)
        .join(ModelAlias, ModelAlias.model_version_id == ModelVersion.id)
        .where(ModelAlias.dataset_id == dataset_id, ModelAlias.alias == "champion", ModelAlias.until.is_(None))
    )
    return session.scalar(in_force)


def recipe_of(session: Session, model_version_id: int) -> Recipe | None:
    """The recipe a model version was trained with."""
    return session.scalar(
        select(Recipe)
        .join(ModelVersion, ModelVersion.recipe_id == Recipe.id)
        .where(ModelVersion.id == model_version_id)
    )


def newest_run(session: Session, model_version_id: int) -> ScoringRun | None:
    """The last scoring run of a model version; None before its first."""
    return session.scalar(
        select(ScoringRun)
        .where(ScoringRun.model_version_id == model_version_id)
        .order_by(ScoringRun.id.desc())
        .limit(1)
    )


def run_before(session: Session, run: ScoringRun) -> ScoringRun | None:
    """The run of the same dataset before this one, whatever model made it; None when it is the first."""
    return session.scalar(
        select(ScoringRun)
        .where(ScoringRun.dataset_id == run.dataset_id, ScoringRun.id < run.id)
        .order_by(ScoringRun.id.desc())
        .limit(1)
    )


def segments_of_run(session: Session, scoring_run_id: int) -> list[SegmentOfRun]:
    """Every segment of a run in display order, those without members included."""
    rows = session.execute(
        select(Segment, SegmentIdentity, RunSegment)
        .join(RunSegment, RunSegment.segment_id == Segment.id)
        .join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id)
        .where(RunSegment.scoring_run_id == scoring_run_id)
        .order_by(Segment.position, Segment.id)
    )
    return [SegmentOfRun(*row) for row in rows]


def champion_segments(session: Session, model_version_id: int) -> list[tuple[Segment, SegmentIdentity]]:
    """The segments of a model version with their identities, by label."""
    rows = session.execute(
        select(Segment, SegmentIdentity)
        .join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id)
        .where(Segment.model_version_id == model_version_id)
        .order_by(Segment.label)
    )
    return [(segment, identity) for segment, identity in rows]
