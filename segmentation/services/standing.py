"""Where the segments of a run stand: the five tests, the gate, and the verdict on all of them, from what is stored."""

from sqlalchemy.orm import Session

from db.models import ModelVersion
from db.queries.datasets import attributes_of
from db.queries.strategies import plays_of
from segmentation.criteria import Play, Size, Standing, criteria, reality_passed, why_not_ready
from segmentation.findings import Finding
from segmentation.identity import UNASSIGNED_COLOUR
from segmentation.segment_views import ratio
from segmentation.services.run_reading import RunRead
from segmentation.trust import gate_finding, reality_finding, stability_finding
from segmentation.withholding import too_few


def standings(session: Session, model: ModelVersion, read: RunRead) -> dict[int, Standing]:
    """The standing of every segment of a run, by segment id; of fewer than 10 members only the gate is told.

    Those in no segment are none: no test is made of them, and no play is ready.
    """
    roles = {attribute.name: attribute.role for attribute in attributes_of(session, model.dataset_id)}
    plays = plays_of(session, [each.identity.id for each in read.segments])
    unreal = reality_passed(model.reality_check, model.metrics, model.k)
    everyone = read.profiles.get(None, {})
    found = {}
    for segment, identity, counts in read.segments:
        size = Size(
            counts.customers, ratio(counts.customers, read.run.customers) or 0.0, ratio(counts.value, read.run.value)
        )
        why_not = why_not_ready(size, segment.stability, unreal)
        stored = plays.get(identity.id)
        play = Play(stored.objective, stored.owner, stored.status, why_not) if stored else None
        if identity.colour == UNASSIGNED_COLOUR:
            found[segment.id] = Standing([], play, "these customers are in no segment", unreal)
            continue
        rows = read.profiles.get(segment.id, {})
        tests = criteria(rows, everyone, roles, size, segment.stability, play) if not too_few(counts.customers) else []
        found[segment.id] = Standing(tests, play, why_not, unreal)
    return found


def trust_of_run(session: Session, model: ModelVersion, read: RunRead) -> list[Finding]:
    """Whether the segments of a run are real, come back, and may have a play."""
    segments = [each for each in read.summaries() if not each.unassigned]
    standing = standings(session, model, read)
    return [
        reality_finding(
            model.reality_check,
            {told["feature"]: told["label"] for told in model.preparation},
            model.k,
            model.metrics,
        ),
        stability_finding(segments, model.stability),
        gate_finding([standing[each.id].why_not for each in segments]),
    ]
