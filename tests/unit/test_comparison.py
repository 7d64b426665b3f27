"""Two versions side by side: the index is scikit-learn's, and numbers of labels play no part."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentation.comparison import agreement, crossed


@pytest.mark.parametrize("seed", range(20))
def test_the_adjusted_rand_index_is_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    k, m, n = rng.integers(1, 8), rng.integers(1, 8), rng.integers(2, 300)
    first, second = rng.integers(0, k, n), rng.integers(0, m, n)
    told = agreement(crossed(first, second, k, m))
    assert told.ari == pytest.approx(adjusted_rand_score(first, second), abs=1e-12)
    assert told.customers == n
    other = agreement(crossed(rng.permutation(k)[first], rng.permutation(m)[second], k, m))
    assert (other.ari, other.stay) == pytest.approx((told.ari, told.stay))


def test_who_stays_is_counted_in_segments_that_are_the_same():
    told = agreement(np.array([[60, 20, 0], [0, 40, 40], [0, 0, 40]]))
    assert told.pairs == [(0, 0), (2, 2)]  # the middle one shares a quarter with either
    assert told.stay == pytest.approx(100 / 200)
    confirmed = agreement(np.array([[40, 60], [0, 100]]), [(0, 0)])
    assert (confirmed.pairs, confirmed.stay) == ([(0, 0), (1, 1)], 140 / 200)
    assert agreement(np.zeros((2, 2), dtype=int)).stay == 0.0
