"""The columnar copy agrees with the store and never shows an older state."""

from collections import namedtuple
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from db import customers
from db.bulk import bulk_insert
from db.models import Attribute, Dataset
from segmentation.errors import NotFoundError
from segmentation.snapshots import Snapshots

Column = namedtuple("Column", "name kind")
COLUMNS = [
    Column("age", "number"),
    Column("active", "flag"),
    Column("city", "category"),
    Column("joined_on", "date"),
    Column("note", "text"),
]


def store(database, state="one"):
    """Three customers with every kind of attribute, and everything missing in the last."""
    now = datetime.now(UTC)
    batch = pa.record_batch(
        {
            "customer_id": [1, 2, 3],
            "customer_key": ["007", "8", "9"],
            "age": [30.0, 41.5, None],
            "active": [True, False, None],
            "city": ["Ghent", "Ghent", None],
            "joined_on": pa.array([datetime(2012, 9, 4), datetime(2014, 1, 2, 3, 4, 5), None], pa.timestamp("us")),  # noqa: DTZ001
            "note": ['says "hi",\nand more', "", None],
        }
    )
    with database.writing() as session:
        dataset = Dataset(slug="shop", name="Shop", created_at=now, updated_at=now, state=state, customers=3)
        session.add(dataset)
        session.flush()
        for position, (name, kind) in enumerate(COLUMNS):
            session.add(
                Attribute(
                    dataset_id=dataset.id, position=position, name=name, label=name, kind=kind, source_header=name
                )
            )
        table = customers.create(session.connection(), "shop", COLUMNS)
        bulk_insert(session.connection(), table, [batch])


def test_a_frame_holds_what_the_store_holds(database, settings):
    store(database)
    frame = Snapshots(database, settings).frame("shop")
    assert frame.index.tolist() == [1, 2, 3]
    assert frame["customer_key"].tolist() == ["007", "8", "9"]
    np.testing.assert_array_equal(frame["age"].to_numpy(), [30.0, 41.5, np.nan])
    np.testing.assert_array_equal(frame["active"].to_numpy(), [1.0, 0.0, np.nan])
    assert frame["city"].tolist() == ["Ghent", "Ghent", None]
    assert frame["joined_on"].tolist()[:2] == [pd.Timestamp("2012-09-04"), pd.Timestamp("2014-01-02 03:04:05")]
    assert frame["joined_on"].isna().tolist() == [False, False, True]
    assert frame["note"].tolist() == ['says "hi",\nand more', "", None]


def test_chosen_columns_come_in_the_order_asked(database, settings):
    store(database)
    frame = Snapshots(database, settings).frame("shop", ["city", "age"])
    assert frame.columns.tolist() == ["city", "age"]


def test_a_new_state_is_a_new_file_and_the_old_one_goes(database, settings):
    store(database)
    snapshots = Snapshots(database, settings)
    first = snapshots.path("shop")
    with database.writing() as session:
        session.query(Dataset).update({"state": "two"})
        session.connection().exec_driver_sql("DELETE FROM customers_shop WHERE customer_id = 2")
    assert snapshots.frame("shop").index.tolist() == [1, 3]
    assert [file.name for file in settings.snapshots.iterdir()] == ["shop.two.parquet"]
    assert not first.exists()


def test_an_unknown_dataset_is_named_with_the_known_ones(database, settings):
    store(database)
    with pytest.raises(NotFoundError, match="no dataset 'shoop'; known datasets: shop"):
        Snapshots(database, settings).frame("shoop")
