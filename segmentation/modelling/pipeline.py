"""One scikit-learn pipeline per model: derive, prepare, assign. It is what is stored and what assigns."""

from datetime import date

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from segmentation.features.plan import FeatureBuilder
from segmentation.features.recipes import Feature
from segmentation.modelling.assigners import Assigner


def assemble(features: tuple[Feature, ...], as_of: date, prepare: ColumnTransformer, assigner: Assigner) -> Pipeline:
    """The whole model from its fitted parts; nothing in it remembers a training row."""
    return Pipeline([("derive", FeatureBuilder(features, as_of)), ("prepare", prepare), ("cluster", assigner)])
