"""The pages' figures: every one equals a count in SQL, and a second dataset changes none of them."""

from datetime import UTC, datetime

import numpy as np
import pytest
from integration.profiled import KINDS, NAMES, customers_frame, store_customers, store_run
from sqlalchemy import select, text, update

from db.customers import customers_table
from db.models import Dataset, ModelVersion, RunSegment, ScoringRun, Strategy
from db.queries import profiles as profile_queries
from db.queries import segments as segment_queries
from db.queries.strategies import plays_of
from segmentation.errors import NotFoundError
from segmentation.services.profiles import ProfileService
from segmentation.simulator import confidence_word


@pytest.fixture
def run_id(database):
    """The run of dataset `shop`; a decoy dataset with other figures was stored before it."""
    frame, labels = customers_frame((3, 5, 60, 40))
    store_run(database, store_customers(database, "decoy", frame), frame, labels)
    frame, labels = customers_frame()
    return store_run(database, store_customers(database, "shop", frame), frame, labels)


@pytest.fixture
def service(database, settings, run_id):
    return ProfileService(database, settings)


def counted(database, sql):
    with database.reading() as session:
        return session.execute(text(sql)).all()


IN_SEGMENTS = """
    SELECT i.slug, count(*), sum(c.spend), avg(c.spend), avg(c.visits),
           sum(CASE WHEN a.confidence < 0.05 THEN 1 ELSE 0 END)
    FROM assignment a JOIN customers_shop c ON c.customer_id = a.customer_id JOIN segment s ON s.id = a.segment_id
    JOIN segment_identity i ON i.id = s.identity_id WHERE a.scoring_run_id = {run} GROUP BY i.slug
"""


def test_every_figure_of_the_overview_equals_its_count_in_sql(database, service, run_id):
    overview = service.overview("shop")
    in_sql = {slug: rest for slug, *rest in counted(database, IN_SEGMENTS.format(run=run_id))}
    total, spend = counted(database, "SELECT count(*), sum(spend) FROM customers_shop")[0]
    assert overview.customers == overview.run.customers == total
    assert overview.run.value == pytest.approx(spend)
    assert overview.run.value_per_customer == pytest.approx(spend / total)
    assert sum(segment.customers for segment in overview.segments) == total
    assert overview.run.borderline == sum(segment.borderline for segment in overview.segments)
    for segment in overview.segments:
        customers, value, per_customer, _, borderline = in_sql[segment.slug]
        assert (segment.customers, segment.borderline) == (customers, borderline)
        assert segment.share == pytest.approx(customers / total)
        told = (segment.value, segment.value_share, segment.value_per_customer)
        assert told == (pytest.approx((value, value / spend, per_customer)) if customers >= 10 else (None,) * 3)


def test_the_title_is_the_smallest_set_with_the_most_of_the_value(service):
    overview = service.overview("shop")
    top = overview.segments[0]
    assert top.name == "High spenders"
    assert overview.title == f"{top.share:.0%} of customers bring {top.value_share:.0%} of spending"
    assert overview.lede.startswith("One of four segments brings it: “High spenders”.")
    assert overview.model.silhouette_word == "fair"
    assert [finding.about for finding in overview.findings] == [
        "small", "separation", "border", "unowned", "unnamed",
    ]  # fmt: skip
    assert (overview.next_step.action, overview.next_step.slug) == ("segment", top.slug)


def test_segments_come_in_display_order_with_their_traits(service):
    segments = service.segments("shop")
    assert [segment.name for segment in segments] == NAMES
    assert segments[0].top_features[0].attribute == "spend"
    assert segments[2].top_features[0].attribute == "visits"
    assert segments[0].description.startswith("40 customers: higher spend (")


def test_a_segment_of_under_ten_people_is_counted_and_not_described(service):
    assert service.segments("shop")[3].top_features == []
    detail = service.segment("shop", "a-handful")
    assert detail.withheld
    assert (detail.features, detail.lifts, detail.distribution, len(detail.profile)) == ([], [], None, 0)
    assert "too few" in detail.sentence
    assert service.segment("shop", "high-spenders").neighbour.slug != "a-handful"


