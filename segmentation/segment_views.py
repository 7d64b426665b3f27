"""What the profile service answers with: the overview, a segment, the map. Figures and words, no table rows."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

import numpy as np
import pandas as pd

from db.models import ModelVersion, Recipe, ScoringRun
from segmentation.criteria import Play, Standing
from segmentation.effects import Effect
from segmentation.features.recipes import recipes
from segmentation.findings import Finding, NextStep, silhouette_word
from segmentation.identity import UNASSIGNED_COLOUR
from segmentation.members import Members
from segmentation.modelling.algorithms import ALGORITHMS
from segmentation.modelling.stability import stability_word
from segmentation.movement import Movement
from segmentation.portrait_pictures import Distribution, LevelLift
from segmentation.portraits import Distinction
from segmentation.rules import Rule
from segmentation.scoring import BORDERLINE


@dataclass(frozen=True)
class SegmentSummary:
    """One segment in the champion's newest run; shares in [0, 1].

    Value is None where the dataset has none, and of fewer than 10 members.
    """

    id: int
    slug: str
    name: str
    auto_name: str
    colour: int
    position: int
    customers: int
    share: float
    value: float | None
    value_share: float | None
    value_per_customer: float | None
    borderline: int
    stability: float | None
    description: str
    top_features: list[Distinction]

    @property
    def unassigned(self) -> bool:
        """Those in no segment: counted and shown, never told of as one."""
        return self.colour == UNASSIGNED_COLOUR

    @property
    def stability_word(self) -> str | None:
        return stability_word(self.stability)

    def as_json(self, version: int | None, play: Play | None = None) -> dict[str, Any]:
        """The segment as ``kindred segments`` prints it, with what is done for it."""
        return {
            "name": self.name,
            "slug": self.slug,
            "auto_name": self.auto_name,
            "version": version,
            "size": self.customers,
            "share": self.share,
            "value": self.value,
            "value_share": self.value_share,
            "stability": self.stability,
            "stability_word": self.stability_word,
            "top_features": [feature.as_json() for feature in self.top_features],
            "strategy": play.as_json() if play else None,
            "description": self.description,
        }


@dataclass(frozen=True)
class ModelFacts:
    """The champion, as the overview tells of it."""

    version: int
    recipe: str
    recipe_label: str
    algorithm: str
    algorithm_label: str
    k: int
    as_of: date
    created_at: datetime
    created_by: str
    customers: int
    reason: str
    metrics: dict[str, Any]
    silhouette: float | None
    silhouette_word: str | None
    reality: dict[str, Any] | None
    stability: dict[str, Any] | None

    @classmethod
    def of(cls, model: ModelVersion, recipe: Recipe | None) -> Self:
        silhouette = model.metrics.get("silhouette")
        return cls(
            version=model.id,
            recipe=recipe.name if recipe else "",
            recipe_label=recipe_label(recipe),
            algorithm=model.algorithm,
            algorithm_label=algorithm_label(model.algorithm),
            k=model.k,
            as_of=model.as_of,
            created_at=model.created_at,
            created_by=model.created_by,
            customers=model.customers,
            reason=model.reason,
            metrics=model.metrics,
            silhouette=silhouette,
            silhouette_word=silhouette_word(silhouette),
            reality=model.reality_check,
            stability=model.stability,
        )


@dataclass(frozen=True)
class RunFacts:
    """Totals of one scoring run; ``unusual`` counts customers far from every segment by the id of theirs, as text."""

    id: int
    version: int
    as_of: date
    created_at: datetime
    customers: int
    value: float | None
    value_per_customer: float | None
    borderline: int
    borderline_share: float
    unusual: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, run: ScoringRun) -> Self:
        return cls(
            id=run.id,
            version=run.model_version_id,
            as_of=run.as_of,
            created_at=run.created_at,
            customers=run.customers,
            value=run.value,
            value_per_customer=ratio(run.value, run.customers),
            borderline=run.borderline,
            borderline_share=ratio(run.borderline, run.customers) or 0.0,
            unusual=((run.unusual or {}).get("unusual") or {}).get("by_label", {}),
        )


@dataclass(frozen=True)
class Overview:
    """The first page. Without a model ``model``, ``run`` and ``previous`` are None and ``segments`` is empty.

    ``customers`` counts the stored ones; ``stale_since`` is the last change of the customers, if the newest
    run is older.
    ``trust`` holds the findings on whether the groups are real, come back, and may have a play, in this order.
    """

    slug: str
    name: str
    currency: str | None
    description: str
    is_sample: bool
    customers: int
    model: ModelFacts | None
    run: RunFacts | None
    previous: RunFacts | None
    segments: list[SegmentSummary]
    stale_since: datetime | None
    title: str
    lede: str
    findings: list[Finding]
    next_step: NextStep
    trust: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class SegmentDetail:
    """One segment's page. Of fewer than 10 members nothing but the counts is told: ``withheld`` is True then.

    ``segments`` are all of the run in display order.
    ``previous_customers`` and ``previous_value_share`` are those of the same identity in the run before, None
    where it had no part in it. ``profile`` has the columns of `segmentation.portraits.table`.
    ``reality`` is the verdict of the model's reality check in a few words, ``in_use`` what the segments in use reach
    where another number of them separates better; ``standing`` has the five tests and the gate. ``rule`` describes the
    segment in the units of the file, None where none was looked for; ``summary_only`` says that even the best
    classifier has a macro F1 under 0.90. ``effects`` holds, by attribute, what the segments explain of it.
    ``movement`` is None in the first run, and where it was not counted. ``stale_since`` as of `Overview`.
    """

    summary: SegmentSummary
    segments: list[SegmentSummary]
    neighbour: SegmentSummary | None
    population: int
    population_value_per_customer: float | None
    previous_customers: int | None
    previous_value_share: float | None
    withheld: bool
    sentence: str
    features: list[Distinction]
    distribution: Distribution | None
    lifts: list[LevelLift]
    lifts_title: str
    typical: Members
    border: Members
    profile: pd.DataFrame
    reality: str = "not checked"
    in_use: str = ""
    standing: Standing | None = None
    model: ModelFacts | None = None
    rule: Rule | None = None
    summary_only: bool | None = None
    effects: dict[str, Effect] = field(default_factory=dict)
    movement: Movement | None = None
    stale_since: datetime | None = None


@dataclass(frozen=True)
class MapSegment:
    """A segment as a map needs it."""

    slug: str
    name: str
    colour: int
    customers: int
    borderline: int


@dataclass(frozen=True)
class ProjectionView:
    """The map: ``points`` has the columns customer_key, segment_slug, x, y, z, confidence, customer_id.

    Segments are as displayed. A confidence under ``border`` sits on a border. ``shares`` of the variance has every
    component there is, largest first; None where the version was stored before they were kept. ``colours`` are the
    attributes, and values of categories, that the dots can be coloured by: (what `map_shade` takes, label).
    """

    points: pd.DataFrame
    segments: list[MapSegment]
    components: list[dict[str, Any]]
    shown: int
    customers: int
    border: float = BORDERLINE
    shares: list[float] | None = None
    colours: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class MapShade:
    """What the dots of a map are coloured by: ``values`` in the order of the points, NaN where not known.

    Of a number or date ``kind`` is "number" or "date", values of a date are days since 1970; else it is "flag" and
    they are 0 or 1. ``ends`` are the values under and over which a twentieth of the known dots lie.
    """

    label: str
    kind: str
    values: np.ndarray
    ends: tuple[float, float] | None


def algorithm_label(name: str) -> str:
    """An algorithm as people call it; one that is no longer offered keeps its name."""
    return ALGORITHMS[name].label if name in ALGORITHMS else name


def recipe_label(recipe: Recipe | None) -> str:
    """A recipe as people call it: its own label, or that of the product's recipe of this name."""
    if recipe is None:
        return "unknown"
    shipped = recipes().get(recipe.name)
    return recipe.label or (shipped.label if shipped else recipe.name)


def ratio(part: float | None, whole: float | None) -> float | None:
    """`part` of `whole`; None where either is unknown or there is no whole.

    >>> ratio(1, 4), ratio(None, 4), ratio(1, 0)
    (0.25, None, None)
    """
    return part / whole if part is not None and whole else None
