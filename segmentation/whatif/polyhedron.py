"""The nearest point of a polyhedron within bounds: the smallest change that enters a region with straight borders."""

import numpy as np
from scipy.optimize import nnls

TOLERANCE = 1e-9
FURTHEST = 1e5  # a point further away than this counts as none


def project(point: np.ndarray, A: np.ndarray, b: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray | None:
    """The point with ``A z >= b`` and ``low <= z <= high`` that lies nearest to `point`; None where there is none.

    Parameters
    ----------
    point, low, high : ndarray, shape (n,)
        A coordinate whose bounds are equal is fixed there; infinite bounds are none.
    A : ndarray, shape (m, n)
    b : ndarray, shape (m,)

    Notes
    -----
    Least distance programming (Lawson & Hanson 1974, chapter 23): the dual is one non-negative least squares problem,
    whose positive multipliers name the borders the answer lies on; it is then computed from those borders alone.

    Examples
    --------
    >>> A, b, wide = np.array([[1.0, 1.0]]), np.array([2.0]), np.full(2, 9.0)
    >>> project(np.zeros(2), A, b, -wide, wide)
    array([1., 1.])
    >>> project(np.zeros(2), A, b, -wide, np.array([0.5, 9.0]))
    array([0.5, 1.5])
    >>> project(np.zeros(2), A, b, -wide, np.array([0.5, 1.0])) is None
    True
    """
    free = high > low
    start = np.where(free, point, low)
    H, g = A[:, free], b - A @ start
    norms = np.linalg.norm(H, axis=1)
    flat = norms <= TOLERANCE
    if np.any(g[flat] > TOLERANCE):
        return None
    below, above = (low - start)[free], (high - start)[free]
    if np.any(below > above):
        return None
    identity = np.eye(int(free.sum()))
    bounded, bounded_above = np.isfinite(below), np.isfinite(above)
    G = np.vstack([H[~flat] / norms[~flat, None], identity[bounded], -identity[bounded_above]])
    h = np.concatenate([g[~flat] / norms[~flat], below[bounded], -above[bounded_above]])
    step = _least_distance(G, h)
    if step is None:
        return None
    reached = start.copy()
    reached[free] += np.clip(step, below, above)
    return reached


def _least_distance(G: np.ndarray, h: np.ndarray) -> np.ndarray | None:
    """The shortest x with ``G x >= h``, rows of G of length 1."""
    n = G.shape[1]
    if not len(h) or h.max() <= 0:
        return np.zeros(n)
    scale = h.max()
    E = np.vstack([G.T, h / scale])
    wanted = np.zeros(n + 1)
    wanted[-1] = 1.0
    multipliers, _ = nnls(E, wanted, maxiter=50 * (n + len(h)))
    residual = E @ multipliers - wanted
    if -residual[-1] * FURTHEST**2 < 1:
        return None
    x = -residual[:-1] / residual[-1] * scale
    on = multipliers > 0
    exact = np.linalg.lstsq(G[on], h[on], rcond=None)[0]  # the shortest on those borders
    best = exact if np.max(h - G @ exact) <= max(np.max(h - G @ x), TOLERANCE) else x
    return best if np.max(h - G @ best) <= 1e-7 * max(1.0, scale) else None