def test_the_figures_of_a_segment_equal_their_means_in_sql(database, service, run_id):
    in_sql = {slug: rest for slug, *rest in counted(database, IN_SEGMENTS.format(run=run_id))}
    for slug in ("high-spenders", "frequent-visitors"):
        detail = service.segment("shop", slug)
        by_name = {feature.attribute: feature for feature in detail.features}
        assert by_name["spend"].mean == pytest.approx(in_sql[slug][2])
        assert by_name["visits"].mean == pytest.approx(in_sql[slug][3])
        everyone = counted(database, "SELECT avg(spend), avg(visits) FROM customers_shop")[0]
        assert by_name["spend"].population_mean == pytest.approx(everyone[0])
        assert by_name["visits"].population_mean == pytest.approx(everyone[1])
        assert by_name["spend"].neighbour_mean == pytest.approx(in_sql[detail.neighbour.slug][2])


def test_a_segment_page_has_its_distribution_lifts_and_table(service):
    detail = service.segment("shop", "high-spenders")
    shown = detail.distribution
    assert (shown.attribute, shown.customers, shown.population) == ("spend", 40, 204)
    assert sum(shown.counts) + shown.above + shown.below == 40
    assert sum(shown.population_counts) <= 204
    assert len(shown.edges) == len(shown.counts) + 1 == len(shown.population_counts) + 1
    assert [lift.text for lift in detail.lifts][:2] in (["Oslo", "Member"], ["Member", "Oslo"])
    assert all(lift.customers >= 10 for lift in detail.lifts)
    assert detail.profile["attribute"].tolist() == list(KINDS)
    assert detail.profile["used"].tolist() == [True, True, False, False]
    spend = detail.profile.set_index("attribute").loc["spend"]
    beside = service.segment("shop", detail.neighbour.slug).profile.set_index("attribute").loc["spend"]
    assert spend["neighbour_median"] == beside["median"]
    assert [each.slug for each in detail.segments] == [each.slug for each in service.segments("shop")]


def test_members_are_the_stored_ones_with_their_values(database, service, run_id):
    detail = service.segment("shop", "high-spenders")
    assert detail.typical.rows["customer_key"].tolist() == ["K0003", "K0002", "K0001"]
    assert detail.typical.columns[0].name == "spend"
    for row in detail.typical.rows.itertuples():
        ((spend, confidence),) = counted(
            database,
            f"SELECT c.spend, a.confidence FROM customers_shop c JOIN assignment a ON a.customer_id = c.customer_id "
            f"WHERE c.customer_key = '{row.customer_key}' AND a.scoring_run_id = {run_id}",
        )
        assert (row.spend, row.confidence) == pytest.approx((spend, confidence))
        assert row.runner_up == "Light spenders"
        assert row.word == confidence_word(row.confidence, row.percentile)
    assert service.segment("shop", "frequent-visitors").typical.columns[0].name == "visits"


def test_the_map_shows_the_sampled_customers(service):
    view = service.projection("shop")
    assert (view.shown, view.customers, len(view.points)) == (21, 204, 21)
    assert view.points.columns.tolist() == ["customer_key", "segment_slug", "x", "y", "z", "confidence", "customer_id"]
    assert view.points["segment_slug"][0] == "high-spenders"
    [component] = view.components
    assert (component["explained"], component["positive_words"]) == (1.0, "more spending")
    assert [each.slug for each in view.segments] == [each.slug for each in service.segments("shop")]


def test_the_command_line_gets_the_json_of_the_design(service):
    told = service.segments_json("shop")
    assert [each["size"] for each in told] == [90, 70, 40, 4]
    assert set(told[0]) == {
        "name", "slug", "auto_name", "version", "size", "share", "value", "value_share", "stability", "stability_word",
        "top_features", "strategy", "description",
    }  # fmt: skip
    assert set(told[0]["top_features"][0]) == {"attribute", "mean", "population_mean", "effect"}
    assert (told[0]["stability"], told[0]["strategy"]) == (None, None)


