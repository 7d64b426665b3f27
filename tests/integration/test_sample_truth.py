"""What the sample is for: plain k-means misses its personas, the default recipe finds them, whatever the seed."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler
from sqlalchemy import text

from segmentation.config import Settings
from segmentation.samples import Sample, generate, write_csv
from segmentation.samples.personas import PERSONAS
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.services.training import TrainOptions

SEEDS = (1, 2, 3)
PLAIN_AT_MOST, DEFAULT_AT_LEAST = 0.65, 0.80
LABELS = """
SELECT c.customer_key, s.label FROM assignment a
JOIN scoring_run r ON r.id = a.scoring_run_id JOIN segment s ON s.id = a.segment_id
JOIN customers_club c ON c.customer_id = a.customer_id WHERE r.model_version_id = :version
"""


@pytest.fixture
def services(sqlite_settings: Settings) -> Iterator[Services]:
    services = Services(sqlite_settings)
    yield services
    services.close()


def stored(services: Services, seed: int, folder: Path) -> Sample:
    """A club of this seed, imported from its file."""
    sample = generate(seed=seed)
    customers, _ = write_csv(sample, folder)
    result = services.imports.import_file(customers, "club", ImportOptions(key="customer_no"), by="test")
    assert result.as_json()["created"] == len(sample.customers)
    return sample


def agreement(services: Services, sample: Sample, version: int) -> float:
    """ARI of the personas and the stored assignments of a model version; everybody must have one."""
    with services.database.reading() as session:
        labels = pd.Series(dict(session.execute(text(LABELS), {"version": version}).all()))
    return float(adjusted_rand_score(sample.personas, labels.loc[sample.customers["customer_no"]]))


@pytest.mark.parametrize("seed", SEEDS)
def test_z_scored_k_means_on_the_numbers_misses_the_personas_even_told_how_many_there_are(seed):
    sample = generate(seed=seed)
    numbers = sample.customers.select_dtypes("number").astype(float)
    X = StandardScaler().fit_transform(numbers.fillna(numbers.median()))
    labels = KMeans(len(PERSONAS), n_init=10, random_state=42).fit_predict(X)
    assert adjusted_rand_score(sample.personas, labels) <= PLAIN_AT_MOST


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_default_recipe_finds_the_personas_and_their_number_where_plain_training_does_not(seed, services, tmp_path):
    sample = stored(services, seed, tmp_path)
    plain = services.training.train("club", TrainOptions(plain=True, k=len(PERSONAS), validate=False), by="test")
    assert agreement(services, sample, plain.version) <= PLAIN_AT_MOST
    default = services.training.train("club", TrainOptions(), by="test")
    assert default.as_json()["k"] == len(PERSONAS), default.as_json()["reason"]
    assert agreement(services, sample, default.version) >= DEFAULT_AT_LEAST
