"""The sample loyalty club: customers of known personas, and purchases that agree with them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from segmentation.samples.customers import SPEND, draw_customers, lose_values
from segmentation.samples.personas import PERSONAS
from segmentation.samples.transactions import draw_transactions

AS_OF = date(2026, 6, 30)
CUSTOMERS = 2_000
SEED = 7


@dataclass(frozen=True)
class Sample:
    """A generated customer base.

    ``customers`` and ``transactions`` are as in the files, amounts in units of the currency with two
    decimals; ``personas`` is the truth: the persona's name per row of ``customers``, told by no column.
    """

    customers: pd.DataFrame
    transactions: pd.DataFrame
    personas: np.ndarray
    as_of: date


def generate(customers: int = CUSTOMERS, seed: int = SEED, as_of: date = AS_OF) -> Sample:
    """Draw a loyalty club; the same arguments give the same club.

    >>> sample = generate(customers=3, seed=1)
    >>> list(sample.customers.columns[:4])
    ['customer_no', 'year_of_birth', 'gender', 'education']
    >>> spent = sample.customers.filter(like="spend_").sum().sum()
    >>> bool(round(spent - sample.transactions["amount"].sum(), 2) == 0)
    True
    """
    rng = np.random.default_rng(seed)
    drawn, persona = draw_customers(rng, customers, as_of)
    transactions = draw_transactions(rng, drawn, as_of)
    known = lose_values(rng, drawn)
    known[SPEND] = known[SPEND] / 100
    transactions["amount"] = transactions["amount"] / 100
    return Sample(known, transactions, np.array([p.name for p in PERSONAS])[persona], as_of)


def write_csv(sample: Sample, folder: Path) -> tuple[Path, Path]:
    """Write ``customers.csv`` and ``transactions.csv`` into `folder`; a missing value is an empty cell."""
    paths = folder / "customers.csv", folder / "transactions.csv"
    for path, frame in zip(paths, (sample.customers, sample.transactions), strict=True):
        frame.to_csv(path, index=False, date_format="%Y-%m-%d" if frame is sample.customers else "%Y-%m-%d %H:%M:%S")
    return paths
