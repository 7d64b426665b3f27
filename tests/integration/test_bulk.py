"""The bulk loader stores the same on both databases, in the caller's transaction."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
import sqlalchemy as sa

from db.base import UtcDateTime
from db.bulk import bulk_insert

TABLE = sa.Table(
    "loaded",
    sa.MetaData(),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("spend", sa.Double),
    sa.Column("count", sa.Integer),
    sa.Column("active", sa.Boolean),
    sa.Column("joined", sa.DateTime),
    sa.Column("seen", UtcDateTime),
    sa.Column("day", sa.Date),
    sa.Column("level", sa.Text),
    sa.Column("given", sa.Integer, server_default="7"),
)
JOINED = datetime(2012, 9, 4, 1, 2, 3)  # noqa: DTZ001 (a date of a file is in no zone)
SEEN = datetime(2024, 1, 31, 12, tzinfo=UTC)
BATCH = pa.record_batch(
    {
        "key": ['a "quoted", one', "b\nline", "", "\\."],
        "spend": [0.1, float("nan"), None, -1e300],
        "count": [1, None, 3, 4],
        "active": [True, False, None, True],
        "joined": pa.array([JOINED, None, JOINED, JOINED], pa.timestamp("us")),
        "seen": pa.array([SEEN, None, SEEN, SEEN], pa.timestamp("us", "UTC")),
        "day": [date(2024, 2, 29), None, None, None],
        "level": pa.array(["x", None, "", "x"]).dictionary_encode(),
    }
)


def test_values_come_back_as_they_were_given(database):
    with database.writing() as session:
        TABLE.create(session.connection())
        assert bulk_insert(session.connection(), TABLE, [BATCH.slice(0, 2), BATCH.slice(2)]) == 4
    with database.reading() as session:
        found = {row.key: tuple(row)[1:] for row in session.execute(sa.select(TABLE))}
    assert found == {
        'a "quoted", one': (0.1, 1, True, JOINED, SEEN, date(2024, 2, 29), "x", 7),
        "b\nline": (None, None, False, None, None, None, None, 7),
        "": (None, 3, None, JOINED, SEEN, None, "", 7),
        "\\.": (-1e300, 4, True, JOINED, SEEN, None, "x", 7),
    }


def test_nothing_stays_of_a_transaction_that_fails(database):
    with database.writing() as session:
        TABLE.create(session.connection())
    with pytest.raises(sa.exc.IntegrityError if database.is_sqlite else Exception), database.writing() as session:
        bulk_insert(session.connection(), TABLE, [BATCH, BATCH])
    with database.reading() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(TABLE)).scalar() == 0


def test_no_batches_are_no_rows(database):
    with database.writing() as session:
        TABLE.create(session.connection())
        assert bulk_insert(session.connection(), TABLE, []) == 0
