"""The sampled customers of a run on the map, read once per process: a run hardly ever changes once it is stored."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from db.customers import customers_table
from db.models import Attribute, Dataset, ScoringRun, SegmentProfile
from db.queries.profiles import customers_by_id, map_points
from db.queries.segments import champion_segments
from segmentation.errors import NotFoundError
from segmentation.segment_views import MapShade

KEPT = 8  # maps a process remembers, a few hundred kB each
NAMES = ["customer_key", "segment_slug", "x", "y", "z", "confidence", "customer_id"]
LEVELS = 6  # of a category, the most frequent ones, that the dots can be coloured by


class MapPoints:
    """The points of the last few maps, for the threads of one process."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[object, pd.DataFrame]] = (
            OrderedDict()
        )  # by run: the state they were read at
        self._lock = Lock()

    def of(self, session: Session, dataset: Dataset, run: ScoringRun) -> pd.DataFrame:
        """Columns customer_key, segment_slug, x, y, z, confidence, customer_id. Not to be changed by who asks.

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
        points = points.astype(dict.fromkeys(NAMES[2:6], np.float64))
        with self._lock:
            self._known[run.id] = (now, points)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return points


def colours_of(attributes: Sequence[Attribute], everyone: Sequence[SegmentProfile]) -> list[tuple[str, str]]:
    """What the dots can be coloured by: (key, label), a number, date or flag by its name, a category by its values."""
    levels = {row.attribute: [level["level"] for level in (row.levels or [])[:LEVELS]] for row in everyone}
    found = []
    for each in attributes:
        if each.role == "id" or each.name not in levels:
            continue
        if each.kind == "category":
            found += [(f"{each.name}:{level}", f"{each.label}: {level}") for level in levels[each.name]]
        elif each.kind in ("number", "date", "flag"):
            found.append((each.name, each.label))
    return found


def shade_of(session: Session, dataset: Dataset, attributes: Sequence[Attribute], points: pd.DataFrame,
             key: str) -> MapShade:  # fmt: skip
    """The values of an attribute (or whether a category has a value) of the customers on the map.

    Raises
    ------
    NotFoundError
        The dataset has no such attribute.
    """
    name, _, level = key.partition(":")
    attribute = next((each for each in attributes if each.name == name), None)
    if attribute is None:
        raise NotFoundError(f"dataset {dataset.slug!r} has no attribute {name!r} to colour the map by")
    ids = points["customer_id"].tolist()
    found = customers_by_id(session, customers_table(dataset.slug, attributes), ids, [name])
    known = pd.Series({row["customer_id"]: row[name] for row in found}, dtype=object).reindex(ids)
    if attribute.kind == "category":
        values = np.where(known.isna(), np.nan, known == level)
        return MapShade(f"{attribute.label}: {level}", "flag", values.astype(float), None)
    if attribute.kind == "date":
        days = pd.to_datetime(known).to_numpy("datetime64[D]")
        values = np.where(np.isnat(days), np.nan, days.astype(np.int64))
    else:
        values = known.to_numpy(dtype=float, na_value=np.nan)
    numbers = values[~np.isnan(values)]
    ends = tuple(np.quantile(numbers, (0.05, 0.95)).tolist()) if len(numbers) and attribute.kind != "flag" else None
    return MapShade(attribute.label, attribute.kind, values, ends)
