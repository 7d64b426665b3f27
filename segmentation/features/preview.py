"""What a recipe would make of its columns, seen on a sample of the customers. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from segmentation.features.categories import OTHER
from segmentation.features.checking import column
from segmentation.features.expressions import Expression
from segmentation.features.plan import MOST_MISSING, FeatureBuilder, plan, unusable, useless
from segmentation.features.preparation import preparation, report
from segmentation.features.recipes import AttributeLike, Feature, Match, Recipe, match
from segmentation.features.resolving import Resolver, references
from segmentation.features.sentences import sentence
from segmentation.histograms import count_in, nice_edges

LEVELS = 12  # of a category, shown


@dataclass(frozen=True)
class Column:
    """One feature a recipe has or could have.

    ``feature`` is its entry in the recipe's document, ``on`` whether it is used, ``made_of`` a sentence where it
    is derived. ``missing`` is a share in [0, 1] of all customers (of the sample where derived), ``remark`` why it
    cannot or should not be used, ``possible`` False where it cannot be switched on.
    """

    feature: dict[str, Any]
    kind: str
    role: str
    on: bool
    made_of: str | None
    missing: float
    sensitive: bool
    remark: str | None
    possible: bool = True

    @property
    def name(self) -> str:
        return str(self.feature["name"])

    @property
    def label(self) -> str:
        return str(self.feature["label"])


def columns(
    features: Sequence[dict[str, Any]],
    attributes: Sequence[AttributeLike],
    sample: pd.DataFrame,
    missing: Mapping[str, float],
    as_of: date,
) -> list[Column]:
    """The features of a recipe's document, then every attribute of the dataset that is not among them, switched off.

    Parameters
    ----------
    features : list of dict
        One entry per feature, as `segmentation.features.checking.draft` gives them.
    sample : DataFrame
        Raw attributes of some customers.
    missing : mapping of attribute to share in [0, 1]
        Of all customers.
    """
    resolver = Resolver(attributes, {f["name"]: f["expression"] for f in features})
    resolved = [resolver.resolve(f["expression"], []) for f in features]
    taken = {expression for expression in resolved if isinstance(expression, str)}
    names = {feature["name"] for feature in features}
    rest = [
        {**entry, "name": _free(entry["name"], names), "on": False}
        for attribute in attributes
        if attribute.name not in taken
        for entry in [column(attribute, resolver)]
    ]
    everything = [*features, *rest]
    found = {feature.name: feature for feature in resolve(everything, attributes)}
    known = {attribute.name: attribute for attribute in attributes}
    resolved += [resolver.resolve(entry["expression"], []) for entry in rest]
    labels = {name: known[attribute].label for name, attribute in resolver.by_canonical.items()}
    labels |= {feature["name"]: feature["label"] for feature in features if feature["name"] not in labels}
    return [
        _column(written, found.get(written["name"]), source, known, labels, sample, missing, as_of)
        for written, source in zip(everything, resolved, strict=True)
    ]


def _free(name: str, names: set[str]) -> str:
    return name if name not in names else f"{name[:56]}_column"


def resolve(features: Sequence[dict[str, Any]], attributes: Sequence[AttributeLike]) -> tuple[Feature, ...]:
    """The entries of a recipe's document on a dataset, all switched on; what the dataset lacks is left out."""
    document = tuple({**feature, "on": True} for feature in features)
    return match(Recipe("preview", "", "", document), attributes).features


def _column(
    written: dict[str, Any],
    feature: Feature | None,
    resolved: Expression,
    known: Mapping[str, AttributeLike],
    labels: Mapping[str, str],
    sample: pd.DataFrame,
    missing: Mapping[str, float],
    as_of: date,
) -> Column:
    if feature is None:  # the customer's id, which is no feature whatever is done to it
        named = str(written["expression"])
        attribute = known.get(named)
        role, reason = (attribute.role, unusable(attribute, sample)) if attribute else ("other", "it is not there")
        return Column(written, "text", role, False, None, missing.get(named, 0.0), False, reason, possible=False)
    plain = resolved if isinstance(resolved, str) else None
    values = FeatureBuilder([feature], as_of).transform(sample)[feature.name]
    share = missing.get(plain, 0.0) if plain else float(values.isna().mean()) if len(values) else 0.0
    reason = (unusable(known[plain], sample) if plain else None) or useless(feature, values, 1.0)
    possible = plain is None or known[plain].kind != "text"
    if reason is None and share > MOST_MISSING:
        reason = f"{share:.0%} of the customers have no value: better left out (over {MOST_MISSING:.0%})"
    role = known[plain].role if plain else "derived"
    made_of = None
    if plain is None:
        told = written["expression"] if references(written["expression"]) else feature.expression
        made_of = sentence(told, lambda name: labels.get(name, name))
    return Column(
        written, feature.kind, role, bool(written.get("on", True)) and possible, made_of, share, feature.sensitive,
        reason, possible,
    )  # fmt: skip


@dataclass(frozen=True)
class Preview:
    """One feature before and after preparation, on a sample.

    ``before`` and ``after`` are histograms (``edges``, ``counts``, ``below``, ``above``) or, of a category or flag,
    ``levels`` with ``counts``; ``told`` is what `segmentation.features.preparation.report` says of it, ``rare`` the
    levels that became Other. ``problem`` is why there is no "after".
    """

    feature: Feature
    customers: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    told: dict[str, Any]
    rare: list[str]
    problem: str | None = None


def preview(
    feature: Feature, attributes: Sequence[AttributeLike], sample: pd.DataFrame, as_of: date, seed: int
) -> Preview:
    """Prepare one feature as training would, on a sample.

    Raises
    ------
    TrainingError
        The logarithm of negative values was asked for.
    """
    planned = plan(Match(Recipe("preview", "", "", ()), (feature,), ()), attributes, sample, as_of)
    if not planned.features:
        reason = planned.excluded[0]["excluded"]
        return Preview(feature, len(sample), None, None, planned.excluded[0], [], reason)
    prepare = preparation(planned.features, seed=seed, plain=False)
    X = prepare.fit_transform(planned.values)
    told = report(planned, prepare)[0]
    values = planned.values[feature.name]
    if feature.kind == "category":
        before, after, rare = _levels(values, told["levels"])
        return Preview(feature, len(sample), before, after, told, rare)
    known = np.sort(values.dropna().to_numpy(dtype=np.float64))
    if feature.kind == "flag":
        counts = [int((known == 0).sum()), int((known != 0).sum())]
        return Preview(feature, len(sample), {"levels": ["No", "Yes"], "counts": counts}, None, told, [])
    return Preview(feature, len(sample), _histogram(known), _histogram(np.sort(X[:, 0])), told, [])


def _histogram(ordered: np.ndarray) -> dict[str, Any] | None:
    edges = nice_edges(ordered)
    return None if edges is None else count_in(ordered, edges)


def _levels(values: pd.Series, levels: list[str]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The most frequent levels, the levels as they are used, and those merged into Other."""
    counts = values.value_counts()
    counts.index = counts.index.map(str)
    after = {level: int(counts.get(level, 0)) for level in levels if level != OTHER}
    rare = [level for level in counts.index if level not in after]
    if rare:
        after[OTHER] = int(counts[rare].sum())
    shown = counts.head(LEVELS)
    before = {"levels": [str(level) for level in shown.index], "counts": [int(count) for count in shown]}
    return before, {"levels": list(after)[:LEVELS], "counts": list(after.values())[:LEVELS]}, rare
