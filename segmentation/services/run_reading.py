"""One scoring run as the pages read it: its segments and the figures of their profiles, each read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Dataset, ScoringRun
from db.queries.profiles import profile_figures
from db.queries.segments import SegmentOfRun, segments_of_run
from segmentation import portraits
from segmentation.identity import UNASSIGNED_COLOUR
from segmentation.portraits import Distinction
from segmentation.profiles import ProfileRow
from segmentation.segment_views import SegmentSummary, ratio
from segmentation.withholding import too_few
from segmentation.wording import customers as customers_words

TOP_FEATURES = 3
NOBODY = "In no segment: there is no crowd of customers like them."
Rows = dict[str, ProfileRow]  # by attribute


@dataclass(frozen=True)
class RunRead:
    """A run, its segments in display order, and profiles without histograms by segment id (None: everyone)."""

    run: ScoringRun
    segments: list[SegmentOfRun]
    profiles: Mapping[int | None, Rows]

    def summaries(self) -> list[SegmentSummary]:
        """A summary per segment, in display order; of fewer than 10 members nothing but the counts is told."""
        return [self._summary(each) for each in self.segments]

    def _summary(self, each: SegmentOfRun) -> SegmentSummary:
        segment, identity, counts = each
        everyone = self.profiles.get(None, {})
        few = too_few(counts.customers)
        told = self.profiles.get(segment.id, {}) if not few else {}
        value = counts.value if not few else None
        nobody = identity.colour == UNASSIGNED_COLOUR
        top = [] if nobody else portraits.distinctions(told, everyone)
        return SegmentSummary(
            id=segment.id,
            slug=identity.slug,
            name=identity.name,
            auto_name=segment.auto_name,
            colour=identity.colour,
            position=segment.position,
            customers=counts.customers,
            share=ratio(counts.customers, self.run.customers) or 0.0,
            value=value,
            value_share=ratio(value, self.run.value),
            value_per_customer=ratio(value, counts.customers),
            borderline=counts.borderline,
            stability=segment.stability,
            description=identity.description or (NOBODY if nobody else sentence(counts.customers, top)),
            top_features=top[:TOP_FEATURES],
        )


def stale_since(dataset: Dataset, run: ScoringRun) -> datetime | None:
    """When the customers last changed, if that was after the run; None while they are those of the run."""
    return dataset.updated_at if dataset.state != run.dataset_state else None


def read_run(session: Session, run: ScoringRun) -> RunRead:
    """Read a run's segments and profiles."""
    profiles: dict[int | None, Rows] = {}
    for segment_id, attribute, label, kind, unit, used, customers, missing, mean, sd, levels, effect in profile_figures(
        session, run.id
    ):
        profiles.setdefault(segment_id, {})[attribute] = ProfileRow(
            segment_id, attribute, label, kind, unit, used, customers, missing, mean, sd, None, None, levels, effect
        )
    return RunRead(run, segments_of_run(session, run.id), profiles)


def sentence(members: int, found: list[Distinction]) -> str:
    """Who they are in a sentence; of fewer than 10 only how many."""
    if too_few(members):
        return f"{customers_words(members)}: too few to describe without describing persons."
    return portraits.who(members, found)
