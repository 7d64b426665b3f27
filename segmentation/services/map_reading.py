"""The sampled customers of a run on the map, read once per process: a run hardly ever changes once it is stored."""

from collections import OrderedDict
from threading import Lock

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from db.customers import customers_table
from db.models import Dataset, ScoringRun
from db.queries.profiles import map_points
from db.queries.segments import champion_segments

KEPT = 8  # maps a process remembers, a few hundred kB each
NAMES = ["customer_key", "segment_slug", "x", "y", "z", "confidence"]


class MapPoints:
    """The points of the last few maps, for the threads of one process."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[object, pd.DataFrame]] = (
            OrderedDict()
        )  # by run: the state they were read at
        self._lock = Lock()

    def of(self, session: Session, dataset: Dataset, run: ScoringRun) -> pd.DataFrame:
        """Columns customer_key, segment_slug, x, y, z, confidence. Not to be changed by who asks.

        Read again when the customers changed: one who was erased must not stay on a map, nor in memory. And when a
        segment turned out to be one that was known before: it has another address then.
        """
        now = (dataset.state, tuple(identity.slug for _, identity in champion_segments(session, run.model_version_id)))
        with self._lock:
            state, points = self._known.get(run.id, (None, None))
            if points is not None and state == now:
                self._known.move_to_end(run.id)
                return points
        rows = map_points(session, run.id, customers_table(dataset.slug, []))
        points = pd.DataFrame([tuple(row) for row in rows], columns=NAMES)
        points = points.astype(dict.fromkeys(NAMES[2:], np.float64))
        with self._lock:
            self._known[run.id] = (now, points)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return points
