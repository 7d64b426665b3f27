"""Copies of the customers without groups: the same margins, the same rank correlations, one population."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

SMALLEST_EIGENVALUE = 1e-6


@dataclass(frozen=True)
class Block:
    """The columns of the prepared matrix that one feature became; more than one only for a ``category``."""

    name: str
    kind: str  # number, flag, category
    columns: tuple[int, ...]


@dataclass(frozen=True)
class OnePopulation:
    """A Gaussian copula fitted to prepared customers; `draw` makes copies of them.

    Attributes
    ----------
    parts : list of ndarray
        Per feature the rows of its columns, sorted: a number ascending, a category level by level.
    root : ndarray, shape (n_features, n_features)
        Of the latent correlation: standard normals times its transpose have that correlation.
    """

    X: np.ndarray
    blocks: tuple[Block, ...]
    parts: list[np.ndarray]
    root: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, blocks: Sequence[Block]) -> "OnePopulation":
        """Fit to the rows of X, shape (n, n_columns).

        Every feature is one latent normal. Spearman's correlation of the ranks, freed of what ties take
        from it, becomes the latent one by ``2 sin(pi / 6 * r)``. The levels of a category are ordered by
        their mean on the first principal component of the numbers (of the flags where there are none; with
        neither, categories are left independent).

        Examples
        --------
        Two columns in the same order stay so, and the margins stay exactly:

        >>> X = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]])
        >>> same = OnePopulation.of(X, [Block("a", "number", (0,)), Block("b", "number", (1,))])
        >>> copy = same.draw(np.random.default_rng(0))
        >>> sorted(copy[:, 0].tolist()), bool((copy[:, 1] == 10 * copy[:, 0]).all())
        ([1.0, 2.0, 3.0, 4.0], True)
        """
        axis = _first_component(X, blocks)
        latent = [X[:, b.columns[0]] if b.kind != "category" else _levels(X[:, b.columns], axis) for b in blocks]
        parts = [X[np.argsort(each, kind="stable")][:, b.columns] for each, b in zip(latent, blocks, strict=True)]
        correlation = latent_correlation(np.column_stack(latent))
        if axis is None:
            correlation = np.eye(len(blocks))
        values, vectors = np.linalg.eigh(correlation)
        return cls(X, tuple(blocks), parts, vectors * np.sqrt(np.maximum(values, 0.0)))

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """A copy; shape and dtype of X."""
        normal = rng.standard_normal((len(self.X), len(self.blocks))) @ self.root.T
        copy = np.empty_like(self.X)
        for j, (block, part) in enumerate(zip(self.blocks, self.parts, strict=True)):
            copy[np.ix_(np.argsort(normal[:, j]), np.array(block.columns))] = part
        return copy


def latent_correlation(latent: np.ndarray) -> np.ndarray:
    """The correlation of the normals behind the columns, nearest to what the ranks say and possible.

    Ties shorten a rank correlation by ``sqrt(1 - sum of cubed shares)`` per column, which is divided out.

    >>> latent_correlation(np.array([[1.0, 4.0], [2.0, 3.0], [3.0, 2.0], [4.0, 1.0]])).round(3)
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    ranks = rankdata(latent, axis=0)
    centred = ranks - ranks.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    untied = np.sqrt((len(latent) ** 3 - len(latent)) / 12)  # of ranks without ties: spread / untied is the shortening
    scale = np.where(spread > 0, spread, np.inf)
    r = (centred / scale).T @ (centred / scale)
    shortened = np.minimum(scale / untied, 1.0)
    r = np.clip(r / np.outer(shortened, shortened), -1, 1)
    rho = 2 * np.sin(np.pi / 6 * r)
    np.fill_diagonal(rho, 1.0)
    values, vectors = np.linalg.eigh(rho)
    if values[0] >= 0:
        return rho
    rho = (vectors * np.maximum(values, SMALLEST_EIGENVALUE)) @ vectors.T
    roots = np.sqrt(np.diag(rho))
    return rho / np.outer(roots, roots)


def _first_component(X: np.ndarray, blocks: Sequence[Block]) -> np.ndarray | None:
    """Every row on the first principal component of the numbers, else of the flags; None without either."""
    for kind in ("number", "flag"):
        columns = [b.columns[0] for b in blocks if b.kind == kind]
        if columns:
            centred = X[:, columns] - X[:, columns].mean(axis=0)
            return centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    return None


def _levels(block: np.ndarray, axis: np.ndarray | None) -> np.ndarray:
    """The level of every row as a number, ordered by its mean on `axis`."""
    code = np.unique(block, axis=0, return_inverse=True)[1].ravel()
    if axis is None:
        return code.astype(float)
    means = np.bincount(code, weights=axis) / np.bincount(code)
    return rankdata(means)[code]