def test_what_sets_the_segments_apart_is_read_from_stored_profiles(database, service, run_id):
    found = service.effects("shop")
    assert {each.attribute for each in found} == set(KINDS)
    spend = next(each for each in found if each.attribute == "spend")
    total = counted(database, "SELECT avg(spend) FROM customers_shop")[0][0]
    in_sql = counted(database, IN_SEGMENTS.format(run=run_id))
    between = sum(size * (mean - total) ** 2 for _, size, _, mean, *_ in in_sql)
    whole = counted(database, f"SELECT sum((spend - {total}) * (spend - {total})) FROM customers_shop")[0][0]
    assert spend.value == pytest.approx(between / whole)
    assert found[0] is spend  # what formed the segments comes first


def test_a_play_is_told_with_what_keeps_it_from_being_ready(database, service, run_id):
    with database.writing() as session:
        model = session.scalar(select(ModelVersion).join(ScoringRun).where(ScoringRun.id == run_id))
        model.reality_check = {"verdict": "groups", "null_mean": 0.3, "z": 4.0, "score": 0.34}
        for segment, identity in segment_queries.champion_segments(session, model.id)[:2]:
            segment.stability = 0.9 if segment.label == 0 else 0.5
            at = datetime(2024, 5, 2, tzinfo=UTC)
            play = {"objective": f"Thank {identity.name}", "owner": "Ana", "status": "planned"}
            session.add(Strategy(identity_id=identity.id, **play, updated_at=at, updated_by="ana"))
    told = {each["slug"]: each["strategy"] for each in service.segments_json("shop")}
    ready = {"objective": "Thank High spenders", "status": "planned", "ready": True, "why_not": None}
    why_not = "the segment is not stable (0.50, needed 0.75)"
    assert told["high-spenders"] == ready
    assert told["light-spenders"] == {**ready, "objective": "Thank Light spenders", "ready": False, "why_not": why_not}
    assert told["frequent-visitors"] is None  # and the plays of the decoy's segments are nobody's here
    standing = service.segment("shop", "high-spenders").standing
    assert {each.name: each.met for each in standing.criteria} == {
        "measurable": True, "substantial": True, "accessible": None, "differentiable": True, "actionable": True,
    }  # fmt: skip
    handful = service.segment("shop", "a-handful").standing
    assert (handful.criteria, handful.play) == ([], None)
    assert "too small (4 customers" in handful.why_not
    with database.reading() as session:
        assert plays_of(session, []) == {}


def test_without_a_model_the_overview_says_what_to_do(database, settings):
    frame, _ = customers_frame()
    store_customers(database, "shop", frame)
    overview = ProfileService(database, settings).overview("shop")
    assert (overview.model, overview.run, overview.segments) == (None, None, [])
    assert overview.title == "No segments yet"
    assert overview.lede.startswith("204 customers are stored. Train a first model")
    assert overview.next_step.action == "train"
    assert ProfileService(database, settings).segments("shop") == []
    assert ProfileService(database, settings).segments_json("shop") == []
    for ask in (lambda s: s.projection("shop"), lambda s: s.segment("shop", "x")):
        with pytest.raises(NotFoundError, match="no model yet; train one first"):
            ask(ProfileService(database, settings))


def test_an_empty_dataset_asks_for_a_file(database, settings):
    with database.writing() as session:
        session.add(Dataset(slug="new", name="New", created_at=datetime.now(UTC), updated_at=datetime.now(UTC)))
    assert ProfileService(database, settings).overview("new").next_step.action == "import"


def test_customers_that_changed_since_make_the_overview_stale(database, service):
    changed = datetime(2024, 6, 1, tzinfo=UTC)
    with database.writing() as session:
        session.execute(update(Dataset).where(Dataset.slug == "shop").values(state="two", updated_at=changed))
    overview = service.overview("shop")
    assert overview.stale_since == changed
    assert (overview.findings[0].about, overview.next_step.action) == ("stale", "score")


def test_what_does_not_exist_is_named_with_what_does(service):
    with pytest.raises(NotFoundError, match="there is no dataset 'shp'; known datasets: decoy, shop"):
        service.overview("shp")
    with pytest.raises(NotFoundError, match="did you mean 'high-spenders'"):
        service.segment("shop", "high-spender")


