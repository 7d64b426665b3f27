"""One scikit-learn pipeline per model: derive, prepare, cluster. It is what is stored and what assigns."""

from datetime import date

from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from segmentation.errors import TrainingError
from segmentation.features.plan import FeatureBuilder
from segmentation.features.recipes import Feature

ALGORITHMS = ("kmeans",)
MANY_ROWS = 200_000  # above this one start is enough, and ten take long


def default_n_init(n: int) -> int:
    """How many starts k-means gets: 10, above 200,000 rows 1.

    >>> default_n_init(200_000), default_n_init(200_001)
    (10, 1)
    """
    return 10 if n <= MANY_ROWS else 1


def clusterer(algorithm: str, k: int, *, seed: int, n_init: int) -> BaseEstimator:
    """An unfitted clusterer; TrainingError names the algorithms there are."""
    if algorithm not in ALGORITHMS:
        raise TrainingError(f"there is no algorithm {algorithm!r}; algorithms are: {', '.join(ALGORITHMS)}")
    return KMeans(k, n_init=n_init, random_state=seed)


def assemble(features: tuple[Feature, ...], as_of: date, prepare: ColumnTransformer, fitted: BaseEstimator) -> Pipeline:
    """The whole model from its fitted parts; what k-means remembers of every training row is left behind."""
    if hasattr(fitted, "labels_"):
        del fitted.labels_
    return Pipeline([("derive", FeatureBuilder(features, as_of)), ("prepare", prepare), ("cluster", fitted)])
