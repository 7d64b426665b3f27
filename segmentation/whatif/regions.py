"""Where a segment is: the half-spaces of its cells, or how far inside a point is, for what has no straight borders."""

from dataclasses import dataclass

import numpy as np

from segmentation.modelling.assigners import Assigner, Mixture, Nearest
from segmentation.modelling.regrouping import Divided


@dataclass(frozen=True)
class Cell:
    """The points with ``A z >= b``; each row of A has length 1, so that ``A z - b`` is a distance."""

    A: np.ndarray
    b: np.ndarray


def cells(assigner: Assigner, target: int) -> list[Cell] | None:
    """The cells a segment is made of; None where its borders are not straight.

    A segment has one cell per point that stands for it: one with k-means, several with a stand-in or after a merge.

    Examples
    --------
    >>> [cell] = cells(Nearest(np.array([[0.0], [4.0]])), 1)
    >>> cell.A, cell.b
    (array([[1.]]), array([2.]))
    """
    if isinstance(assigner, Nearest):
        label_of = np.arange(len(assigner.points)) if assigner.label_of is None else np.asarray(assigner.label_of)
        rivals = assigner.points[label_of != target]
        return [_closer(own, rivals) for own in assigner.points[label_of == target]]
    if isinstance(assigner, Divided):
        before, part = before_division(assigner, target)
        found = cells(assigner.base, before)
        if found is None or part is None:
            return found
        beside = _closer(assigner.points[part], assigner.points[[1 - part]])
        return [Cell(np.vstack([each.A, beside.A]), np.concatenate([each.b, beside.b])) for each in found]
    return None


def before_division(assigner: Divided, label: int) -> tuple[int, int | None]:
    """The label a segment had before one was divided, and which of the two parts it is (None: neither)."""
    part = label - assigner.label
    return (assigner.label, part) if part in (0, 1) else (label - (label > assigner.label), None)


def _closer(own: np.ndarray, rivals: np.ndarray) -> Cell:
    """Nearer to `own` than to any of `rivals`: the squares cancel, a half-space per rival is left."""
    A, b = own - rivals, ((own**2).sum() - (rivals**2).sum(axis=1)) / 2
    lengths = np.linalg.norm(A, axis=1)
    apart = lengths > 0
    return Cell(A[apart] / lengths[apart, None], b[apart] / lengths[apart])


def margins(assigner: Assigner, Z: np.ndarray, target: int) -> np.ndarray:
    """How much more than each other segment the target is that of the rows; shape (n, k - 1), negative outside.

    Differences of squared distances, or of log-likelihoods for a mixture.
    """
    if isinstance(assigner, Divided):
        before, part = before_division(assigner, target)
        found = margins(assigner.base, Z, before)
        if part is None:
            return found
        return np.hstack([found, margins(Nearest(assigner.points), Z, part)])
    joined: np.ufunc
    if isinstance(assigner, Mixture):
        scores, label_of, joined = assigner.logs(Z), assigner.label_of, np.logaddexp
    else:
        assert isinstance(assigner, Nearest)
        scores = -((Z[None, :, :] - assigner.points[:, None, :]) ** 2).sum(axis=2)
        label_of, joined = assigner.label_of, np.maximum
    if label_of is not None:
        of_parts, scores = scores, np.full((int(label_of.max()) + 1, len(Z)), -np.inf)
        for label, each in zip(label_of, of_parts, strict=True):
            joined(scores[label], each, out=scores[label])
    return np.asarray((scores[target] - np.delete(scores, target, axis=0)).T)
