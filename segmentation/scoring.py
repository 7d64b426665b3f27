"""The one path to a label: batch, simulator, REST and command line all come through here."""

import numpy as np
import pandas as pd

from segmentation.borders import BORDERLINE, borderline_under
from segmentation.modelling.artifacts import ModelBundle
from segmentation.modelling.assigners import Assigned, Assigner, Nearest, in_parts, nearest

__all__ = ["BORDERLINE", "Assigned", "assign", "assigner", "borderline_under", "centroids", "nearest", "prepare"]


def assign(bundle: ModelBundle, frame: pd.DataFrame) -> Assigned:
    """Label customers.

    Parameters
    ----------
    bundle : ModelBundle
        `ModelBundle.at` moves the day that ages and tenures are counted to.
    frame : DataFrame, shape (n_customers, n_attributes)
        Raw attributes as `Snapshots.frame` gives them. What is missing, a value or a whole column, is
        imputed as in training; a level not seen in training counts as Other.

    Returns
    -------
    Assigned
        One row alone gets exactly what it gets among others.
    """
    return assigner(bundle).assign(prepare(bundle, frame))


def prepare(bundle: ModelBundle, frame: pd.DataFrame) -> np.ndarray:
    """The rows in the clustered space; shape (n_customers, n_columns), float64."""
    steps = bundle.pipeline[:-1]
    frame = frame[[name for name in bundle.inputs if name in frame]]
    X = np.empty((len(frame), len(bundle.feature_names)))

    def fill(part: slice) -> None:
        X[part] = steps.transform(frame.iloc[part])

    in_parts(fill, len(frame))
    return X


def assigner(bundle: ModelBundle) -> Assigner:
    """What labels prepared rows; a model stored before there were assigners ends with its k-means."""
    last = bundle.pipeline[-1]
    return last if isinstance(last, Assigner) else Nearest(np.asarray(last.cluster_centers_, dtype=np.float64))


def centroids(bundle: ModelBundle) -> np.ndarray:
    """Middle of each label in the clustered space; shape (n_labels, n_columns).

    For k-means and its kin these decide. For a mixture, and for a stand-in, they are the averages of the members.
    """
    return assigner(bundle).middles
