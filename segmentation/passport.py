"""The passport of a model version: on one page what its segments rest on, what they are for, and what they are not.

A model card for marketers. `document` makes it of stored rows alone; its parts are described in ``docs/passport.md``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.models import Dataset, ImportBatch, ModelVersion, Recipe, ScoringRun
from segmentation import trust
from segmentation.criteria import Standing
from segmentation.effects import Effect
from segmentation.findings import STALE
from segmentation.inputs import Gap
from segmentation.modelling.stability import READY
from segmentation.segment_views import SegmentSummary, algorithm_label, recipe_label
from segmentation.withholding import FEW, too_few
from segmentation.wording import count_word, customers, listed, lowered, percent

SCHEMA = "kindred.passport/1"
FOR = (
    "Choosing whom to address with one message: by the segments below.",
    "Describing who the customers are, and watching how many belong to each segment over time.",
)
NOT_FOR = (
    "Decisions about a single person, such as a price, a credit or a contract.",
    "Customers unlike those described under Data.",
    "Predicting what a campaign brings: a segment says who people are, not what a message will change.",
)


@dataclass(frozen=True)
class Facts:
    """What is stored of a version. ``standings`` and ``rules`` by segment id; ``dependence`` None when not measured."""

    dataset: Dataset
    model: ModelVersion
    recipe: Recipe
    run: ScoringRun
    batches: Sequence[ImportBatch]
    segments: Sequence[SegmentSummary]
    standings: Mapping[int, Standing]
    rules: Mapping[int, Mapping[str, Any]]
    effects: Sequence[Effect]
    in_use: bool
    promoted_at: datetime | None
    dependence: Mapping[str, Any] | None
    gaps: Sequence[Gap] = ()


def document(facts: Facts) -> dict[str, Any]:
    """The passport as JSON: every figure is one that is stored, nothing is computed over customers.

    Returns
    -------
    dict
        ``schema`` (``kindred.passport/1``) changes when a key is renamed or removed, not when one is added.
    """
    model = facts.model
    return {
        "schema": SCHEMA,
        "version": model.id,
        "dataset": {"slug": facts.dataset.slug, "name": facts.dataset.name, "currency": facts.dataset.currency},
        "created_at": _iso(model.created_at),
        "created_by": model.created_by,
        "duration_s": model.duration_s,
        "in_use": facts.in_use,
        "promoted_at": _iso(facts.promoted_at),
        "parent": model.parent_id,
        "purpose": {"for": list(FOR), "not_for": list(NOT_FOR)},
        "data": _data(facts),
        "recipe": _recipe(facts),
        "algorithm": _algorithm(model),
        "number_of_segments": {
            "k": model.k, "reason": model.reason, "note": model.note, "selection": model.selection,
        },
        "verdict": _verdict(facts),
        "stability": model.stability,
        "metrics": model.metrics,
        "effects": [vars(effect) for effect in facts.effects],
        "segments": [_segment(each, facts) for each in facts.segments],
        "surrogate": (model.explanation or {}).get("surrogate"),
        "sensitive": _sensitive(facts),
        "limits": limits(facts),
        "seed": model.seed,
        "libraries": model.libraries,
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _data(facts: Facts) -> dict[str, Any]:
    model, run = facts.model, facts.run
    inputs = [told for told in model.preparation if not told["excluded"]]
    missing = sum(told["missing"] for told in inputs)
    return {
        "customers": model.customers,
        "as_of": model.as_of.isoformat(),
        "state": model.dataset_state,
        "files": [
            {"batch": b.id, "file": b.file_name, "sha256": b.sha256, "kind": b.kind, "rows": b.rows_read,
             "rejected": b.rejected, "received_at": _iso(b.created_at), "by": b.created_by}
            for b in facts.batches
        ],
        "missing_values": missing,
        "missing_share": missing / (len(inputs) * model.customers) if inputs and model.customers else None,
        "described": {
            "run": run.id, "customers": run.customers, "as_of": run.as_of.isoformat(),
            "scored_at": _iso(run.created_at), "borderline": run.borderline, "value": run.value,
        },
    }  # fmt: skip


def _recipe(facts: Facts) -> dict[str, Any]:
    model, recipe = facts.model, facts.recipe
    return {
        "name": recipe.name,
        "label": recipe_label(recipe),
        "version": recipe.version,
        "plain": bool(model.parameters.get("plain")),
        "inputs": [told for told in model.preparation if not told["excluded"]],
        "left_out": [
            {"feature": told["feature"], "label": told["label"], "reason": told["excluded"]}
            for told in model.preparation
            if told["excluded"]
        ],
    }


def _algorithm(model: ModelVersion) -> dict[str, Any]:
    return {
        "name": model.algorithm,
        "label": algorithm_label(model.algorithm),
        "parameters": model.parameters,
    }


def _verdict(facts: Facts) -> dict[str, Any]:
    model = facts.model
    labels = {told["feature"]: told["label"] for told in model.preparation}
    real = trust.reality_finding(model.reality_check, labels, model.k, model.metrics)
    steady = trust.stability_finding([s for s in facts.segments if not s.unassigned], model.stability)
    gate = trust.gate_finding([facts.standings[s.id].why_not for s in facts.segments if not s.unassigned])
    unreal = next((each.unreal for each in facts.standings.values()), None)
    return {
        "real": {"level": real.level, "title": real.title, "text": real.text},
        "stable": {"level": steady.level, "title": steady.title, "text": steady.text},
        "ready": {"level": gate.level, "title": gate.title, "text": gate.text},
        "in_use": trust.in_use_words(model.reality_check, model.k, model.metrics) or None,
        "passed": unreal is None,
        "why_not": unreal,
        "reality_check": model.reality_check,
    }


def _segment(segment: SegmentSummary, facts: Facts) -> dict[str, Any]:
    standing = facts.standings[segment.id]
    withheld = too_few(segment.customers)
    rule = facts.rules.get(segment.id)
    return {
        "name": segment.name,
        "slug": segment.slug,
        "colour": segment.colour,
        "unassigned": segment.unassigned,
        "size": segment.customers,
        "share": segment.share,
        "value": segment.value,
        "value_share": segment.value_share,
        "borderline": segment.borderline,
        "stability": segment.stability,
        "stability_word": segment.stability_word,
        "description": segment.description,
        "withheld": withheld,
        "features": [{**each.as_json(), "label": each.full_label} for each in segment.top_features],
        "rule": None if withheld or rule is None else dict(rule),
        "criteria": [each.as_json() for each in standing.criteria],
        "ready": standing.why_not is None,
        "why_not": standing.why_not,
        "strategy": standing.play.as_json() if standing.play else None,
    }


def _sensitive(facts: Facts) -> dict[str, Any]:
    used = [told for told in facts.model.preparation if told["sensitive"] and not told["excluded"]]
    return {
        "inputs": [{"feature": told["feature"], "label": told["label"]} for told in used],
        "dependence": dict(facts.dependence) if facts.dependence else None,
    }


def limits(facts: Facts) -> list[str]:
    """What to keep in mind, in sentences, from what was measured of this very version."""
    model, run = facts.model, facts.run
    as_of = f"{run.as_of.day} {run.as_of:%b %Y}"
    told = [f"It describes {customers(run.customers)} as of {as_of}; customers change, so score them again."]
    if facts.dataset.state != run.dataset_state:
        told.append(f"The customers changed since they were assigned. {STALE}")
    standing = next(iter(facts.standings.values()), None)
    if standing is not None and standing.unreal:
        told.append(f"A way to divide rather than groups that were found: {standing.unreal}.")
    shaky = [s.name for s in facts.segments if s.stability is not None and s.stability < READY]
    if shaky:
        told.append(f"Do not act on {listed(shaky)} alone: found again in less than {percent(READY)} of itself.")
    if "by_hand" in model.parameters:
        made = [f"“{s.name}”" for s in facts.segments if s.stability is None and not s.unassigned]
        told.append(f"{model.parameters['by_hand']} Whether {listed(made)} come back was not checked: train again.")
    if run.borderline:
        share = percent(run.borderline / run.customers)
        told.append(f"{customers(run.borderline)} ({share}) sit on a border: their segment is a guess.")
    if model.stability and model.stability["rows"] < model.customers:
        told.append(
            f"Stability and the criteria for the number of segments were measured on a sample of "
            f"{model.stability['rows']:,} customers (seed {model.seed})."
        )
    clipped = [entry for entry in model.preparation if entry.get("clipped")]
    if clipped:
        which = f"{count_word(len(clipped))} input{'s' * (len(clipped) != 1)}"
        told.append(f"Extreme values of {which} count as the 0.5% or 99.5% value; nobody is left out.")
    sensitive = [lowered(entry["label"]) for entry in model.preparation if entry["sensitive"] and not entry["excluded"]]
    if sensitive:
        told.append(f"It uses {listed(sensitive)}: check that you may, before messages differ by it.")
    told += [*model.parameters.get("warnings", []), *(gap.sentence for gap in facts.gaps)]
    surrogate = (model.explanation or {}).get("surrogate")
    if surrogate and surrogate["summary_only"]:
        told.append("The rules are a summary: no other method tells the segments apart in 90%.")
    few = [s.name for s in facts.segments if too_few(s.customers) and not s.unassigned]
    if few:
        told.append(f"{listed(few)}: fewer than {FEW} people, not described, since that would describe persons.")
    return told
