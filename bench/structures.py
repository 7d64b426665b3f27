"""Customers of one population in every shape, customers in planted groups, and what the checks say of them."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd

from segmentation.features.plan import plan
from segmentation.features.preparation import preparation
from segmentation.features.recipes import match, recipe
from segmentation.modelling.candidates import numbers_to_try
from segmentation.modelling.reality import RealityCheck
from segmentation.modelling.validation import check_reality

AS_OF = date(2026, 1, 1)


def correlated(rng: np.random.Generator, n: int, p: int, rho: float) -> np.ndarray:
    """Normals, every pair with the correlation `rho`."""
    return np.sqrt(rho) * rng.standard_normal((n, 1)) + np.sqrt(1 - rho) * rng.standard_normal((n, p))


def _mixture(rng: np.random.Generator, n: int, p: int) -> np.ndarray:
    """Columns of different kinds in turn, half of them leaning on one another."""
    z = correlated(rng, n, p, 0.3)
    shapes = (
        lambda v: v, lambda v: np.exp(5 + 0.9 * v), lambda v: np.clip(np.round(3 + v), 1, 5),
        lambda v: rng.poisson(np.exp(1 + 0.4 * v)), lambda v: np.round(45 + 14 * v), lambda v: 1 / (1 + np.exp(-v)),
    )  # fmt: skip
    return np.column_stack([shapes[j % len(shapes)](z[:, j]) for j in range(p)])


NUMBERS: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "uniform": lambda rng, n, p: rng.uniform(0, 100, (n, p)),
    "Gaussian": lambda rng, n, p: rng.standard_normal((n, p)),
    "heavy-tailed": lambda rng, n, p: rng.standard_t(3, (n, p)),
    "correlated Gaussian": lambda rng, n, p: correlated(rng, n, p, rng.choice([0.3, 0.6, 0.85])),
    "log-normal": lambda rng, n, p: np.exp(4 + rng.standard_normal((n, p))),
    "correlated log-normal": lambda rng, n, p: np.exp(4 + correlated(rng, n, p, 0.6)),
    "counts": lambda rng, n, p: rng.poisson(rng.uniform(1, 8, p), (n, p)).astype(float),
    "survey scales": lambda rng, n, p: np.clip(np.round(3 + 1.2 * correlated(rng, n, p, 0.2)), 1, 5),
    "rounded incomes": lambda rng, n, p: np.round(np.exp(10.5 + 0.5 * correlated(rng, n, p, 0.4)) / 5000) * 5000,
    "mixture": _mixture,
}
CATEGORIES = ("independent categories", "dependent categories")
STRUCTURELESS = (*NUMBERS, *CATEGORIES)


def structureless(kind: str, n: int, p: int, seed: int) -> pd.DataFrame:
    """`n` customers of one population with `p` features; numbers are floats, categories text."""
    rng = np.random.default_rng(seed)
    if kind in NUMBERS:
        return pd.DataFrame(NUMBERS[kind](rng, n, p), columns=[f"x{j}" for j in range(p)])
    categories = min(max(1, p // 3), 3)
    z = correlated(rng, n, p, 0.4)
    frame = pd.DataFrame(z[:, categories:], columns=[f"x{j}" for j in range(p - categories)])
    for j in range(categories):
        leaning = z[:, j] if kind == "dependent categories" else rng.standard_normal(n)
        cuts = np.sort(rng.uniform(-1, 1, rng.integers(1, 4)))
        frame[f"c{j}"] = np.array(list("abcde"), dtype=object)[np.digitize(leaning, cuts)]
    return frame


def planted(groups: int, p: int, separation: float, seed: int, *, n: int = 600, shape: str = "even") -> pd.DataFrame:
    """Customers in `groups`, neighbouring centres `separation` standard deviations apart.

    `shape` ``even``; ``unequal`` sizes up to 5:1; ``noise``, a fifth more columns without groups; ``skewed``,
    log-normal margins.
    """
    rng = np.random.default_rng(seed)
    weights = np.linspace(1, 5, groups) if shape == "unequal" else np.ones(groups)
    group = rng.choice(groups, n, p=weights / weights.sum())
    centres = _apart(rng, groups, p) * separation
    X = centres[group] + rng.standard_normal((n, p))
    if shape == "noise":
        X = np.hstack([X, rng.standard_normal((n, max(1, round(0.2 * p))))])
    if shape == "skewed":
        X = np.exp(4 + 0.6 * X / max(separation / 4, 1))
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(group=group)


def _apart(rng: np.random.Generator, groups: int, p: int) -> np.ndarray:
    """Centres whose closest two are exactly 1 apart, spread in all directions: the widest of 200 random draws."""
    best, widest = np.zeros((groups, p)), 0.0
    for _ in range(200):
        centres = rng.standard_normal((groups, p))
        apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
        closest = apart[~np.eye(groups, dtype=bool)].min()
        if closest / apart.max() > widest:
            best, widest = centres / closest, closest / apart.max()
    return best


def attributes_of(frame: pd.DataFrame) -> list[SimpleNamespace]:
    """An attribute per column."""
    return [
        SimpleNamespace(
            name=name, label=name, role="other", unit=None, sensitive=False,
            kind="number" if pd.api.types.is_numeric_dtype(frame[name]) else "category",
        )
        for name in frame
    ]  # fmt: skip


def checked(frame: pd.DataFrame, seed: int = 42) -> RealityCheck:
    """The reality check of a table, prepared as in training."""
    attributes = attributes_of(frame)
    planned = plan(match(recipe("all_usable"), attributes), attributes, frame, AS_OF)
    prepare = preparation(planned.features, seed=seed, plain=False)
    X = prepare.fit_transform(planned.values)
    return check_reality(planned.features, planned.values, prepare, X, numbers_to_try(len(X)), seed=seed)


def one_split(kind: str, n: int, p: int, seed: int) -> pd.DataFrame:
    """Customers of whom only the column ``x0`` falls into two: ``zero-inflated`` spend, or a ``bimodal`` one."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p))
    X[:, 0] = rng.standard_normal(n) + np.where(rng.random(n) < 0.5, 5.0, 0.0)
    if kind == "zero-inflated":
        X[:, 0] = np.where(rng.random(n) < 0.5, 0.0, np.round(np.exp(5 + 0.6 * X[:, 1] + 0.6 * X[:, 0] / 3), 2))
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(p)])


def skewed_spend(n: int = 2_000, seed: int = 7) -> pd.DataFrame:
    """Customers with a few very large spenders: log-normal spending, orders and baskets that grow together."""
    rng = np.random.default_rng(seed)
    size = rng.standard_normal(n)
    large = rng.random(n) < 0.005
    return pd.DataFrame(
        {
            "spend": np.round(np.exp(4.5 + 1.3 * size + 0.5 * rng.standard_normal(n)) * np.where(large, 40, 1), 2),
            "orders": 1.0 + rng.poisson(np.exp(0.8 + 0.9 * size) * np.where(large, 8, 1)),
            "basket": np.round(np.exp(3.2 + 0.6 * size + 0.5 * rng.standard_normal(n)) * np.where(large, 8, 1), 2),
        }
    )
