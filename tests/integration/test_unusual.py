"""Unusual and borderline customers are found at scoring, kept with the run, and gone when they are forgotten."""

import pytest
from integration.test_identity import bring, people
from integration.trained import one, train
from sqlalchemy import select

from db.models import ScoringRun, Segment
from segmentation.services import Services


@pytest.fixture
def services(settings):
    services = Services(settings)
    yield services
    services.close()


def newest(services: Services) -> dict:
    return one(services.database, select(ScoringRun.unusual).order_by(ScoringRun.id.desc()).limit(1))


def test_who_is_unusual_is_kept_with_the_run_and_forgotten_with_the_customer(services, tmp_path):
    frame = people(150, 5, a=(20, 20), b=(24, 26), c=(60, 60))
    frame.loc["c3", "spend_food"] = 99_999.0
    bring(services, tmp_path, frame)
    train(services.training, k=3)
    told = newest(services)["unusual"]
    assert told["customers"] == sum(told["by_label"].values()) == 1
    [one_of_them] = told["top"]
    assert one_of_them["features"][0]["value"] == 99_999.0
    assert one_of_them["segment_id"] in [id_ for (id_,) in _rows(services, select(Segment.id))]
    assert services.datasets.forget("shop", "c3")["forgotten"] == 1
    told = newest(services)["unusual"]
    assert (told["top"], told["customers"], sum(told["by_label"].values())) == ([], 0, 0)
    assert services.scoring.score("shop", by="ana").customers == 449


def test_who_is_often_elsewhere_is_told_by_the_refits_and_carried_to_later_runs(services, tmp_path):
    bring(services, tmp_path, people(100, 5, a=(20, 20), b=(28, 27), c=(22, 36)))
    train(services.training, k=3, validate=True)
    told = newest(services)["between"]
    assert sum(told["sampled"].values()) == 300
    assert 0 < len(told["top"]) <= 60
    assert all(each["elsewhere"] > 0.2 for each in told["top"])
    services.scoring.score("shop", by="ana")
    assert newest(services)["between"] == told
    key = people(100, 5, a=(20, 20), b=(28, 27), c=(22, 36)).index[told["top"][0]["customer_id"] - 1]
    services.datasets.forget("shop", key)
    gone = told["top"][0]["customer_id"]
    runs = [run for (run,) in _rows(services, select(ScoringRun.unusual))]
    assert all(gone not in [each["customer_id"] for each in run["between"]["top"]] for run in runs)
    services.scoring.score("shop", by="ana")
    assert newest(services)["between"]["top"] == told["top"][1:]


def _rows(services: Services, statement):
    with services.database.reading() as session:
        return session.execute(statement).all()
