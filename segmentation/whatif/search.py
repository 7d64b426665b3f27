"""A path into a segment whose borders are bent: found step by step, near the smallest but not proven to be it."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.optimize import minimize

STEP = 1e-6  # of the numeric slopes, in shares of a range
MOST_STEPS = 15

Place = Callable[[np.ndarray], np.ndarray]  # moves, shape (n, n_moves), to the clustered space, shape (n, n_columns)
Inside = Callable[[np.ndarray], np.ndarray]  # the clustered space to margins, shape (n, n_rivals)


def nearest(place: Place, inside: Inside, now: np.ndarray, starts: np.ndarray, margin: float) -> np.ndarray | None:
    """Moves in [0, 1] that bring the customer into the segment with little change; None where none was found.

    Sequential quadratic programming (SLSQP) from several starts; the best that lands is returned.

    Parameters
    ----------
    place, inside
        Vectorised over rows.
    now : ndarray, shape (n_moves,)
        Where the customer is.
    starts : ndarray, shape (n_starts, n_moves)
    margin : float
        That every rival has to be behind by.
    """
    origin = place(now[None, :])[0]

    @lru_cache(maxsize=4)
    def told(key: bytes) -> tuple[np.ndarray, np.ndarray]:
        """Cost and margins of the place and of those around it, once for all that the solver asks of it."""
        places = place(_around(np.frombuffer(key)))
        return ((places - origin) ** 2).sum(axis=1), inside(places) - margin

    def cost(moves: np.ndarray) -> tuple[float, np.ndarray]:
        costs = told(moves.tobytes())[0]
        return float(costs[0]), _slopes(costs[:, None], moves)[0]

    def margins(moves: np.ndarray) -> np.ndarray:
        return told(moves.tobytes())[1][0]

    def slopes(moves: np.ndarray) -> np.ndarray:
        return _slopes(told(moves.tobytes())[1], moves)

    best, least = None, np.inf
    for start in starts:
        found = minimize(
            cost, start, jac=True, method="SLSQP", bounds=[(0.0, 1.0)] * len(now),
            constraints={"type": "ineq", "fun": margins, "jac": slopes}, options={"maxiter": MOST_STEPS, "ftol": 1e-6},
        )  # fmt: skip
        moves = np.clip(found.x, 0.0, 1.0)
        value = cost(moves)[0]
        if margins(moves).min(initial=0.0) >= -1e-6 and value < least:
            best, least = moves, value
    return best


def _around(moves: np.ndarray) -> np.ndarray:
    """The place itself, then one row per move with that move a little changed, inwards."""
    rows = np.repeat(moves[None, :], len(moves) + 1, axis=0)
    rows[np.arange(1, len(rows)), np.arange(len(moves))] += _steps(moves)
    return rows


def _steps(moves: np.ndarray) -> np.ndarray:
    return np.where(moves > 0.5, -STEP, STEP)


def _slopes(values: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Slope of each value along each move; shape (n_values, n_moves)."""
    return np.asarray(((values[1:] - values[0]) / _steps(moves)[:, None]).T)
