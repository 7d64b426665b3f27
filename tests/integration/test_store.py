"""The schema: one head, up and down, equal to the models, and it refuses what must not be stored."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from db import models
from db.errors import SchemaError
from db.schema_version import alembic_config, check, head, upgrade
from db.session import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_there_is_one_head():
    assert ScriptDirectory.from_config(alembic_config("")).get_heads() == [head()]


def test_models_match_migrations(database):
    command.check(alembic_config(database.url))


def test_migrations_go_down_and_up_again(database):
    command.downgrade(alembic_config(database.url), "base")
    with pytest.raises(SchemaError, match="run: kindred db upgrade"):
        check(database)
    upgrade(database)
    check(database)


def test_a_database_made_by_a_newer_version_is_refused(database):
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for step in (check, upgrade):
        with pytest.raises(SchemaError, match="newer version"):
            step(database)


def test_a_database_of_another_program_is_left_alone(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/other.db")
    with database.writing() as session:
        session.connection().exec_driver_sql("CREATE TABLE dataset (id INTEGER)")
    with pytest.raises(SchemaError, match="another program"):
        upgrade(database)
    database.dispose()


def _dataset(**changes: object) -> models.Dataset:
    return models.Dataset(**{"slug": "shop", "name": "Shop", "created_at": NOW, "updated_at": NOW, **changes})


def _batch(**changes: object) -> models.ImportBatch:
    values = {
        "dataset_id": 1, "file_name": "a.csv", "sha256": "0", "dialect": {}, "mapping": {}, "on_duplicate": "update",
        "blank": "keep", "status": "running", "problem_counts": {}, "created_at": NOW, "created_by": "test",
    }  # fmt: skip
    return models.ImportBatch(**{**values, **changes})


def _job(**changes: object) -> models.Job:
    values = {"kind": "train", "payload": {}, "status": "queued", "created_at": NOW, "created_by": "test"}
    return models.Job(**{**values, **changes})


def _strategy(**changes: object) -> models.Strategy:
    values = {"identity_id": 1, "objective": "a", "owner": "", "status": "draft", "updated_at": NOW, "updated_by": "t"}
    return models.Strategy(**{**values, **changes})


def _scenario(**changes: object) -> models.Scenario:
    values = {
        "public_id": "a", "dataset_id": 1, "kind": "group", "name": "a", "note": "", "asked": {}, "created_at": NOW,
        "created_by": "t", "updated_at": NOW, "updated_by": "t",
    }  # fmt: skip
    return models.Scenario(**{**values, **changes})


def _campaign(**changes: object) -> models.Campaign:
    values = {
        "dataset_id": 1, "name": "a", "target": {}, "assumptions": {}, "holdout": 0.1, "seed": 1, "customers": 9,
        "without_consent": 0, "planned": {}, "revision": 1, "created_at": NOW, "created_by": "t", "updated_at": NOW,
        "updated_by": "t",
    }  # fmt: skip
    return models.Campaign(**{**values, **changes})


@pytest.mark.parametrize(
    "row",
    [
        lambda: _dataset(id=2),  # the slug is taken
        lambda: _dataset(slug="other", customers=-1),
        lambda: models.Attribute(dataset_id=1, position=0, name="a", label="A", kind="colour", source_header="A"),
        lambda: models.Attribute(
            dataset_id=1, position=0, name="a", label="A", kind="number", role="x", source_header="A"
        ),
        lambda: models.Attribute(dataset_id=99, position=0, name="a", label="A", kind="number", source_header="A"),
        lambda: _batch(status="half done"),
        lambda: _batch(on_duplicate="guess"),
        lambda: _batch(status="committed", rows_read=3, created=1, updated=1),
        lambda: _job(status="lost"),
        lambda: _job(progress=1.5),
        lambda: _job(status="running", queue="shop"),  # another job of the queue is running
        lambda: models.SegmentIdentity(dataset_id=1, slug="a", name="A", colour=11, created_at=NOW),
        lambda: models.SegmentIdentity(dataset_id=1, slug="a", name="A", colour=1, same_as_id=99, created_at=NOW),
        lambda: _strategy(status="paused"),
        lambda: _strategy(risk="huge"),
        lambda: _strategy(budget=-1.0),
        lambda: _scenario(kind="both"),
        lambda: _scenario(dataset_id=99),
        lambda: models.ScenarioResult(
            scenario_id=99, model_version_id=1, computed_at=NOW, computed_by="t", dataset_state="", body={}
        ),
        lambda: _campaign(holdout=1.0),
        lambda: _campaign(without_consent=10),
    ],
    ids=lambda row: type(row()).__name__,
)
def test_database_refuses(database, row):
    with database.writing() as session:
        session.add_all([_dataset(id=1), _job(status="running", queue="shop"), _job(queue="shop")])
        session.flush()
        session.add(models.SegmentIdentity(id=1, dataset_id=1, slug="b", name="B", colour=1, created_at=NOW))
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(row())


def test_what_is_read_is_an_instant_in_utc(database):
    with database.writing() as session:
        session.add(_dataset(id=1))
    with database.reading() as session:
        assert session.get_one(models.Dataset, 1).created_at == NOW


def test_a_failing_transaction_leaves_nothing(database):
    def write_and_fail() -> None:
        with database.writing() as session:
            session.add(_dataset(id=1))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with database.reading() as session:
        assert session.get(models.Dataset, 1) is None
