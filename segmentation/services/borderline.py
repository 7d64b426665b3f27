"""Members of a segment to look at twice: on a border, with what pulls them over, and far from every segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from db.customers import customers_table
from db.models import Attribute, Dataset, ModelVersion, ScoringRun
from db.queries.datasets import attributes_of
from db.queries.profiles import assignments_by_id, customers_by_id
from db.queries.segments import SegmentOfRun, champion_of, newest_run, segments_of_run
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import ArtifactError
from segmentation.lookups import require_dataset
from segmentation.members import typed_frame
from segmentation.reasons import Reason, reasons
from segmentation.scoring import borderline_under, centroids, prepare
from segmentation.services.bundles import load_bundle
from segmentation.services.profiles import require_segment
from segmentation.withholding import too_few

__all__ = ["BorderMember", "BorderlineService", "Doubtful", "UnusualMember"]

SHOWN = 8


@dataclass(frozen=True)
class BorderMember:
    """A member who might as well be in the runner-up.

    ``elsewhere`` is the share of the stability refits that put them into another segment, None where the refits did
    not look at them or put them there in 20 % or less; ``pulls`` what makes the runner-up nearer than it would be, the
    strongest first.
    """

    customer_key: str
    confidence: float
    runner_up: str | None
    runner_up_slug: str | None
    runner_up_colour: int | None
    elsewhere: float | None
    pulls: list[Reason]


@dataclass(frozen=True)
class UnusualMember:
    """A member far from every segment: ``times`` as far from the nearest centre as the median member.

    ``features`` has feature, label, unit, kind, value, share and usual of what makes most of the distance.
    """

    customer_key: str
    times: float | None
    features: list[dict[str, Any]]


@dataclass(frozen=True)
class Doubtful:
    """Both lists of a segment, the most doubtful first, and how many there are.

    ``near`` counts who has a confidence under `limit`; ``often`` who, of `sampled` members, was in another segment in
    more than 20 % of the refits (None: there were no refits). ``kinds`` is the kind of every input, by name.
    """

    border: list[BorderMember]
    near: int
    limit: float
    often: int | None
    sampled: int
    unusual: list[UnusualMember]
    unusual_count: int
    kinds: dict[str, str]


class BorderlineService:
    """Reads what a run kept of its doubtful members; computes on a few dozen customers."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def members(self, slug: str, segment_slug: str) -> Doubtful:
        """The doubtful members of a segment in the newest run of the version in use.

        Of a segment under 10 members nobody is told.

        Raises
        ------
        NotFoundError
            There is no such dataset, no model yet, or no such segment.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            model = champion_of(session, dataset.id)
            run = newest_run(session, model.id) if model else None
            segments = segments_of_run(session, run.id) if run else []
            own = require_segment(segments, slug, segment_slug)
            assert model is not None
            assert run is not None
            kept = run.unusual or {}
            between, unusual = kept.get("between"), kept.get("unusual") or {}
            limit, key = borderline_under(model.algorithm), str(own.segment.id)
            few = too_few(own.counts.customers)
            return Doubtful(
                border=[] if few else self._border(session, dataset, model, run, segments, own, between, limit),
                near=own.counts.borderline,
                limit=limit,
                often=between["customers"].get(key, 0) if between else None,
                sampled=between["sampled"].get(key, 0) if between else 0,
                unusual=[] if few else self._unusual(session, dataset, model, own, unusual),
                unusual_count=unusual.get("by_label", {}).get(key, 0),
                kinds={told["feature"]: told["kind"] for told in model.preparation},
            )

    def _border(
        self,
        session: Session,
        dataset: Dataset,
        model: ModelVersion,
        run: ScoringRun,
        segments: Sequence[SegmentOfRun],
        own: SegmentOfRun,
        between: dict[str, Any] | None,
        limit: float,
    ) -> list[BorderMember]:
        elsewhere = {
            each["customer_id"]: each["elsewhere"]
            for each in (between or {}).get("top", [])
            if each["segment_id"] == own.segment.id
        }
        ids = list(dict.fromkeys([*own.counts.border, *elsewhere]))
        assigned = {each.customer_id: each for each in assignments_by_id(session, run.id, ids)}
        ids = [i for i in ids if i in assigned and (assigned[i].confidence < limit or i in elsewhere)]
        ids = sorted(ids, key=lambda i: (-elsewhere.get(i, 0.0), assigned[i].confidence, i))[:SHOWN]
        attributes = attributes_of(session, dataset.id)
        known = {each.segment.id: each for each in segments}
        labels = {each.segment.id: each.segment.label for each in segments}
        runner_ups = [labels.get(assigned[i].runner_up_id or 0, -1) for i in ids]
        pulls = self._pulls(session, dataset, model, run, attributes, ids, own.segment.label, runner_ups)
        keys = _keys(session, dataset, ids)
        members = []
        for i in ids:
            other = known.get(assigned[i].runner_up_id or 0)
            if i in keys:
                members.append(
                    BorderMember(
                        customer_key=keys[i],
                        confidence=assigned[i].confidence,
                        runner_up=other.identity.name if other else None,
                        runner_up_slug=other.identity.slug if other else None,
                        runner_up_colour=other.identity.colour if other else None,
                        elsewhere=elsewhere.get(i),
                        pulls=[reason for reason in pulls.get(i, []) if reason.pull < 0],
                    )
                )
        return members

    def _pulls(
        self,
        session: Session,
        dataset: Dataset,
        model: ModelVersion,
        run: ScoringRun,
        attributes: Sequence[Attribute],
        ids: list[int],
        label: int,
        runner_ups: list[int],
    ) -> dict[int, list[Reason]]:
        """What every feature does, by customer; empty where the model cannot be loaded."""
        try:
            bundle = load_bundle(session, self._settings, dataset.slug, model).at(run.as_of)
        except ArtifactError:
            return {}
        stored = {attribute.name: attribute.kind for attribute in attributes}
        needed = [name for name in bundle.inputs if name in stored]
        rows = customers_by_id(session, customers_table(dataset.slug, attributes), ids, needed)
        frame = typed_frame(rows, {name: stored[name] for name in needed})
        place = {i: at for at, i in enumerate(ids)}
        found = frame.index.tolist()
        values = bundle.pipeline.named_steps["derive"].transform(frame)
        told = reasons(
            bundle.features, bundle.feature_names, values, prepare(bundle, frame), centroids(bundle),
            np.full(len(found), label), np.array([runner_ups[place[i]] for i in found], dtype=np.int64),
        )  # fmt: skip
        return dict(zip(found, told, strict=True))

    def _unusual(
        self, session: Session, dataset: Dataset, model: ModelVersion, own: SegmentOfRun, kept: dict[str, Any]
    ) -> list[UnusualMember]:
        mine = [each for each in kept.get("top", []) if each["segment_id"] == own.segment.id]
        keys = _keys(session, dataset, [each["customer_id"] for each in mine])
        labels = {told["feature"]: told for told in model.preparation}
        return [
            UnusualMember(
                customer_key=keys[each["customer_id"]],
                times=each["times"],
                features=[
                    {
                        **feature,
                        "label": labels.get(feature["feature"], {}).get("label", feature["feature"]),
                        "unit": labels.get(feature["feature"], {}).get("unit"),
                        "kind": labels.get(feature["feature"], {}).get("kind", "number"),
                    }
                    for feature in each["features"]
                ],
            )
            for each in mine
            if each["customer_id"] in keys
        ][:SHOWN]


def _keys(session: Session, dataset: Dataset, ids: Sequence[int]) -> dict[int, str]:
    """The users' own ids of customers, by ours; one who was erased is absent."""
    rows = customers_by_id(session, customers_table(dataset.slug, []), ids, [])
    return {row["customer_id"]: row["customer_key"] for row in rows}