def test_a_second_run_is_compared_with_the_first(database, settings, run_id):
    with database.writing() as session:
        champion = segment_queries.champion_of(session, session.query(Dataset).filter_by(slug="shop").one().id)
        first = segment_queries.newest_run(session, champion.id)
        second = type(first)(
            **{c.name: getattr(first, c.name) for c in first.__table__.columns if c.name not in ("id", "customers")},
            customers=first.customers + 10,
        )
        session.add(second)
        session.flush()
        for each in segment_queries.segments_of_run(session, first.id):
            values = {c.name: getattr(each.counts, c.name) for c in RunSegment.__table__.columns}
            session.add(RunSegment(**values | {"scoring_run_id": second.id}))
    service = ProfileService(database, settings)
    overview = service.overview("shop")
    assert (overview.run.customers, overview.previous.customers) == (214, 204)
    assert overview.segments[0].top_features == []  # this run has no profiles, and the page still stands


# --- named selects, each with a decoy (the dataset `decoy`) and an empty group


def test_segments_of_run_are_those_of_that_run_in_order(database, run_id):
    with database.reading() as session:
        found = segment_queries.segments_of_run(session, run_id)
        assert [(each.identity.name, each.counts.customers) for each in found] == list(
            zip(NAMES, [40, 90, 70, 4], strict=True)
        )
        assert segment_queries.segments_of_run(session, run_id + 99) == []


def test_segments_without_members_are_kept(database, settings):
    frame, labels = customers_frame()
    labels = np.where(labels == 3, 2, labels)
    run_id = store_run(database, store_customers(database, "shop", frame), frame, labels)
    with database.reading() as session:
        assert segment_queries.segments_of_run(session, run_id)[3].counts.customers == 0
    empty = ProfileService(database, settings).segments("shop")[3]
    assert (empty.customers, empty.share, empty.value_per_customer, empty.top_features) == (0, 0.0, None, [])
    assert ProfileService(database, settings).segment("shop", "a-handful").withheld


def test_champion_and_runs_are_those_of_the_dataset(database, run_id):
    with database.reading() as session:
        shop = session.query(Dataset).filter_by(slug="shop").one()
        champion = segment_queries.champion_of(session, shop.id)
        assert champion.dataset_id == shop.id
        assert segment_queries.recipe_of(session, champion.id).dataset_id == shop.id
        run = segment_queries.newest_run(session, champion.id)
        assert run.id == run_id
        assert segment_queries.run_before(session, run) is None  # the decoy's run is older, and not ours
        assert segment_queries.champion_of(session, 999) is None
        assert segment_queries.newest_run(session, 999) is None
        assert [segment.label for segment, _ in segment_queries.champion_segments(session, champion.id)] == [0, 1, 2, 3]
        assert segment_queries.champion_segments(session, 999) == []


def test_profile_selects_return_the_rows_of_their_group(database, run_id):
    with database.reading() as session:
        segment = segment_queries.segments_of_run(session, run_id)[1].segment
        figures = profile_queries.profile_figures(session, run_id)
        assert len(figures) == len(KINDS) * 5
        everyone = profile_queries.profiles_of_everyone(session, run_id)
        assert [(row.attribute, row.segment_id) for row in everyone] == [(name, None) for name in KINDS]
        own = profile_queries.profiles_of_segment(session, run_id, segment.id)
        assert [(row.attribute, row.segment_id) for row in own] == [(name, segment.id) for name in KINDS]
        assert profile_queries.profile_figures(session, 999) == []
        assert profile_queries.profiles_of_everyone(session, 999) == []
        assert profile_queries.profiles_of_segment(session, run_id, 999) == []


def test_customers_are_looked_up_by_id(database, run_id):
    table = customers_table("shop", [])
    with database.reading() as session:
        assert [row["customer_key"] for row in profile_queries.customers_by_id(session, table, [9, 2, 99_999], [])] == [
            "K0002",
            "K0009",
        ]
        assert profile_queries.customers_by_id(session, table, [], []) == []
        assert [each.customer_id for each in profile_queries.assignments_by_id(session, run_id, [9, 2])] == [2, 9]
        assert profile_queries.assignments_by_id(session, 999, [2]) == []
        assert len(profile_queries.map_points(session, run_id, table)) == 21
        assert profile_queries.map_points(session, 999, table) == []
