"""What the segments are: every figure and sentence of the overview, the segment pages and the map."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from db.models import Dataset, ModelVersion, ScoringRun, SegmentProfile
from db.queries import profiles as profile_queries
from db.queries import segments as segment_queries
from db.queries.datasets import attributes_of
from db.queries.segments import SegmentOfRun
from db.session import Database
from segmentation import findings, portrait_pictures, portraits, projection, trust
from segmentation.config import Settings
from segmentation.errors import NotFoundError
from segmentation.lookups import near, require_dataset
from segmentation.members import Members, members_table
from segmentation.profiles import FEW, ProfileRow
from segmentation.segment_views import (
    MapSegment,
    ModelFacts,
    Overview,
    ProjectionView,
    RunFacts,
    SegmentDetail,
    SegmentSummary,
    ratio,
)
from segmentation.services.map_reading import MapPoints
from segmentation.services.run_reading import Rows, RunRead, read_run, sentence
from segmentation.wording import customers as customers_words

__all__ = ["ModelFacts", "Overview", "ProfileService", "ProjectionView", "RunFacts", "SegmentDetail", "SegmentSummary"]


class ProfileService:
    """Reads the newest run of a dataset's champion; computes nothing over customers."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._points = MapPoints()

    def overview(self, slug: str) -> Overview:
        """The overview of a dataset, with or without a model.

        Raises
        ------
        NotFoundError
            There is no such dataset.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            model = segment_queries.champion_of(session, dataset.id)
            run = segment_queries.newest_run(session, model.id) if model else None
            if model is None or run is None:
                return _without_segments(dataset)
            found = read_run(session, run).summaries()
            previous = segment_queries.run_before(session, run)
            recipe = segment_queries.recipe_of(session, model.id)
            facts = ModelFacts.of(model, recipe.name if recipe else "")
            stale = dataset.updated_at if dataset.state != run.dataset_state else None
            title, lede = findings.headline(found)
            return Overview(
                **_dataset_facts(dataset),
                model=facts,
                run=RunFacts.of(run),
                previous=RunFacts.of(previous) if previous else None,
                segments=found,
                stale_since=stale,
                title=title,
                lede=lede,
                findings=findings.findings(
                    found,
                    total=run.customers,
                    borderline=run.borderline,
                    silhouette=facts.silhouette,
                    stale=stale,
                ),
                next_step=findings.next_step(found, stored=dataset.customers, stale=stale),
                trust=[
                    trust.reality_finding(model.reality_check, {f["feature"]: f["label"] for f in model.preparation}),
                    trust.stability_finding(found, model.stability),
                ],
            )

    def segments(self, slug: str) -> list[SegmentSummary]:
        """The segments in display order; none before the first model."""
        with self._database.reading() as session:
            run = _champion_run(session, require_dataset(session, slug))
            return read_run(session, run).summaries() if run else []

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
            return _detail(session, dataset, read, own)

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
            flags = {each.name for each in attributes_of(session, dataset.id) if each.kind == "flag"}
            components = [projection.in_words(each, flags) for each in model.projection.get("components", [])]
            return ProjectionView(points, segments, components, len(points), run.customers)

    def segments_json(self, slug: str) -> list[dict[str, Any]]:
        """What ``kindred segments`` prints: largest first."""
        with self._database.reading() as session:
            run = _champion_run(session, require_dataset(session, slug))
            found = read_run(session, run).summaries() if run else []
            version = run.model_version_id if run else None
        return [each.as_json(version) for each in sorted(found, key=lambda s: (-s.customers, s.position))]


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


def _whole(rows: Sequence[SegmentProfile]) -> Rows:
    names = [name for name in ProfileRow.__dataclass_fields__ if name not in ("segment_label", "role")]
    return {
        row.attribute: ProfileRow(segment_label=row.segment_id, **{name: getattr(row, name) for name in names})
        for row in rows
    }


def _detail(session: Session, dataset: Dataset, read: RunRead, own: SegmentOfRun) -> SegmentDetail:
    run, summaries = read.run, read.summaries()
    summary = next(each for each in summaries if each.id == own.segment.id)
    counts = {
        "summary": summary,
        "segments": summaries,
        "population": run.customers,
        "population_value_per_customer": ratio(run.value, run.customers),
        **_previous(session, run, own.identity.id),
        "reality": trust.verdict_words(session.get_one(ModelVersion, run.model_version_id).reality_check),
    }
    if summary.customers < FEW:
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
    recipe = segment_queries.recipe_of(session, run.model_version_id)
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
    )


def _neighbour(
    profiles: Mapping[int | None, Rows], summary: SegmentSummary, summaries: Sequence[SegmentSummary]
) -> SegmentSummary | None:
    """The segment whose averages lie nearest; none under 10 members."""
    others = [each for each in summaries if each.id != summary.id and each.customers >= FEW and each.id in profiles]
    if not others or summary.id not in profiles:
        return None
    own, everyone = profiles[summary.id], profiles[None]
    apart = {each.id: portraits.distance(own, profiles[each.id], everyone) for each in others}
    return min(others, key=lambda each: (apart[each.id], each.position))


def _previous(session: Session, run: ScoringRun, identity_id: int) -> dict[str, Any]:
    before = segment_queries.run_before(session, run)
    of_before = segment_queries.segments_of_run(session, before.id) if before else []
    same = next((each.counts for each in of_before if each.identity.id == identity_id), None)
    return {
        "previous_customers": same.customers if same else None,
        "previous_value_share": ratio(same.value, before.value) if same and before else None,
    }
