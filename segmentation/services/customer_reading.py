"""One customer, with everything their page tells: read by key, and explained by the model that assigned them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from db.customers import customers_table
from db.models import Attribute, Dataset, ModelVersion, ScoringRun, SegmentProfile
from db.queries.customers import customer_row, customer_row_by_id, purchases_of, segments_over_time
from db.queries.datasets import attributes_of
from db.queries.profiles import assignments_by_id, profiles_of_everyone, profiles_of_segment
from db.queries.segments import SegmentOfRun, champion_of, newest_run, recipe_of, segments_of_run
from segmentation.config import Settings
from segmentation.customer_views import AttributeValue, CustomerDetail, PastSegment, Purchase
from segmentation.errors import ArtifactError, NotFoundError
from segmentation.features.expressions import attributes_of as attributes_in
from segmentation.members import typed_frame
from segmentation.reasons import Reason, reasons
from segmentation.scoring import borderline_under, centroids, prepare
from segmentation.segment_views import ratio
from segmentation.services.bundles import load_bundle
from segmentation.simulator import confidence_word, percentile
from segmentation.value import value_attributes
from segmentation.withholding import too_few

MOST_RUNS = 50
MOST_PURCHASES = 20
EXACT = ("kmeans", "minibatch_kmeans", "bisecting_kmeans")  # a border halfway between two centres: reasons add up


def find(session: Session, dataset: Dataset, attributes: Sequence[Attribute], address: str) -> dict[str, Any] | None:
    """The row of the customer with this key, or of the one with the id after a ``~``; None when there is none."""
    table = customers_table(dataset.slug, attributes)
    row = customer_row(session, table, address)
    if row is None and address.startswith("~") and address[1:].isdecimal() and len(address) < 19:
        row = customer_row_by_id(session, table, int(address[1:]))
    return row


def used_by(session: Session, version: int) -> frozenset[str]:
    """The attributes a version looks at, also through derived features; what training left out is not among them."""
    recipe = recipe_of(session, version)
    features = recipe.spec.get("features", []) if recipe else []
    left_out = {each["feature"] for each in session.get_one(ModelVersion, version).preparation if each["excluded"]}
    return frozenset(
        name for each in features if each["name"] not in left_out for name in attributes_in(each["expression"])
    )


def customer_there(session: Session, dataset: Dataset, address: str) -> bool:
    """Whether the dataset has this customer."""
    return find(session, dataset, [], address) is not None


def customer_detail(session: Session, settings: Settings, dataset: Dataset, address: str) -> CustomerDetail:
    """Everything about a customer; NotFoundError when there is none. Values of the profile are stored figures."""
    attributes = attributes_of(session, dataset.id)
    row = find(session, dataset, attributes, address)
    if row is None:
        raise NotFoundError(f"dataset {dataset.slug!r} has no customer {address!r}; look them up in the list")
    key, customer_id = str(row["customer_key"]), int(row["customer_id"])
    model = champion_of(session, dataset.id)
    run = newest_run(session, model.id) if model else None
    history = _history(session, dataset.id, customer_id)
    assigned = next(iter(assignments_by_id(session, run.id, [customer_id])), None) if run else None
    segments = {each.segment.id: each for each in segments_of_run(session, run.id)} if run else {}
    own = segments.get(assigned.segment_id) if assigned else None
    now, told, rows, everyone = None, [], {}, {}
    few = own is not None and too_few(own.counts.customers)
    if model and run:
        everyone = {each.attribute: each for each in profiles_of_everyone(session, run.id)}
    if model and run and assigned and own:
        other = segments.get(assigned.runner_up_id or 0)
        now = _now(model, run, own, other, assigned.confidence)
        if not few:
            rows = {each.attribute: each for each in profiles_of_segment(session, run.id, own.segment.id)}
        if other is not None:
            told = _reasons(session, settings, dataset, model, run, attributes, row, own, other)
    values = value_attributes(attributes)
    used = used_by(session, model.id) if model else frozenset()
    bought = purchases_of(session, dataset.slug, key, MOST_PURCHASES)
    return CustomerDetail(
        key=key,
        currency=dataset.currency,
        now=now,
        has_model=run is not None,
        stale=run is not None and run.dataset_state != dataset.state,
        value=sum(row[name] or 0.0 for name in values) if values else None,
        value_typical=ratio(own.counts.value, own.counts.customers) if own and not few else None,
        reasons=told,
        reasons_exact=model is not None and model.algorithm in EXACT,
        attributes=[
            _value(each, each.name in used, row[each.name], rows.get(each.name), everyone.get(each.name))
            for each in attributes
        ],
        withheld=few,
        history=history,
        bought=bought[0] if bought else 0,
        purchases=[Purchase(*each) for each in bought[1]] if bought else None,
    )


def _now(
    model: ModelVersion, run: ScoringRun, own: SegmentOfRun, other: SegmentOfRun | None, confidence: float
) -> PastSegment:
    rank = percentile(confidence, own.counts.confidence.get("percentiles", []))
    return PastSegment(
        version=model.id, as_of=run.as_of, created_at=run.created_at, slug=own.identity.slug, name=own.identity.name,
        colour=own.identity.colour, confidence=confidence, percentile=rank,
        word=confidence_word(confidence, rank, borderline_under(model.algorithm)),
        runner_up=other.identity.name if other else None, moved=False,
    )  # fmt: skip


def _history(session: Session, dataset_id: int, customer_id: int) -> list[PastSegment]:
    found = segments_over_time(session, dataset_id, customer_id, MOST_RUNS)
    told = []
    for at, row in enumerate(found):
        rank = percentile(row.confidence, (row.distribution or {}).get("percentiles", []))
        before = found[at + 1] if at + 1 < len(found) else None
        told.append(
            PastSegment(
                version=row.version, as_of=row.as_of, created_at=row.created_at, slug=row.slug, name=row.name,
                colour=row.colour, confidence=row.confidence, percentile=rank,
                word=confidence_word(row.confidence, rank, borderline_under(row.algorithm)), runner_up=row.runner_up,
                moved=before is not None and before.slug != row.slug,
            )
        )  # fmt: skip
    return told


def _reasons(
    session: Session,
    settings: Settings,
    dataset: Dataset,
    model: ModelVersion,
    run: ScoringRun,
    attributes: Sequence[Attribute],
    row: Mapping[str, Any],
    own: SegmentOfRun,
    other: SegmentOfRun,
) -> list[Reason]:
    """What every feature does for this customer; none where the model cannot be loaded or they are in no segment."""
    if own.segment.label < 0 or other.segment.label < 0:
        return []
    try:
        bundle = load_bundle(session, settings, dataset.slug, model).at(run.as_of)
    except ArtifactError:
        return []
    kinds = {each.name: each.kind for each in attributes if each.name in bundle.inputs}
    needed = {name: row[name] for name in ("customer_id", "customer_key", *kinds)}
    frame = typed_frame([needed], kinds)
    values = bundle.pipeline.named_steps["derive"].transform(frame)
    label, runner_up = np.array([own.segment.label]), np.array([other.segment.label])
    X, centres = prepare(bundle, frame), centroids(bundle)
    return reasons(bundle.features, bundle.feature_names, values, X, centres, label, runner_up)[0]


def _value(
    attribute: Attribute, used: bool, value: Any, own: SegmentProfile | None, everyone: SegmentProfile | None
) -> AttributeValue:
    if attribute.kind == "flag" and value is not None:
        value = bool(value)
    return AttributeValue(
        name=attribute.name, label=attribute.label, kind=attribute.kind, unit=attribute.unit,
        sensitive=attribute.sensitive, used=used, value=value,
        typical=_typical(attribute.kind, value, own), everyone=_typical(attribute.kind, value, everyone),
        beyond=_beyond(attribute.kind, value, own),
    )  # fmt: skip


def _beyond(kind: str, value: Any, row: SegmentProfile | None) -> str | None:
    """Whether a number lies outside of the middle nine tenths of the members."""
    if kind != "number" or value is None or row is None or not row.quantiles:
        return None
    if value > row.quantiles["0.95"]:
        return "above"
    return "below" if value < row.quantiles["0.05"] else None


def _typical(kind: str, value: Any, row: SegmentProfile | None) -> float | str | None:
    """The median, or the share that has what this customer has."""
    if row is None:
        return None
    if kind in ("number", "date"):
        median = (row.quantiles or {}).get("0.5")
        return None if median is None else median if kind == "date" else float(median)
    if value is None or isinstance(value, datetime):
        return None
    level = ("yes" if value else "no") if kind == "flag" else str(value)
    return next((float(each["share"]) for each in row.levels or [] if each["level"] == level), None)
