"""One segment of a run, with everything its page tells, read from what was stored at scoring time."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from db.models import Dataset, ModelVersion, ScoringRun, SegmentProfile
from db.queries import profiles as profile_queries
from db.queries import segments as segment_queries
from db.queries.datasets import attributes_of
from db.queries.movement import identities_by_segment
from db.queries.segments import SegmentOfRun
from segmentation import portrait_pictures, portraits, trust
from segmentation.effects import effects
from segmentation.members import Members, members_table
from segmentation.movement import Known, movement
from segmentation.profiles import ProfileRow
from segmentation.rules import Rule
from segmentation.segment_views import ModelFacts, SegmentDetail, SegmentSummary, ratio
from segmentation.services.run_reading import Rows, RunRead, sentence, stale_since
from segmentation.services.standing import standings
from segmentation.withholding import too_few


def _whole(rows: Sequence[SegmentProfile]) -> Rows:
    names = [name for name in ProfileRow.__dataclass_fields__ if name not in ("segment_label", "role")]
    return {
        row.attribute: ProfileRow(segment_label=row.segment_id, **{name: getattr(row, name) for name in names})
        for row in rows
    }


def segment_detail(session: Session, dataset: Dataset, read: RunRead, own: SegmentOfRun) -> SegmentDetail:
    """Everything about one segment of a run; of fewer than 10 members nothing but the counts and the gate."""
    run, summaries = read.run, read.summaries()
    summary = next(each for each in summaries if each.id == own.segment.id)
    model = session.get_one(ModelVersion, run.model_version_id)
    recipe = segment_queries.recipe_of(session, model.id)
    facts = ModelFacts.of(model, recipe)
    counts = {
        "summary": summary,
        "segments": summaries,
        "population": run.customers,
        "population_value_per_customer": ratio(run.value, run.customers),
        **_previous(session, run, own, summaries),
        "reality": trust.verdict_words(model.reality_check),
        "in_use": trust.in_use_words(model.reality_check, model.k, model.metrics),
        "standing": standings(session, model, read)[own.segment.id],
        "model": facts,
        "stale_since": stale_since(dataset, run),
    }
    if too_few(summary.customers):
        nothing = Members([], pd.DataFrame())
        return SegmentDetail(
            **counts, neighbour=None, withheld=True, sentence=sentence(summary.customers, []), features=[],
            distribution=None, lifts=[], lifts_title="", typical=nothing, border=nothing, profile=pd.DataFrame(),
        )  # fmt: skip
    everyone = _whole(profile_queries.profiles_of_everyone(session, run.id))
    rows = _whole(profile_queries.profiles_of_segment(session, run.id, summary.id))
    neighbour = _neighbour(read.profiles, summary, summaries)
    its_rows = _whole(profile_queries.profiles_of_segment(session, run.id, neighbour.id)) if neighbour else None
    features = portraits.distinctions(rows, everyone)
    lifts = portrait_pictures.lifts(rows, everyone)
    attributes = attributes_of(session, dataset.id)
    spec = recipe.spec if recipe else {}
    names = {each.id: each.name for each in summaries}
    sure, typical, border = own.counts.confidence.get("percentiles", []), own.counts.typical, own.counts.border
    shown = list(dict.fromkeys([*typical, *border]))
    members = members_table(session, dataset, attributes, run, spec, shown, features, names, sure)
    return SegmentDetail(
        **counts,
        neighbour=neighbour,
        withheld=False,
        sentence=sentence(summary.customers, features),
        features=portraits.with_neighbour(features, its_rows) if its_rows else features,
        distribution=portrait_pictures.distribution(rows, everyone, features),
        lifts=lifts,
        lifts_title=portrait_pictures.lifts_title(lifts),
        typical=members.only(typical),
        border=members.only(border),
        profile=portraits.table(rows, everyone, its_rows),
        rule=rule_of(model, own.segment.label),
        summary_only=summary_only(model),
        effects={each.attribute: each for each in effects(read.profiles)},
    )


def rule_of(model: ModelVersion, label: int) -> Rule | None:
    """The rule stored for a label; None where none was looked for."""
    told = (model.explanation or {}).get("rules", [])
    return next((Rule.of(rule) for rule in told if rule["label"] == label), None)


def summary_only(model: ModelVersion) -> bool | None:
    """Whether even the best classifier tells the segments apart in fewer than 90 %; None where none was tried."""
    surrogate = (model.explanation or {}).get("surrogate")
    return surrogate["summary_only"] if surrogate else None


def _neighbour(
    profiles: Mapping[int | None, Rows], summary: SegmentSummary, summaries: Sequence[SegmentSummary]
) -> SegmentSummary | None:
    """The segment whose averages lie nearest; none under 10 members."""
    others = [
        each
        for each in summaries
        if each.id != summary.id and not too_few(each.customers) and each.id in profiles and not each.unassigned
    ]
    if not others or summary.id not in profiles:
        return None
    own, everyone = profiles[summary.id], profiles[None]
    apart = {each.id: portraits.distance(own, profiles[each.id], everyone) for each in others}
    return min(others, key=lambda each: (apart[each.id], each.position))


def _previous(
    session: Session, run: ScoringRun, own: SegmentOfRun, summaries: Sequence[SegmentSummary]
) -> dict[str, Any]:
    """The same segment in the run before, and who came and went since."""
    before = segment_queries.run_before(session, run)
    of_before = segment_queries.segments_of_run(session, before.id) if before else []
    same = next((each.counts for each in of_before if each.identity.id == own.identity.id), None)
    told: dict[str, Any] = {
        "previous_customers": same.customers if same else None,
        "previous_value_share": ratio(same.value, before.value)
        if same and before and not too_few(same.customers)
        else None,
    }
    if before is not None and run.moves is not None and run.moves["before"] == before.id:
        flows = [(start, end, n) for start, end, n in run.moves["flows"]]
        ids = {i for start, end, _ in flows for i in (start, end) if i is not None}
        found = identities_by_segment(session, ids)
        known = {i: Known(each.id, each.name, each.slug, each.colour) for i, each in found.items()}
        told["movement"] = movement(
            flows, own.identity.id, known, before=before.created_at, then=same.customers if same else 0,
            here={each.slug for each in summaries},
        )  # fmt: skip
    return told
