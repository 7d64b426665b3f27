"""Who is left alone, so that what a campaign did can be measured: a split by a seeded hash. Pure.

A customer's side follows from their key and the seed alone: the same in every export, whoever else is in it, on every
machine. A larger share keeps everybody a smaller one held out.
"""

import hashlib
from dataclasses import dataclass

from segmentation.errors import KindredError

TREATMENT, HOLDOUT = "treatment", "holdout"
SEED = 42
PER_PERSON = 2.0**64


@dataclass(frozen=True)
class Holdout:
    """A split: ``share`` in (0, 1) of the customers, about, is held out; another seed holds out others.

    >>> sum(Holdout(0.1).side(f"K{n}") == HOLDOUT for n in range(10_000))
    971
    """

    share: float
    seed: int = SEED

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise KindredError(f"a holdout of {self.share:g} is none; give a share between 0 and 1, such as 0.1")

    def side(self, key: str) -> str:
        """`HOLDOUT` or `TREATMENT` for the customer with this key."""
        digest = hashlib.blake2b(f"{self.seed}:{key}".encode(), digest_size=8).digest()
        return HOLDOUT if int.from_bytes(digest) / PER_PERSON < self.share else TREATMENT
