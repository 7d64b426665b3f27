"""The order of rows in a file changes nobody's segment: the same customers, shuffled, are told the same."""

import numpy as np
import pandas as pd
import pytest
from integration.test_algorithms import options_for
from integration.trained import customers, train
from sqlalchemy import select, update
from stored import store_customers

from db.customers import customers_table
from db.models import Assignment, Dataset, Segment, SegmentIdentity
from db.queries.datasets import attributes_of
from segmentation.lookups import require_dataset
from segmentation.modelling.algorithms import ALGORITHMS
from segmentation.services import Services
from segmentation.services.reading import in_order
from segmentation.snapshots import Snapshots


@pytest.fixture
def services(sqlite_settings):
    """The same customers twice; in the second dataset they come in another order and so have other ids."""
    services = Services(sqlite_settings)
    frame = customers(200)
    store_customers(services.database, "straight", frame)
    store_customers(services.database, "shuffled", frame.iloc[np.random.default_rng(5).permutation(len(frame))])
    yield services
    services.close()


def by_key(services: Services, slug: str, version: int) -> dict[str, tuple[str, float, float]]:
    """Name of the segment, confidence and distance of each customer, by the customer's own key."""
    with services.database.reading() as session:
        table = customers_table(slug, attributes_of(session, require_dataset(session, slug).id))
        found = session.execute(
            select(table.c.customer_key, SegmentIdentity.name, Assignment.confidence, Assignment.distance)
            .join(Assignment, Assignment.customer_id == table.c.customer_id)
            .join(Segment, Segment.id == Assignment.segment_id)
            .join(SegmentIdentity, SegmentIdentity.id == Segment.identity_id)
            .where(Segment.model_version_id == version)
        )
        return {key: tuple(told) for key, *told in found}


def both(services: Services, **options) -> list[tuple]:
    told = []
    for slug in ("straight", "shuffled"):
        result = train(services.training, slug=slug, **options)
        said = {name: value for name, value in result.as_json().items() if name not in ("version", "segments")}
        sizes = sorted((each["name"], each["size"], each["stability"]) for each in result.as_json()["segments"])
        told.append((by_key(services, slug, result.version), said, sizes))
    return told


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_order_of_the_file_changes_nobodys_segment(services, name):
    straight, shuffled = both(services, **options_for(name))
    assert straight == shuffled
    assert len(straight[0]) == 200


@pytest.mark.parametrize("key", ["id", None])
def test_the_order_of_the_file_changes_nobody_in_the_sample_that_recipes_are_studied_on(database, settings, key):
    values = np.random.default_rng(3).normal(size=7_000).round(6)
    frame = pd.DataFrame({"score": values, "city": np.where(values > 0, "Oslo", None)}, index=np.arange(7_000))
    shuffled = frame.iloc[np.random.default_rng(5).permutation(len(frame))]
    if key is None:
        shuffled = shuffled.reset_index(drop=True)  # the keys are the numbers of the rows
    store_customers(database, "straight", frame)
    store_customers(database, "shuffled", shuffled)
    with database.writing() as session:
        session.execute(update(Dataset).values(key_attribute=key))
    drawn = [Snapshots(database, settings).sample(slug) for slug in ("straight", "shuffled")]
    drawn = [in_order(each, keyed=key is not None).reset_index(drop=True) for each in drawn]
    if key is None:
        drawn = [each.drop(columns="customer_key") for each in drawn]
    assert len(drawn[0]) == 5_000
    pd.testing.assert_frame_equal(*drawn)
    assert drawn[0]["score"].mean() == pytest.approx(values.mean(), abs=0.03)


@pytest.mark.slow
def test_the_order_of_the_file_changes_neither_the_recommendation_nor_the_checks(services):
    straight, shuffled = both(services, k="auto", validate=True)
    assert straight == shuffled
