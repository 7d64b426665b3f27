"""Who the customers were in the version in use when another one is trained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from db.models import ModelVersion, Segment, SegmentIdentity
from db.queries.models import identity_by_customer
from db.queries.segments import champion_of, champion_segments, newest_run
from db.session import Database
from segmentation import story
from segmentation.config import Settings
from segmentation.errors import ArtifactError
from segmentation.identity import NOWHERE, UNASSIGNED_COLOUR, Match, matches, overlap
from segmentation.scoring import assign
from segmentation.services.bundles import load_bundle
from segmentation.services.reading import Customers


@dataclass(frozen=True)
class Lineage:
    """The version a new one is compared with.

    ``version`` is None when there is none in use, ``identities`` are those of its segments, ``previous`` the identity
    of each customer (index customer_id; `NOWHERE` where they were in no segment), None where nothing is known of them.
    """

    version: int | None
    identities: list[int]
    previous: pd.Series | None

    def matched(self, current: pd.Series, k: int) -> tuple[list[Match], list[dict[str, Any]] | None]:
        """Which known identity each label of a new version has, and the story of it as it is stored.

        Parameters
        ----------
        current : Series of int, index customer_id
            Label in 0..k-1, `NOWHERE` where a customer is unassigned.
        """
        if self.version is None or self.previous is None:
            return [Match(label, None, 0.0) for label in range(k)], None
        shared = overlap(self.previous, current, k, self.identities)
        found = matches(shared)
        return found, story.figures(shared, found, self.version)


def lineage_of(database: Database, settings: Settings, customers: Customers, as_of: date) -> Lineage:
    """The champion, and the identity it gives each of these customers at this very day.

    A champion that cannot be loaded (made with other libraries, say) still has its stored labels.
    """
    with database.reading() as session:
        champion = champion_of(session, customers.dataset_id)
        if champion is None:
            return Lineage(None, [], None)
        segments = champion_segments(session, champion.id)
        identities = [segment.identity_id for segment, known in segments if known.colour != UNASSIGNED_COLOUR]
        try:
            bundle = load_bundle(session, settings, customers.slug, champion)
        except ArtifactError:
            return Lineage(champion.id, identities, _nowhere(_stored(session, champion), segments))
    by_label = pd.Series({segment.label: segment.identity_id for segment, _ in segments}).sort_index()
    labels = assign(bundle.at(as_of), customers.frame).label
    previous = pd.Series(by_label.to_numpy()[labels], index=customers.frame.index)
    return Lineage(champion.id, identities, _nowhere(previous, segments))


def _nowhere(previous: pd.Series | None, segments: Sequence[tuple[Segment, SegmentIdentity]]) -> pd.Series | None:
    """The unassigned were no segment, and become none; but they were there."""
    out = [segment.identity_id for segment, known in segments if known.colour == UNASSIGNED_COLOUR]
    return previous if previous is None or not out else previous.where(~previous.isin(out), NOWHERE)


def _stored(session: Session, champion: ModelVersion) -> pd.Series | None:
    run = newest_run(session, champion.id)
    found = identity_by_customer(session, run.id) if run else []
    return pd.Series(dict(found), dtype="int64") if found else None
