"""What if: an imagined customer, described by a form, assigned by the champion like any stored one."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from db.models import Dataset, ModelVersion, ScoringRun, SegmentIdentity, SegmentProfile
from db.queries import profiles as profile_queries
from db.queries import segments as segment_queries
from db.queries.datasets import attributes_of
from db.queries.segments import SegmentOfRun
from db.session import Database
from segmentation import simulator
from segmentation.config import Settings
from segmentation.controls import Control, at_median, controls
from segmentation.errors import NotFoundError
from segmentation.inputs import Gap
from segmentation.lookups import require_dataset
from segmentation.modelling.artifacts import ModelBundle
from segmentation.reasons import Reason
from segmentation.scoring import borderline_under
from segmentation.services.bundles import load_bundle
from segmentation.services.gaps import Gaps
from segmentation.services.profiles import require_segment
from segmentation.whatif.limits import Limits, limits
from segmentation.withholding import too_few

__all__ = ["Control", "Opened", "Reason", "Simulated", "SimulationService", "SimulatorForm"]

KEPT = 8  # forms a process remembers


@dataclass(frozen=True)
class SimulatorForm:
    """The inputs of the champion, each set to the median customer."""

    version: int
    recipe: str
    controls: list[Control]
    locked: list[str]  # inputs nobody can influence


@dataclass(frozen=True)
class Simulated:
    """Where the imagined customer is. The runner-up's fields are None with one segment only.

    ``word`` is ``clear``, ``leaning`` or ``borderline``; ``percentile`` the whole percentage of the segment's
    members who are less sure of it, None where it has none; ``point`` the place on the map; ``segments`` how many
    there are; ``algorithm`` what decided; ``values`` every input as it was understood.
    """

    version: int
    segment: str
    slug: str
    colour: int
    confidence: float
    word: str
    percentile: int | None
    runner_up: str | None
    runner_up_slug: str | None
    runner_up_colour: int | None
    point: tuple[float, float, float]
    segments: int
    algorithm: str
    reasons: list[Reason]
    warnings: list[str]
    values: dict[str, Any]


@dataclass(frozen=True)
class Form:
    """What of a run stays the same as long as it is stored and the customers do not change."""

    recipe: str
    controls: list[Control]
    limits: dict[str, Limits]
    everyone: dict[str, SegmentProfile]
    percentiles: dict[int, list[float]]  # of confidence, by segment id
    gaps: list[Gap]


@dataclass(frozen=True)
class Opened:
    """The champion of a dataset with all that its answers need; ``segments`` by label: id and identity."""

    dataset: Dataset
    model: ModelVersion
    run: ScoringRun
    bundle: ModelBundle
    form: Form
    segments: dict[int, tuple[int, SegmentIdentity]]


class SimulationService:
    """Asks the champion about customers who are not stored."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._gaps = Gaps(database, settings)
        self._forms: OrderedDict[tuple[int, str, str], Form] = OrderedDict()
        self._lock = Lock()

    def form(self, slug: str, segment: str | None = None) -> SimulatorForm:
        """The form of a dataset's champion, set to the median customer of everyone or of one segment (its slug).

        Of a segment under 10 members nothing is told: the form is that of everyone.

        Raises
        ------
        NotFoundError
            There is no such dataset, no model yet, or no such segment.
        ArtifactError
            The stored model must not, or cannot, be loaded.
        """
        with self._database.reading() as session:
            opened = self.opened(session, slug)
            members = _members(session, opened.run, slug, segment) if segment else {}
        form = opened.form
        return SimulatorForm(
            opened.model.id,
            form.recipe,
            [at_median(control, members.get(control.name)) for control in form.controls],
            [name for name, each in form.limits.items() if each.locked],
        )

    def simulate(self, slug: str, values: Mapping[str, Any]) -> Simulated:
        """Assign a customer with these values; what is left out is that of the median customer.

        Raises
        ------
        KindredError
            A value is impossible, or the model does not use such an attribute.
        NotFoundError, ArtifactError
            As for `form`.
        """
        with self._database.reading() as session:
            opened = self.opened(session, slug)
        bundle, form, segments = opened.bundle, opened.form, opened.segments
        complete = simulator.typed(values, form.controls)
        answer = simulator.answer(bundle, simulator.rows([complete], form.controls))
        segment_id, identity = segments[answer.label]
        percentile = simulator.percentile(answer.confidence, form.percentiles.get(segment_id, []))
        _, rival = segments[answer.runner_up] if answer.runner_up is not None else (None, None)
        return Simulated(
            version=opened.model.id,
            segment=identity.name,
            slug=identity.slug,
            colour=identity.colour,
            confidence=answer.confidence,
            word=simulator.confidence_word(answer.confidence, percentile, borderline_under(bundle.algorithm)),
            algorithm=bundle.algorithm,
            percentile=percentile,
            runner_up=rival.name if rival else None,
            runner_up_slug=rival.slug if rival else None,
            runner_up_colour=rival.colour if rival else None,
            point=answer.point,
            segments=len(segments),
            reasons=answer.reasons,
            warnings=[
                *(gap.sentence for gap in form.gaps),
                *simulator.warnings(complete, form.controls, form.everyone),
            ],
            values=complete,
        )

    def opened(self, session: Session, slug: str) -> Opened:
        """What answers about imagined customers are made of; errors as for `form`."""
        dataset, model, run = self._champion(session, slug)
        bundle = self._bundle(session, dataset, model, run)
        form = self._form(session, dataset, model, run, bundle)
        return Opened(dataset, model, run, bundle, form, dict(_by_label(session, model.id)))

    def _champion(self, session: Session, slug: str) -> tuple[Dataset, ModelVersion, ScoringRun]:
        dataset = require_dataset(session, slug)
        model = segment_queries.champion_of(session, dataset.id)
        run = segment_queries.newest_run(session, model.id) if model else None
        if model is None or run is None:
            raise NotFoundError(f"dataset {slug!r} has no model yet; train one first")
        return dataset, model, run

    def _bundle(self, session: Session, dataset: Dataset, model: ModelVersion, run: ScoringRun) -> ModelBundle:
        return load_bundle(session, self._settings, dataset.slug, model).at(run.as_of)

    def _form(
        self, session: Session, dataset: Dataset, model: ModelVersion, run: ScoringRun, bundle: ModelBundle
    ) -> Form:
        key = (run.id, run.created_at.isoformat(), dataset.state)
        with self._lock:
            if key in self._forms:
                return self._forms[key]
        attributes = {attribute.name: attribute for attribute in attributes_of(session, dataset.id)}
        everyone = {row.attribute: row for row in profile_queries.profiles_of_everyone(session, run.id)}
        recipe = segment_queries.recipe_of(session, run.model_version_id)
        of_run: list[SegmentOfRun] = segment_queries.segments_of_run(session, run.id)
        inputs = controls(bundle.inputs, attributes, everyone)
        form = Form(
            recipe=recipe.name if recipe else "",
            controls=inputs,
            limits=limits(inputs, everyone, attributes),
            everyone=everyone,
            percentiles={each.segment.id: each.counts.confidence.get("percentiles", []) for each in of_run},
            gaps=self._gaps.now(session, dataset, model, run),
        )
        with self._lock:
            self._forms[key] = form
            while len(self._forms) > KEPT:
                self._forms.popitem(last=False)
        return form


def _members(session: Session, run: ScoringRun, slug: str, segment: str) -> dict[str, SegmentProfile]:
    """The profile of a segment's members by attribute; empty where they are too few to be told of."""
    own = require_segment(segment_queries.segments_of_run(session, run.id), slug, segment)
    if too_few(own.counts.customers):
        return {}
    return {row.attribute: row for row in profile_queries.profiles_of_segment(session, run.id, own.segment.id)}


def _by_label(session: Session, version: int) -> list[tuple[int, tuple[int, Any]]]:
    """Names and colours are read every time: a segment may be renamed at any moment."""
    rows = segment_queries.champion_segments(session, version)
    return [(segment.label, (segment.id, identity)) for segment, identity in rows]
