"""A few customers shown as examples: looked up by id, with the values of what distinguishes their segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from db.customers import customers_table
from db.models import Attribute, Dataset, ModelVersion, ScoringRun
from db.queries.profiles import assignments_by_id, customers_by_id
from segmentation.features.expressions import attributes_of, evaluate
from segmentation.portraits import Distinction
from segmentation.scoring import borderline_under
from segmentation.simulator import confidence_word, percentile

COLUMNS = 3


@dataclass(frozen=True)
class MemberColumn:
    """A column of a table of members."""

    name: str
    label: str
    kind: str
    unit: str | None


@dataclass(frozen=True)
class Members:
    """Members of a segment.

    ``rows`` has customer_key, one column per entry of ``columns``, confidence, percentile, word, runner_up.
    ``percentile`` is the whole percentage of the segment's members who are less sure of it, ``word`` clear, leaning or
    borderline; both None where the confidence is unknown.
    """

    columns: list[MemberColumn]
    rows: pd.DataFrame

    def only(self, ids: Sequence[int]) -> "Members":
        """Those of the customers `ids` that are there, in that order."""
        there = [i for i in ids if i in self.rows.index]
        return Members(self.columns, self.rows.loc[there].reset_index(drop=True))


def members_table(
    session: Session,
    dataset: Dataset,
    attributes: Sequence[Attribute],
    run: ScoringRun,
    spec: Mapping[str, Any],
    ids: Sequence[int],
    features: Sequence[Distinction],
    names: Mapping[int, str],
    percentiles: Sequence[float],
) -> Members:
    """The customers `ids` in that order, rows indexed by id, with three distinguishing features.

    Those that formed the segments come first.

    Parameters
    ----------
    attributes : sequence of Attribute
        Of the dataset.
    spec : mapping
        The recipe as matched: derived features are computed from it at the run's ``as_of``.
    ids : sequence of int
        A customer erased since is left out.
    features : sequence of Distinction
    names : mapping
        Segment id -> name, for the runner-up.
    percentiles : sequence of float
        Of the confidence among the segment's members, 0 to 100.
    """
    stored = {attribute.name: attribute for attribute in attributes}
    expressions = {f["name"]: f["expression"] for f in spec.get("features", []) if f["name"] not in stored}
    shown = [each for each in features if each.attribute in expressions or each.attribute in stored]
    shown = sorted(shown, key=lambda each: not each.used)[:COLUMNS]
    needed = {
        name
        for each in shown
        for name in attributes_of(expressions.get(each.attribute, each.attribute))
        if name in stored
    }
    found = customers_by_id(session, customers_table(dataset.slug, attributes), ids, sorted(needed))
    there = _ids(found)
    frame = typed_frame(found, {name: stored[name].kind for name in needed}).reindex([i for i in ids if i in there])
    rows = pd.DataFrame({"customer_key": frame["customer_key"]}, index=frame.index)
    for each in shown:
        rows[each.attribute] = _values(each, expressions.get(each.attribute, each.attribute), frame, run.as_of)
    assigned = {each.customer_id: each for each in assignments_by_id(session, run.id, ids)}
    known = [assigned.get(i) for i in rows.index]
    rows["confidence"] = np.array([each.confidence if each else np.nan for each in known], dtype=np.float64)
    ranks = [percentile(each.confidence, percentiles) if each else None for each in known]
    rows["percentile"] = pd.Series(ranks, rows.index, dtype=object)
    border = borderline_under(session.get_one(ModelVersion, run.model_version_id).algorithm)
    rows["word"] = [
        confidence_word(each.confidence, rank, border) if each else None
        for each, rank in zip(known, ranks, strict=True)
    ]
    rows["runner_up"] = [names.get(each.runner_up_id or 0) if each else None for each in known]
    columns = [MemberColumn(each.attribute, each.label, each.kind, each.unit) for each in shown]
    return Members(columns, rows)


def _ids(found: list[dict[str, Any]]) -> set[int]:
    return {row["customer_id"] for row in found}


def _values(each: Distinction, expression: Any, frame: pd.DataFrame, as_of: date) -> Any:
    if each.kind in ("category", "date") and isinstance(expression, str):
        return frame[expression]
    return evaluate(expression, frame, as_of)


def typed_frame(found: list[dict[str, Any]], kinds: Mapping[str, str]) -> pd.DataFrame:
    """Rows of the store as a frame with the types a snapshot has."""
    frame = pd.DataFrame(found, columns=["customer_id", "customer_key", *kinds]).set_index("customer_id")
    types = {name: np.float64 if kind in ("number", "flag") else object for name, kind in kinds.items()}
    frame = frame.astype(types)
    for name, kind in kinds.items():
        if kind == "date":
            frame[name] = pd.to_datetime(frame[name])
    return frame
