"""Comparing versions: at once where few are labelled, else from the story or as a job; always the same table."""

import json

import numpy as np
import pytest
from integration.test_identity import bring, evenly, people
from integration.trained import customers, one, train
from sqlalchemy import select, text
from stored import store_customers

from db.models import ModelVersion
from segmentation.config import Settings
from segmentation.errors import NotFoundError
from segmentation.services import Services, comparison

CROSSED = """
    SELECT i.slug, j.slug, count(*) FROM assignment a JOIN assignment b ON a.customer_id = b.customer_id
    JOIN segment s ON s.id = a.segment_id JOIN segment_identity i ON i.id = s.identity_id
    JOIN segment t ON t.id = b.segment_id JOIN segment_identity j ON j.id = t.identity_id
    WHERE s.model_version_id = :first AND t.model_version_id = :second GROUP BY i.slug, j.slug
"""


@pytest.fixture
def services(settings):
    services = Services(settings)
    yield services
    services.close()


def table(moves) -> dict[tuple[str, str], int]:
    return {
        (row["slug"], column["slug"]): moves.agreement.counts[i][j]
        for i, row in enumerate(moves.rows)
        for j, column in enumerate(moves.columns)
        if moves.agreement.counts[i][j]
    }


def test_the_three_ways_to_the_table_agree_with_a_count_of_the_store(services, tmp_path, monkeypatch):
    bring(services, tmp_path, evenly())
    first, second = (train(services.training, k=k).version for k in (3, 5))
    with services.database.reading() as session:
        counted = session.execute(text(CROSSED), {"first": first, "second": second}).all()
    expected = {(a, b): n for a, b, n in counted}

    at_once = services.comparison.compare(first, second)
    assert table(at_once.moves) == expected
    assert (at_once.first.version, at_once.second.version) == (first, second)
    assert at_once.moves.agreement.customers == 200
    assert not at_once.moves.stale

    monkeypatch.setattr(comparison, "AT_ONCE", 10)
    by_story = services.comparison.compare(first, second)
    assert table(by_story.moves) == expected
    turned = services.comparison.compare(second, first)
    assert table(turned.moves) == {(b, a): n for (a, b), n in expected.items()}

    third = train(services.training, k=4).version  # compared with the second when it was trained
    assert services.comparison.compare(first, third).moves is None
    result = services.jobs.run_here(comparison.KIND, {"first": first, "second": third}, "shop", by="ana")
    assert result["customers"] == 200
    by_job = services.comparison.compare(third, first)
    monkeypatch.setattr(comparison, "AT_ONCE", 5_000)
    assert table(by_job.moves) == table(services.comparison.compare(third, first).moves)
    assert by_job.moves.measured_at is not None

    question = next((each for each in services.identity.story(second).told if each.asks), None)
    if question is not None:
        services.identity.answer(second, question.label, True, by="ana")
        monkeypatch.setattr(comparison, "AT_ONCE", 10)
        assert sum(table(services.comparison.compare(first, second).moves).values()) == 200


def test_versions_of_two_datasets_are_not_compared(services, tmp_path):
    bring(services, tmp_path, people(40, 1, a=(10, 10), b=(40, 40)))
    store_customers(services.database, "other", customers(80))
    first = train(services.training, k=2).version
    other = train(services.training, "other", k=2).version
    with pytest.raises(NotFoundError, match=f"version {other} belongs to dataset 'other'"):
        services.comparison.compare(first, other)
    with pytest.raises(NotFoundError, match="no model version 99"):
        services.comparison.compare(first, 99)


def test_a_model_that_cannot_be_loaded_still_has_what_its_story_knows(services, tmp_path, monkeypatch):
    from segmentation.services import bundles

    bring(services, tmp_path, evenly())
    first, second = (train(services.training, k=k).version for k in (3, 5))
    expected = np.array(services.comparison.compare(first, second).moves.agreement.counts)
    monkeypatch.setattr(bundles, "_cache", bundles.BundleCache())
    with services.database.writing() as session:
        session.scalars(select(ModelVersion).where(ModelVersion.id == first)).one().libraries = {"scikit-learn": "0.1"}
    assert one(services.database, select(ModelVersion.libraries).where(ModelVersion.id == first))
    told = services.comparison.compare(first, second)
    assert (np.array(told.moves.agreement.counts) == expected).all()
    third = train(services.training, k=4).version
    lost = services.comparison.compare(first, third)
    assert lost.moves is None
    assert "scikit-learn" in lost.why_not


def test_the_command_prints_agreement_and_flows_and_the_note_is_listed(run, place, tmp_path, monkeypatch):
    """Also where it has to be measured as a job first."""
    file = tmp_path / "customers.csv"
    evenly().to_csv(file)
    assert run("import", file, "--dataset", "shop", "--key", "id").exit_code == 0
    services = Services(Settings(data_dir=place))
    train(services.training, k=2, note=" two halves ")
    train(services.training, k=3)
    train(services.training, k=5)
    services.close()
    monkeypatch.setattr(comparison, "AT_ONCE", 10)
    told = json.loads(run("compare-versions", 1, 3, "--json").stdout)
    assert (told["first"], told["second"], told["customers"]) == (1, 3, 200)
    assert sum(flow["customers"] for flow in told["flows"]) == 200
    assert sum(flow["share"] for flow in told["flows"]) == pytest.approx(2)  # of each of the two halves all
    assert "customers stay together" in run("compare-versions", 1, 2).stdout
    assert run("compare-versions", 1, 9).exit_code == 1
    listed = json.loads(run("models", "--dataset", "shop", "--json").stdout)
    assert [model["note"] for model in listed] == [None, None, "two halves"]
