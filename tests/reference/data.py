"""Fixed data that R's fpc and cluster were asked about: three groups apart, four that touch, and none.

``python -m tests.reference.data`` writes them as CSV for ``make_reference.R``; tests draw the same numbers.
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent


def sets() -> dict[str, np.ndarray]:
    """Name -> matrix of 300 rows, rounded as in the CSV."""
    rng = np.random.default_rng(11)
    three = np.array([[0, 0, 0], [6, 0, 2], [0, 6, -2]])[np.repeat([0, 1, 2], [150, 100, 50])]
    four = np.array([[0, 0], [3, 0], [0, 3], [3.5, 3.5]])[np.repeat([0, 1, 2, 3], 75)]
    made = {
        "clear": three + rng.standard_normal((300, 3)),
        "touching": four + rng.standard_normal((300, 2)),
        "one": rng.standard_normal((300, 4)) @ np.diag([2.0, 1.5, 1.0, 0.5]),
    }
    return {name: matrix.round(6) for name, matrix in made.items()}


if __name__ == "__main__":
    for name, matrix in sets().items():
        header = ",".join(f"x{j}" for j in range(matrix.shape[1]))
        np.savetxt(FOLDER / f"{name}.csv", matrix, fmt="%.6f", delimiter=",", header=header, comments="")
