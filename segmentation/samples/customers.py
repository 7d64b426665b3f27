"""The customers of the sample loyalty club, drawn from the personas."""

from datetime import date

import numpy as np
import pandas as pd

from segmentation.samples.personas import CATEGORIES, CHANNELS, EDUCATION, MARITAL, PERSONAS, REGIONS

WINDOW_DAYS = 730  # spend and purchases cover the 24 months before as_of
SPEND = [f"spend_{category}" for category in CATEGORIES]
PURCHASES = [f"{channel}_purchases" for channel in CHANNELS]
RESPONSES = [*(f"accepted_campaign_{number}" for number in range(1, 6)), "response"]
MISSING = {"year_of_birth": 0.02, "education": 0.03, "marital_status": 0.025, "income": 0.04, "web_visits_month": 0.045}

# Spreads within a persona, as standard deviations of the logarithm: they make personas overlap and tails heavy.
_INTENSITY_SD = 0.65  # how much a customer buys of everything
_TASTE_SD = 0.7  # how much of one category
_INCOME_SD = 0.25
_RECENCY_SD = 0.7
_TENURE_SD = 0.35

# Outliers, as shares of the customers.
_TRADE = 0.007  # small businesses that buy through a private card,
_TRADE_FACTOR = (40, 90)  # this many times as much as others
_TYPING_ERROR = 0.003  # an income with a zero too many
_BORN_1900 = 0.001  # the default of some form


def draw_customers(rng: np.random.Generator, n: int, as_of: date) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw customers, every value known.

    Returns
    -------
    customers : DataFrame, n rows
        The columns of the file; spend in cents (int64). Everybody has at least one purchase in the
        24 months before `as_of`, and joined before the last one.
    persona : ndarray of int, shape (n,)
        Index into PERSONAS: the truth, which no column tells.
    """
    shares = np.array([persona.share for persona in PERSONAS])
    persona = rng.choice(len(PERSONAS), size=n, p=shares / shares.sum())

    def of(field: str) -> np.ndarray:
        return np.array([getattr(persona, field) for persona in PERSONAS], dtype=float)[persona]

    def log_normal(field: str, sd: float) -> np.ndarray:
        return of(field) * np.exp(rng.normal(0, sd, n))

    age = np.clip(rng.normal(of("age"), of("age_sd")), 18, 95)
    recency = np.minimum(log_normal("recency_days", _RECENCY_SD), WINDOW_DAYS - 1).astype(int)
    adult_days = 365.25 * (age - 16)  # membership is from 16
    tenure = np.maximum(np.minimum(365.25 * log_normal("tenure_years", _TENURE_SD), adult_days).astype(int), recency)
    buys = np.where(rng.random(n) < _TRADE, rng.uniform(*_TRADE_FACTOR, n), np.exp(rng.normal(0, _INTENSITY_SD, n)))
    income = log_normal("income", _INCOME_SD) * np.where(rng.random(n) < _TYPING_ERROR, 10, 1)
    customers = pd.DataFrame(
        {
            "customer_no": [f"K{number:06d}" for number in 1 + rng.permutation(n)],
            "year_of_birth": np.where(rng.random(n) < _BORN_1900, 1900, as_of.year - age.astype(int)),
            "gender": np.where(rng.random(n) < of("female"), "Female", "Male"),
            "education": _levels(rng, EDUCATION, of("education")),
            "marital_status": _levels(rng, MARITAL, of("marital")),
            "children_at_home": np.minimum(rng.poisson(of("children")), 5),
            "region": _levels(rng, REGIONS, of("region")),
            "income": 10 * (income / 10).astype(int),
            "joined_on": np.datetime64(as_of, "D") - tenure.astype("timedelta64[D]"),
            "email_consent": np.where(rng.random(n) < 0.86, "yes", "no"),
            "recency_days": recency,
            "web_visits_month": rng.poisson(of("visits") * rng.gamma(8, 1 / 8, n)),
        }
    )
    customers[SPEND] = _spend(rng, of("spend"), buys)
    customers[PURCHASES] = _purchases(rng, of("purchases"), buys)
    customers[RESPONSES] = (rng.random((n, len(RESPONSES))) < of("campaigns")).astype(int)
    return customers, persona


def lose_values(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    """The customers with some answers missing (MISSING), as in any file; no spend, purchase or date is lost."""
    lost = customers.copy()
    for column, share in MISSING.items():
        lost[column] = lost[column].convert_dtypes().mask(rng.random(len(lost)) < share)
    return lost


def _levels(rng: np.random.Generator, levels: tuple[str, ...], weights: np.ndarray) -> np.ndarray:
    """One level per row, by the row's weights (n, levels)."""
    edges = np.cumsum(weights, axis=1)
    drawn = rng.random(len(weights)) * edges[:, -1]
    return np.array(levels)[(drawn[:, None] >= edges).sum(axis=1)]


def _spend(rng: np.random.Generator, medians: np.ndarray, buys: np.ndarray) -> np.ndarray:
    """Cents per customer and category (n, 6); who would spend under 5.00 in a category spends nothing there."""
    taste = np.exp(rng.normal(0, _TASTE_SD, medians.shape))
    cents = np.rint(100 * medians * buys[:, None] * taste).astype(np.int64)
    cents[cents < 500] = 0
    cents[cents.sum(axis=1) == 0, 0] = 500
    return cents


def _purchases(rng: np.random.Generator, means: np.ndarray, buys: np.ndarray) -> np.ndarray:
    """Invoices per customer and channel (n, 4); who buys more buys more often, but also more at a time."""
    counts = rng.poisson(means * buys[:, None] ** 0.7 * rng.gamma(6, 1 / 6, means.shape))
    counts[counts.sum(axis=1) == 0, CHANNELS.index("store")] = 1
    return counts
