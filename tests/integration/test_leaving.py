"""Who is forgotten, or came with an import that is taken back, is counted nowhere any more."""

import json

import pytest
from integration.test_identity import bring, people
from integration.test_pages_http import Pages
from integration.trained import rows, train
from sqlalchemy import text

from segmentation.services import Services

COUNTED = """
    SELECT r.id, g.segment_id, g.customers, g.borderline, g.value, count(a.customer_id),
      sum(CASE WHEN a.confidence < 0.05 THEN 1 ELSE 0 END), sum(c.spend_food)
    FROM scoring_run r JOIN run_segment g ON g.scoring_run_id = r.id
      LEFT JOIN assignment a ON a.scoring_run_id = r.id AND a.segment_id = g.segment_id
      LEFT JOIN customers_shop c ON c.customer_id = a.customer_id
    GROUP BY r.id, g.segment_id, g.customers, g.borderline, g.value
"""


@pytest.fixture
def services(settings):
    """On both databases."""
    services = Services(settings)
    yield services
    services.close()


def everybody_is_counted_once(services) -> int:
    """Every run has as many people, on a border and worth as much, as it has assignments; how many the newest has."""
    found = rows(services.database, text(COUNTED))
    for _run, _segment, customers, borderline, value, assigned, unsure, spent in found:
        assert (customers, borderline) == (assigned, unsure or 0)
        assert value == pytest.approx(spent or 0.0)
    totals = rows(services.database, text("SELECT id, customers, borderline, value FROM scoring_run ORDER BY id"))
    for run, customers, borderline, value in totals:
        mine = [each for each in found if each[0] == run]
        assert (customers, borderline) == (sum(each[2] for each in mine), sum(each[3] for each in mine))
        assert value == pytest.approx(sum(each[4] for each in mine))
    return totals[-1][1]


def test_no_page_shows_more_people_than_there_are(services, tmp_path):
    bring(services, tmp_path, people(40, 3, a=(20, 20), b=(24, 26), c=(60, 60)))
    train(services.training)
    bring(services, tmp_path, people(5, 4, new=(22, 23)))
    services.scoring.score("shop", by="ana")
    assert everybody_is_counted_once(services) == 125
    assert services.datasets.forget("shop", "a3")["assignments"] == 2  # of two runs
    assert everybody_is_counted_once(services) == 124
    query = {"dataset": "shop", "segment": services.profiles.segments("shop")[0].slug}
    pages = Pages(services)
    for answer in (
        pages.call([("overview--query", "data", query)]), pages.call([("segments--query", "data", query)]),
        pages.call([("segment--query", "data", query), ("segment--changed", "data", None)]),
        services.passports.passport(1)["limits"],
    ):  # fmt: skip
        assert json.dumps(answer).count("Averages are of before the change;") == 1 + (
            "overview--body.children" in answer
        )
    second, first = (each.batch for each in services.imports.history("shop"))
    services.imports.undo(second, by="ana")
    assert everybody_is_counted_once(services) == 119
    overview = services.profiles.overview("shop")
    assert overview.customers == overview.run.customers == sum(each.customers for each in overview.segments) == 119
    assert overview.stale_since is not None  # averages are those of the run until everybody is assigned again
    services.imports.undo(first, by="ana")
    assert everybody_is_counted_once(services) == 0
    for page in ("overview", "segments", "map", "simulator"):
        pages.call([(f"{page}--query", "data", {"dataset": "shop"})])
    assert services.profiles.overview("shop").run is None
    gone = services.profiles.segment("shop", overview.segments[0].slug)
    assert (gone.summary.customers, gone.withheld) == (0, True)
    assert {each["size"] for each in services.passports.passport(overview.model.version)["segments"]} == {0}
