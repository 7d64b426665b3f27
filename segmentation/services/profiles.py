"""What the segments are: every figure and sentence of the overview, the segment pages and the map."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import Dataset, ScoringRun
from db.queries import profiles as profile_queries
from db.queries import segments as segment_queries
from db.queries.datasets import attributes_of
from db.queries.segments import SegmentOfRun
from db.queries.strategies import plays_of
from db.session import Database
from segmentation import findings, projection
from segmentation.attention import Cared, attention
from segmentation.config import Settings
from segmentation.contrast import SegmentContrasts, contrasts, headline, most_alike
from segmentation.effects import Effect, effects
from segmentation.errors import NotFoundError
from segmentation.findings import Finding
from segmentation.identity import UNASSIGNED_COLOUR
from segmentation.lookups import near, require_dataset
from segmentation.scoring import borderline_under
from segmentation.segment_views import (
    MapSegment,
    MapShade,
    ModelFacts,
    Overview,
    ProjectionView,
    RunFacts,
    SegmentDetail,
    SegmentSummary,
)
from segmentation.services.gaps import Gaps
from segmentation.services.map_reading import MapPoints, colours_of, shade_of
from segmentation.services.run_reading import RunRead, read_run, stale_since
from segmentation.services.segment_reading import segment_detail
from segmentation.services.standing import standings, trust_of_run
from segmentation.withholding import too_few
from segmentation.wording import customers as customers_words

__all__ = ["ModelFacts", "Overview", "ProfileService", "ProjectionView", "RunFacts", "SegmentDetail", "SegmentSummary"]


class ProfileService:
    """Reads the newest run of a dataset's champion; computes nothing over customers."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._gaps = Gaps(database, settings)
        self._points = MapPoints()

    def overview(self, slug: str, today: date | None = None) -> Overview:
        """The overview of a dataset, with or without a model; what is overdue on `today` (UTC when not said) is told.

        Raises
        ------
        NotFoundError
            There is no such dataset.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            model = segment_queries.champion_of(session, dataset.id)
            run = segment_queries.newest_run(session, model.id) if model else None
            if model is None or run is None or not run.customers:  # everybody assigned then is gone
                return _without_segments(dataset)
            read = read_run(session, run)
            found = read.summaries()
            unscored = dataset.customers - run.customers
            waiting = attention(_cared(session, read), unscored=unscored, today=today or datetime.now(UTC).date())
            previous = segment_queries.run_before(session, run)
            recipe = segment_queries.recipe_of(session, model.id)
            facts = ModelFacts.of(model, recipe)
            stale = stale_since(dataset, run)
            told = [each for each in found if not each.unassigned]
            title, lede = findings.headline(told)
            return Overview(
                **_dataset_facts(dataset),
                model=facts,
                run=RunFacts.of(run),
                previous=RunFacts.of(previous) if previous else None,
                segments=found,
                stale_since=stale,
                title=title,
                lede=lede,
                findings=[
                    *(each for each in waiting if each.level == "warning"),
                    *findings.findings(
                        told,
                        total=run.customers,
                        borderline=run.borderline,
                        silhouette=facts.silhouette,
                        stale=stale,
                        unassigned=sum(each.customers for each in found if each.unassigned),
                        gaps=self._gaps.now(session, dataset, model, run),
                    ),
                    *(each for each in waiting if each.level != "warning"),
                ],
                next_step=findings.next_step(told, stored=dataset.customers, stale=stale),
                trust=trust_of_run(session, model, read),
            )

    def segments(self, slug: str) -> list[SegmentSummary]:
        """The segments in display order; none before the first model."""
        with self._database.reading() as session:
            run = _champion_run(session, require_dataset(session, slug))
            return read_run(session, run).summaries() if run and run.customers else []

    def trust(self, slug: str) -> list[Finding]:
        """Whether the segments are real, come back, and may have a play; nothing before the first model."""
        with self._database.reading() as session:
            model = segment_queries.champion_of(session, require_dataset(session, slug).id)
            run = segment_queries.newest_run(session, model.id) if model else None
            return trust_of_run(session, model, read_run(session, run)) if model and run and run.customers else []

    def stale_since(self, slug: str) -> datetime | None:
        """When the customers last changed, if that was after they were assigned; None while they are those assigned."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            run = _champion_run(session, dataset)
            return stale_since(dataset, run) if run else None

    def effects(self, slug: str) -> list[Effect]:
        """How far the segments as a whole differ in each attribute, from stored profiles; none before a first model."""
        with self._database.reading() as session:
            run = _champion_run(session, require_dataset(session, slug))
            return effects(read_run(session, run).profiles) if run else []

    def contrasts(self, slug: str) -> SegmentContrasts | None:
        """Every segment against everyone in every attribute; None where there are not two segments to compare."""
        with self._database.reading() as session:
            run = _champion_run(session, require_dataset(session, slug))
            if run is None:
                return None
            read = read_run(session, run)
            segments = [each for each in read.summaries() if not each.unassigned]
            ids = [each.id for each in segments]
            told = [at for at, each in enumerate(segments) if not too_few(each.customers)]
            rows = contrasts(read.profiles, ids, [each.name for each in segments], told)
            if len(told) < 2 or not rows:
                return None
            title, lede = headline(rows, told, [each.customers for each in segments])
            alike = most_alike(read.profiles, ids, told)
            return SegmentContrasts(
                segments, rows, title, lede, alike, run.customers, run.model_version_id, run.as_of, run.created_at
            )

    def segment(self, slug: str, segment_slug: str) -> SegmentDetail:
        """Everything about one segment.

        Raises
        ------
        NotFoundError
            There is no such dataset, no model yet, or no such segment; the message names those there are.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            run = _champion_run(session, dataset)
            read = read_run(session, run) if run else None
            own = require_segment(read.segments if read else [], slug, segment_slug)
            assert read is not None
            return segment_detail(session, dataset, read, own)

    def projection(self, slug: str) -> ProjectionView:
        """The map of the newest run: at most a few thousand sampled customers.

        Raises
        ------
        NotFoundError
            There is no such dataset, or no model yet.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            model = segment_queries.champion_of(session, dataset.id)
            run = segment_queries.newest_run(session, model.id) if model else None
            if model is None or run is None:
                raise NotFoundError(f"dataset {slug!r} has no model yet; train one first")
            points = self._points.of(session, dataset, run)
            segments = [
                MapSegment(identity.slug, identity.name, identity.colour, counts.customers, counts.borderline)
                for _, identity, counts in segment_queries.segments_of_run(session, run.id)
            ]
            attributes = attributes_of(session, dataset.id)
            flags = {each.name for each in attributes if each.kind == "flag"}
            components = [projection.in_words(each, flags) for each in model.projection.get("components", [])]
            border = borderline_under(model.algorithm)
            colours = colours_of(attributes, profile_queries.profiles_of_everyone(session, run.id))
            shares = model.projection.get("shares")
            return ProjectionView(points, segments, components, len(points), run.customers, border, shares, colours)

    def map_shade(self, slug: str, key: str) -> MapShade:
        """The values of what the dots of the map are to be coloured by; `key` is one of `ProjectionView.colours`.

        Raises
        ------
        NotFoundError
            There is no such dataset, no model yet, or no such attribute.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            run = _champion_run(session, dataset)
            if run is None:
                raise NotFoundError(f"dataset {slug!r} has no model yet; train one first")
            points = self._points.of(session, dataset, run)
            return shade_of(session, dataset, attributes_of(session, dataset.id), points, key)

    def segments_json(self, slug: str) -> list[dict[str, Any]]:
        """What ``kindred segments`` prints: largest first."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            model = segment_queries.champion_of(session, dataset.id)
            run = segment_queries.newest_run(session, model.id) if model else None
            if model is None or run is None:
                return []
            read = read_run(session, run)
            found, stands = read.summaries(), standings(session, model, read)
        largest = sorted(found, key=lambda s: (-s.customers, s.position))
        return [each.as_json(model.id, stands[each.id].play) for each in largest]


