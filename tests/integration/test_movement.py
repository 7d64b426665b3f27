"""Who came, stayed and went between two runs, as the assignments of both say; on both databases."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from integration.trained import customers, labels, train
from sqlalchemy import delete, select
from stored import store_customers

from dashboard.cards.segment_place import moved_card, moved_title
from db.models import Assignment, ScoringRun
from db.queries.movement import flows, identities_by_segment
from segmentation.movement import Movement, Other
from segmentation.services.profiles import ProfileService
from segmentation.services.training import TrainingService

NEW = 5  # customers who were not there in the first run


@pytest.fixture
def runs(database, settings):
    """The ids of two runs of `shop`, the later one by a version with another number of segments; a decoy before."""
    training = TrainingService(database, settings)
    for slug in ("decoy", "shop"):
        store_customers(database, slug, customers())
        train(training, slug)
    with database.writing() as session:
        first = session.scalars(select(ScoringRun.id).order_by(ScoringRun.id.desc())).first()
        session.execute(delete(Assignment).where(Assignment.scoring_run_id == first, Assignment.customer_id <= NEW))
    train(training, k=4)
    with database.reading() as session:
        return first, session.scalars(select(ScoringRun.id).order_by(ScoringRun.id.desc())).first()


def test_every_count_is_that_of_the_assignments_of_both_runs(database, settings, runs):
    then, now = (labels(database, run) for run in runs)
    service = ProfileService(database, settings)
    seen = 0
    for segment in service.segments("shop"):
        told = service.segment("shop", segment.slug).movement
        here = [customer for customer, slug in now.items() if slug == segment.slug]
        from_where = Counter(then.get(customer) for customer in here)
        assert (told.stayed, told.joined) == (from_where.pop(segment.slug, 0), from_where.pop(None, 0))
        assert Counter({each.slug or each.name: each.customers for each in told.came}).total() == from_where.total()
        assert {each.slug for each in told.came if each.slug} <= set(from_where)
        gone = Counter(now[customer] for customer, slug in then.items() if slug == segment.slug)
        gone.pop(segment.slug, None)
        assert {each.slug: each.customers for each in told.went} == dict(gone)
        seen += told.joined
    assert seen == NEW


def test_the_first_run_has_nothing_to_be_compared_with(database, settings, runs):
    service = ProfileService(database, settings)
    detail = service.segment("decoy", service.segments("decoy")[0].slug)
    assert detail.movement is None
    assert "Nothing to compare with yet" in str(moved_card("decoy", detail))


def test_flows_are_between_these_two_runs_and_identities_those_asked_for(database, runs):
    with database.reading() as session:
        found = flows(session, *runs)
        assert sum(n for _start, _end, n in found) == len(customers())
        assert sum(n for start, _end, n in found if start is None) == NEW
        assert flows(session, runs[0], 999) == []
        ids = {start for start, _end, _n in found if start is not None}
        assert set(identities_by_segment(session, ids)) == ids
        assert identities_by_segment(session, []) == {}


@pytest.mark.parametrize(
    ("moved", "says"),
    [
        ((90, 3, 2, 5, 8), "90% stayed; 8 came, most of them from Savers, 10 went"),
        ((90, 9, 0, 5, 10), "90% stayed; 14 came, 10 went"),
        ((90, 0, 10, 0, 0), "90% stayed; nobody came, 10 went"),
        ((100, 0, 0, 0, 0), "Nobody came or went; 100 customers stayed"),
        ((0, 50, 0, 50, 0), "New: it was not there in the run before"),
    ],
)
def test_the_title_says_how_steady_a_segment_is(moved, says):
    stayed, joined, left, came, went = moved
    others = [[Other("Savers", "savers", 1, n)] if n else [] for n in (came, went)]
    told = Movement(datetime(2026, 1, 1, tzinfo=UTC), stayed, joined, left, *others)
    assert moved_title(told, stayed + joined + came) == says
