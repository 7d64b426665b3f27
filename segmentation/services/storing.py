"""Writing a trained model and a scoring run, inside the transaction of the service that calls."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from db.bulk import bulk_insert
from db.models import (
    Assignment,
    Dataset,
    ModelVersion,
    ProjectionPoint,
    Recipe,
    RunSegment,
    ScoringRun,
    Segment,
    SegmentIdentity,
    SegmentProfile,
)
from db.queries.models import identities_of, recipes_named, set_champion
from db.queries.movement import flows
from db.queries.segments import champion_segments, run_before
from segmentation.errors import ConflictError
from segmentation.identity import (
    RESERVED_SLUGS,
    UNASSIGNED,
    UNASSIGNED_COLOUR,
    Match,
    free_colour,
    free_name,
    resolved,
    slugify,
)
from segmentation.lookups import require_dataset
from segmentation.naming import name_segments
from segmentation.runs import Run, assignment_batches
from segmentation.withholding import SMALL_GROUP, too_few


@dataclass(frozen=True)
class Scoring:
    """What a run was made with, as it is stored."""

    dataset_id: int
    version: int
    as_of: date
    state: str
    at: datetime
    by: str


def require_state(session: Session, slug: str, state: str) -> Dataset:
    """The dataset, if its customers are still those that were read; ConflictError when they changed."""
    dataset = require_dataset(session, slug)
    if dataset.state != state:
        raise ConflictError(f"the customers of dataset {slug!r} changed meanwhile; nothing was stored, start again")
    return dataset


def store_recipe(session: Session, dataset_id: int, name: str, spec: dict[str, Any], at: datetime, by: str) -> Recipe:
    """The recipe's row with this very spec, a new version when there is none.

    A saved recipe that became something else, because the dataset has other columns now, stays the same recipe.
    """
    known = recipes_named(session, dataset_id, name)
    for row in known:
        if row.spec == spec:
            return row
    version = known[0].version + 1 if known else 1
    recipe = Recipe(dataset_id=dataset_id, name=name, version=version, spec=spec, created_at=at, created_by=by)
    if known:
        recipe.label, recipe.description, recipe.written = known[0].label, known[0].description, known[0].written
    session.add(recipe)
    session.flush()
    return recipe


def names_of(run: Run) -> list[str]:
    """By label: after the profiles of the segments; those in no segment are named after that."""
    segments = [row for row in run.profiles if row.segment_label is None or row.segment_label != run.unassigned]
    out = run.unassigned is not None
    return name_segments(segments, run.k - out) + [UNASSIGNED] * out


def store_segments(
    session: Session,
    model: ModelVersion,
    run: Run,
    names: list[str],
    matches: list[Match],
    living: list[int],
    stability: list[float] | None = None,
) -> list[Segment]:
    """The segments of a new version by label, each with its known identity or a new one.

    Parameters
    ----------
    names : list of str
        Automatic name by label.
    matches : list of Match
        Identity by label.
    living : list of int
        Identities of the champion, whose colours a new identity avoids.
    stability : list of float, optional
        By label; None when it was not checked. Unassigned, which is no segment, has none.
    """
    known = {identity.id: identity for identity in identities_of(session, model.dataset_id, lock=True)}
    slugs = {identity.slug for identity in known.values()} | RESERVED_SLUGS
    positions = display_positions(run)
    identities = _carried_over(matches, known)
    if run.unassigned is not None:
        identities[run.unassigned] = _unassigned(session, model, known)
    here = [identity.colour for identity in identities.values()]
    called = [identity.name for identity in identities.values()]
    elsewhere = [known[i].colour for i in living if i in known]
    for label in sorted(set(range(run.k)) - identities.keys(), key=positions.__getitem__):
        # A colour of this version weighs more: two segments on one page must not share it.
        colour = free_colour([*elsewhere, *here * 2])
        name = free_name(names[label], called)
        slug = slugify(name, slugs)
        identity = SegmentIdentity(
            dataset_id=model.dataset_id, slug=slug, name=name, colour=colour, created_at=model.created_at
        )
        session.add(identity)
        identities[label] = identity
        slugs.add(slug)
        called.append(name)
        here.append(colour)
    session.flush()
    segments = [
        Segment(
            model_version_id=model.id,
            identity_id=identities[label].id,
            label=label,
            position=positions[label],
            auto_name=names[label],
            size=run.counts[label].customers,
            centroid=run.centroids[label],
            stability=stability[label] if stability and label != run.unassigned else None,
        )
        for label in range(run.k)
    ]
    session.add_all(segments)
    session.flush()
    return segments


def _unassigned(session: Session, model: ModelVersion, known: dict[int, SegmentIdentity]) -> SegmentIdentity:
    """The one identity of a dataset for those in no segment."""
    found = next((identity for identity in known.values() if identity.colour == UNASSIGNED_COLOUR), None)
    if found is None:
        slug = slugify(UNASSIGNED, {identity.slug for identity in known.values()})
        found = SegmentIdentity(
            dataset_id=model.dataset_id, slug=slug, name=UNASSIGNED, colour=UNASSIGNED_COLOUR,
            created_at=model.created_at,
        )  # fmt: skip
        session.add(found)
    return found


def _carried_over(matches: list[Match], known: dict[int, SegmentIdentity]) -> dict[int, SegmentIdentity]:
    """The known identity of each label that has one; what an analyst meanwhile said to be an older one, is that."""
    found: dict[int, SegmentIdentity] = {}
    for match in matches:
        identity = resolved(match.identity_id, known)
        if identity is not None and identity not in found.values():
            found[match.label] = identity
    return found


def put_in_use(session: Session, dataset_id: int, version: int, at: datetime, by: str) -> None:
    """Make a version the champion.

    A segment that was too small to be named after its members, and that nobody named since, gets its name once it has
    enough: not before, because the version in use tells it under the same identity.
    """
    set_champion(session, dataset_id, version, at, by)
    segments = champion_segments(session, version)
    for segment, identity in segments:
        unnamed = identity.named_by is None and identity.name.startswith(SMALL_GROUP)
        if unnamed and not too_few(segment.size):
            others = [other.name for _, other in segments if other is not identity]
            identity.name = free_name(segment.auto_name, others)


def display_positions(run: Run) -> list[int]:
    """Position of each label: value per customer, highest first; without value attributes the largest first.

    Unassigned comes last.
    """

    def rank(label: int) -> tuple[bool, float, float, int]:
        count = run.counts[label]
        per_customer = (count.value or 0.0) / count.customers if count.customers else 0.0
        return (label == run.unassigned, -per_customer, -count.customers, count.typical[0] if count.typical else 0)

    order = sorted(range(run.k), key=rank)
    return [order.index(label) for label in range(run.k)]


def store_run(session: Session, run: Run, segments: list[Segment], scoring: Scoring) -> ScoringRun:
    """A scoring run with its assignments, counts, profiles and map; `segments` by label."""
    row = ScoringRun(
        dataset_id=scoring.dataset_id,
        model_version_id=scoring.version,
        as_of=scoring.as_of,
        customers=len(run.customer_ids),
        value=run.value,
        borderline=run.borderline,
        unusual=_told_apart(run, [segment.id for segment in segments]),
        dataset_state=scoring.state,
        created_at=scoring.at,
        created_by=scoring.by,
    )
    session.add(row)
    session.flush()
    ids = [segment.id for segment in segments]
    bulk_insert(session.connection(), _table(Assignment), assignment_batches(run, row.id, ids))
    session.execute(
        insert(RunSegment),
        [{"scoring_run_id": row.id, "segment_id": ids[label], **vars(count)} for label, count in enumerate(run.counts)],
    )
    session.execute(
        insert(SegmentProfile),
        [
            {
                "scoring_run_id": row.id,
                "segment_id": None if each.segment_label is None else ids[each.segment_label],
                **each.stored(),
            }
            for each in run.profiles
        ],
    )
    if len(run.points):
        session.execute(insert(ProjectionPoint), _points(run, row.id, ids))
    before = run_before(session, row)
    if before is not None and before.pruned_at is None:
        row.moves = {"before": before.id, "flows": [list(flow) for flow in flows(session, before.id, row.id)]}
    return row


def _told_apart(run: Run, segment_ids: list[int]) -> dict[str, Any]:
    """Who is unusual or between two segments, with the segments' ids in the place of labels."""

    def named(part: dict[str, Any]) -> dict[str, Any]:
        counts = {
            name: {str(segment_ids[label]): n for label, n in enumerate(value)}
            for name, value in part.items() if name != "top" and isinstance(value, list)
        }  # fmt: skip
        top = [
            {"segment_id": segment_ids[each["label"]], **{k: v for k, v in each.items() if k != "label"}}
            for each in part["top"]
        ]
        return {**part, **counts, "top": top}

    return {"unusual": named(run.unusual), "between": named(run.between) if run.between else None}


def _points(run: Run, scoring_run_id: int, segment_ids: list[int]) -> list[dict[str, Any]]:
    labels, confidence = run.assigned.label[run.points].tolist(), run.assigned.confidence[run.points].tolist()
    customers, places = run.customer_ids[run.points].tolist(), run.places.tolist()
    return [
        {
            "scoring_run_id": scoring_run_id,
            "customer_id": customer,
            "segment_id": segment_ids[label],
            "x": x,
            "y": y,
            "z": z,
            "confidence": sure,
        }
        for customer, label, (x, y, z), sure in zip(customers, labels, places, confidence, strict=True)
    ]


def _table(model: Any) -> Table:
    return model.__table__
