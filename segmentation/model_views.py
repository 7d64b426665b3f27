"""What is told of trainings, model versions and recipes; `as_json` is what the command line prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db.models import ImportBatch, ModelVersion, Recipe, Segment, SegmentIdentity
from segmentation.features.recipes import Feature
from segmentation.findings import Finding
from segmentation.segment_views import recipe_label
from segmentation.trust import reality_finding, stability_finding


@dataclass(frozen=True)
class SegmentView:
    """A segment as training reports it; `share` in [0, 1]."""

    name: str
    slug: str
    size: int
    share: float
    stability: float | None


@dataclass(frozen=True)
class TrainResult:
    """The outcome of one training; `segments` in display order, `warnings` what to know of it, in sentences.

    ``trust`` says in words whether the segments are real and come back; ``story`` what became of those before
    (``kind``, ``title``, ``text``, ``asks``: it waits for an answer), empty where no version was in use.
    """

    version: int
    recipe: str
    algorithm: str
    k: int
    reason: str
    metrics: dict[str, Any]
    reality_check: dict[str, Any] | None
    selection: list[dict[str, Any]]
    segments: list[SegmentView]
    as_of: date
    customers: int
    promoted: bool
    warnings: list[str]
    trust: list[Finding]
    story: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        dated = {**vars(self), "as_of": self.as_of.isoformat()}
        return dated | {name: [vars(each) for each in getattr(self, name)] for name in ("segments", "trust")}


@dataclass(frozen=True)
class ScoreResult:
    """The outcome of a scoring run; `run` is its number, `version` the model's, `warnings` are sentences."""

    run: int
    version: int
    as_of: date
    customers: int
    borderline: int
    segments: list[SegmentView]
    warnings: list[str]

    def as_json(self) -> dict[str, Any]:
        segments = [{k: v for k, v in vars(segment).items() if k != "stability"} for segment in self.segments]
        return {**vars(self), "as_of": self.as_of.isoformat(), "segments": segments}


@dataclass(frozen=True)
class ModelView:
    """A model version; `promoted_at` is when it last became champion, `parent` the champion when it was trained.

    ``reality_check`` and ``stability`` are as stored, None when they were not checked; ``segments`` has name, slug,
    colour, size and stability of each in display order; ``trust`` says in words whether they are real and come back;
    ``note`` is why the analyst decided as they did, None where nothing was noted; ``batches`` are the imports that its
    customers had come from, the newest first.
    """

    version: int
    dataset: str
    created_at: datetime
    created_by: str
    recipe: str
    recipe_label: str
    recipe_version: int
    algorithm: str
    parameters: dict[str, Any]
    k: int
    seed: int
    as_of: date
    customers: int
    metrics: dict[str, Any]
    verdict: str | None
    champion: bool
    promoted_at: datetime | None
    parent: int | None
    duration_s: float
    libraries: dict[str, str]
    reason: str
    note: str | None
    selection: list[dict[str, Any]]
    preparation: list[dict[str, Any]]
    reality_check: dict[str, Any] | None
    stability: dict[str, Any] | None
    segments: list[dict[str, Any]]
    trust: list[Finding]
    batches: list[int]

    def as_json(self) -> dict[str, Any]:
        promoted = self.promoted_at.isoformat() if self.promoted_at else None
        dates = {"created_at": self.created_at.isoformat(), "as_of": self.as_of.isoformat(), "promoted_at": promoted}
        return {**vars(self), **dates, "trust": [vars(finding) for finding in self.trust]}


def model_view(
    model: ModelVersion,
    recipe: Recipe,
    slug: str,
    champion: int | None,
    promoted_at: datetime | None,
    segments: Sequence[tuple[Segment, SegmentIdentity]],
    batches: Sequence[ImportBatch],
) -> ModelView:
    """The view of a stored version, its segments, and the imports among `batches` that it was made of."""
    same = (
        "created_at", "created_by", "algorithm", "parameters", "k", "seed", "as_of", "customers", "metrics",
        "duration_s", "libraries", "reason", "note", "selection", "preparation", "reality_check", "stability",
    )  # fmt: skip
    return ModelView(
        version=model.id,
        dataset=slug,
        recipe=recipe.name,
        recipe_label=recipe_label(recipe),
        recipe_version=recipe.version,
        verdict=(model.reality_check or {}).get("verdict"),
        champion=model.id == champion,
        promoted_at=promoted_at,
        parent=model.parent_id,
        trust=trust_of(model, segments),
        batches=[batch.id for batch in made_of(model, batches)],
        segments=[
            {
                "name": known.name,
                "slug": known.slug,
                "colour": known.colour,
                "size": segment.size,
                "stability": segment.stability,
            }
            for segment, known in sorted(segments, key=lambda pair: pair[0].position)
        ],
        **{name: getattr(model, name) for name in same},
    )


def made_of(model: ModelVersion, batches: Sequence[ImportBatch]) -> list[ImportBatch]:
    """The imports that had been taken in by the time a version was trained, and not taken back since."""
    return [batch for batch in batches if batch.status == "committed" and batch.created_at <= model.created_at]


def trust_of(model: ModelVersion, segments: Sequence[tuple[Segment, SegmentIdentity]]) -> list[Finding]:
    """Whether the segments of a version are real, and whether they come back, in words."""
    views = [
        SegmentView(known.name, known.slug, s.size, s.size / model.customers, s.stability) for s, known in segments
    ]
    labels = {told["feature"]: told["label"] for told in model.preparation}
    real = reality_finding(model.reality_check, labels, model.k, model.metrics)
    return [real, stability_finding(views, model.stability)]


@dataclass(frozen=True)
class RecipeFit:
    """A recipe against a dataset: what it becomes there, or which attributes the dataset lacks."""

    name: str
    label: str
    description: str
    fits: bool
    missing: list[str]
    features: list[Feature]

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "features": [feature.as_json() for feature in self.features]}