def _cared(session: Session, read: RunRead) -> list[Cared]:
    """Who looks after each segment of a run."""
    known = [each.identity for each in read.segments if each.identity.colour != UNASSIGNED_COLOUR]
    plays = plays_of(session, [identity.id for identity in known])
    none = (None, None, None)
    told = {key: (play.owner, play.due, play.status) for key, play in plays.items()}
    return [Cared(each.name, each.named_by, *told.get(each.id, none)) for each in known]


def _champion_run(session: Session, dataset: Dataset) -> ScoringRun | None:
    model = segment_queries.champion_of(session, dataset.id)
    return segment_queries.newest_run(session, model.id) if model else None


def require_segment(of_run: Sequence[SegmentOfRun], slug: str, segment_slug: str) -> SegmentOfRun:
    """The segment of a run with this slug; NotFoundError names those there are."""
    known = [each.identity.slug for each in of_run]
    if not known:
        raise NotFoundError(f"dataset {slug!r} has no model yet; train one first")
    if segment_slug not in known:
        close = near(segment_slug, known, limit=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise NotFoundError(
            f"there is no segment {segment_slug!r} in dataset {slug!r}; {hint}segments: {', '.join(known)}"
        )
    return of_run[known.index(segment_slug)]


def _dataset_facts(dataset: Dataset) -> dict[str, Any]:
    return {
        "slug": dataset.slug,
        "name": dataset.name,
        "currency": dataset.currency,
        "description": dataset.description,
        "is_sample": dataset.is_sample,
        "customers": dataset.customers,
    }


def _without_segments(dataset: Dataset) -> Overview:
    lede = "Import a customer file to begin."
    if dataset.customers:
        lede = (
            f"{customers_words(dataset.customers)} {'is' if dataset.customers == 1 else 'are'} stored. Train a first "
            "model to see who they are; nothing in your data changes."
        )
    return Overview(
        **_dataset_facts(dataset),
        model=None,
        run=None,
        previous=None,
        segments=[],
        stale_since=None,
        title="No segments yet" if dataset.customers else "No customers yet",
        lede=lede,
        findings=[],
        next_step=findings.next_step([], stored=dataset.customers, stale=None),
    )
