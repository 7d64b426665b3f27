"""The stored customers most like an imagined one: nearest in the space the segments were formed in."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np

from segmentation.modelling.artifacts import ModelBundle
from segmentation.scoring import prepare
from segmentation.snapshots import Snapshots

MOST = 200_000  # customers compared with; of more, a seeded sample
SEED = 42
KEPT = 2  # runs a process remembers


@dataclass(frozen=True)
class Neighbour:
    """A stored customer and the distance in the clustered space."""

    customer: str
    distance: float


@dataclass(frozen=True)
class Crowd:
    """The customers compared with: keys, places in the clustered space, and how many there are altogether."""

    keys: np.ndarray
    X: np.ndarray
    squares: np.ndarray
    customers: int

    def nearest(self, x: np.ndarray, most: int = 5, but: str | None = None) -> list[Neighbour]:
        """The `most` customers nearest to `x`, without the one with the key `but`; ties by key."""
        rough = self.squares - 2 * (self.X @ x.astype(np.float32))
        few = np.argpartition(rough, min(most + 20, len(rough) - 1))[: most + 21]
        distances = np.sqrt(((self.X[few].astype(np.float64) - x) ** 2).sum(axis=1))
        found = sorted((float(d), str(self.keys[at])) for d, at in zip(distances, few, strict=True))
        return [Neighbour(key, distance) for distance, key in found if key != but][:most]


class Neighbours:
    """The crowds of a process, by dataset state and run; a cache, nothing of a user."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._crowds: OrderedDict[tuple[str, str, int], Crowd] = OrderedDict()
        self._lock = Lock()

    def crowd(self, slug: str, state: str, run: int, bundle: ModelBundle) -> Crowd:
        """The customers of a dataset as a run's model sees them."""
        key = (slug, state, run)
        with self._lock:
            if key not in self._crowds:
                self._crowds[key] = self._read(slug, bundle)
                while len(self._crowds) > KEPT:
                    self._crowds.popitem(last=False)
            return self._crowds[key]

    def _read(self, slug: str, bundle: ModelBundle) -> Crowd:
        frame = self._snapshots.frame(slug, ["customer_key", *bundle.inputs])
        customers = len(frame)
        if customers > MOST:
            picked = np.sort(np.random.default_rng(SEED).choice(customers, MOST, replace=False))
            frame = frame.iloc[picked]
        X = prepare(bundle, frame).astype(np.float32)
        return Crowd(frame["customer_key"].to_numpy(object), X, (X**2).sum(axis=1), customers)
