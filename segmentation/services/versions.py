"""A model version as it is stored and told; inside the caller's transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy.orm import Session

from db.models import ModelVersion
from db.queries import models as queries
from db.queries.imports import batches_of
from db.queries.segments import champion_of, champion_segments
from segmentation.errors import KindredError
from segmentation.model_views import ModelView, SegmentView, TrainResult, model_view, trust_of
from segmentation.modelling import artifacts
from segmentation.modelling.fitting import Fitted
from segmentation.services.bundles import require_version
from segmentation.services.identity import read_story
from segmentation.services.reading import Customers

LONGEST_NOTE = 2_000
TOLD = ("kind", "title", "text", "asks")  # of what became of a segment


@dataclass(frozen=True)
class TrainOptions:
    """What to train; `k` a number or ``auto``, `as_of` a date or its ISO text, None for the newest date in the data.

    Without `validate` the model is stored as not checked: no reality check, no stability. `sample`, `eps`,
    `min_samples` and `min_cluster_size` as of `FitOptions`. `note` is why the analyst decided so; it is kept with the
    version.
    """

    recipe: str = "all_usable"
    algorithm: str = "kmeans"
    k: int | Literal["auto"] = "auto"
    as_of: date | str | None = None
    seed: int = 42
    plain: bool = False
    promote: bool = True
    n_init: int | None = None
    validate: bool = True
    sample: int | None = None
    eps: float | None = None
    min_samples: int | None = None
    min_cluster_size: int | None = None
    note: str | None = None


def checked_note(text: str | None) -> str | None:
    """A note as it is kept: without blanks around it, None where nothing is left; KindredError when it is too long."""
    text = (text or "").strip()
    if len(text) > LONGEST_NOTE:
        raise KindredError(f"the note has {len(text):,} characters; at most {LONGEST_NOTE:,} are kept, shorten it")
    return text or None


def model_version(
    customers: Customers, options: TrainOptions, fitted: Fitted, as_of: date, parent: int | None, at: datetime, by: str
) -> ModelVersion:
    """The row of a version, without its recipe; what it took is filled in at the end."""
    bundle = fitted.bundle
    return ModelVersion(
        dataset_id=customers.dataset_id,
        parent_id=parent,
        algorithm=options.algorithm,
        parameters={
            "k": options.k,
            "n_init": fitted.n_init,
            "plain": options.plain,
            "settings": fitted.settings,
            "warnings": fitted.warnings,
        },
        k=bundle.k,
        note=checked_note(options.note),
        reason=fitted.selection.reason,
        seed=options.seed,
        as_of=as_of,
        customers=len(customers.frame),
        dataset_state=customers.state,
        metrics=fitted.metrics,
        selection=fitted.selection.rows,
        reality_check=fitted.reality.as_json() if fitted.reality else None,
        stability=fitted.stability.as_json() if fitted.stability else None,
        preparation=fitted.preparation,
        projection=bundle.projection.stored(bundle.feature_names, bundle.feature_labels),
        libraries=artifacts.libraries(),
        created_at=at,
        created_by=by,
        duration_s=0.0,
    )


def version_view(session: Session, version: int) -> ModelView:
    """The view of a stored version; NotFoundError when there is none of that number."""
    model, used, dataset = require_version(session, version)
    champion = champion_of(session, dataset.id)
    promoted = queries.promotions(session, dataset.id).get(version)
    segments = champion_segments(session, version)
    in_use, batches = champion.id if champion else None, batches_of(session, dataset.id)
    return model_view(model, used, dataset.slug, in_use, promoted, segments, batches)


def train_result(session: Session, model: ModelVersion, recipe_name: str, promoted: bool) -> TrainResult:
    """What a training tells, its segments in display order."""
    rows = sorted(champion_segments(session, model.id), key=lambda row: row[0].position)
    story = read_story(session, model, require_version(session, model.id)[2].slug)
    views = [
        SegmentView(known.name, known.slug, segment.size, segment.size / model.customers, segment.stability)
        for segment, known in rows
    ]
    return TrainResult(
        model.id, recipe_name, model.algorithm, model.k, model.reason, model.metrics, model.reality_check,
        model.selection, views, model.as_of, model.customers, promoted, model.parameters["warnings"],
        trust_of(model, rows), [{name: getattr(each, name) for name in TOLD} for each in story.told],
    )  # fmt: skip
