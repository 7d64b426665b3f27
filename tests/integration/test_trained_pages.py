"""Profiles and the simulator over really imported, really trained customers: the file of the mall, both databases."""

import numpy as np
import pytest
from sqlalchemy import text

from segmentation import simulator
from segmentation.controls import MOST_STEPS
from segmentation.errors import KindredError, NotFoundError
from segmentation.services.imports import ImportOptions, ImportService
from segmentation.services.profiles import ProfileService
from segmentation.services.simulation import SimulationService
from segmentation.services.training import TrainingService, TrainOptions

PER_SEGMENT = """
    SELECT i.slug, count(*), avg(c.age), avg(c.annual_income_k), avg(CASE WHEN c.gender = 'Female' THEN 1.0 ELSE 0 END)
    FROM assignment a JOIN customers_mall c ON c.customer_id = a.customer_id
    JOIN scoring_run r ON r.id = a.scoring_run_id JOIN segment s ON s.id = a.segment_id
    JOIN segment_identity i ON i.id = s.identity_id GROUP BY i.slug
"""


@pytest.fixture
def mall(database, settings, shared_data):
    """The mall's 200 customers with a champion of five segments; returns the profile service."""
    ImportService(database, settings).import_file(
        shared_data / "Mall_Customers.csv", "mall", ImportOptions(key="CustomerID"), by="test"
    )
    TrainingService(database, settings).train("mall", TrainOptions(recipe="mall_interactions", k=5), by="test")
    return ProfileService(database, settings)


@pytest.fixture
def simulation(database, settings, mall):
    return SimulationService(database, settings)


def test_the_pages_show_what_sql_counts(database, mall):
    with database.reading() as session:
        in_sql = {slug: figures for slug, *figures in session.execute(text(PER_SEGMENT))}
    overview = mall.overview("mall")
    assert overview.run.value is None
    assert sum(segment.customers for segment in overview.segments) == overview.customers == 200
    assert {segment.slug: segment.customers for segment in overview.segments} == {
        slug: figures[0] for slug, figures in in_sql.items()
    }
    for slug, (customers, age, income, female) in in_sql.items():
        detail = mall.segment("mall", slug)
        rows = detail.profile.set_index("attribute")
        assert rows.loc["age", "mean"] == pytest.approx(float(age))
        assert rows.loc["annual_income_k", "mean"] == pytest.approx(float(income))
        share = rows.loc["gender", "mean"]
        assert (share if rows.loc["gender", "level"] == "Female" else 1 - share) == pytest.approx(float(female))
        assert rows.loc["age", "customers"] + rows.loc["age", "missing"] == customers
        assert rows.loc["spending_efficiency", "used"]
        assert detail.neighbour.slug != slug
        assert len(detail.features) == 5
        assert detail.typical.rows["confidence"].mean() > detail.border.rows["confidence"].mean()


def test_a_derived_feature_of_a_member_is_computed_from_what_is_stored(database, mall):
    with database.reading() as session:
        stored = session.execute(text("SELECT customer_key, spending_score_1_100, annual_income_k FROM customers_mall"))
        efficiency = {key: score / (income + 1) for key, score, income in stored}
    seen = 0
    for segment in mall.segments("mall"):
        rows = mall.segment("mall", segment.slug).typical.rows
        if "spending_efficiency" in rows:
            seen += len(rows)
            for key, value in zip(rows["customer_key"], rows["spending_efficiency"], strict=True):
                assert value == pytest.approx(efficiency[key])
    assert seen


def test_names_are_of_people_and_without_numbers(mall):
    names = [segment.name for segment in mall.segments("mall")]
    assert len(set(names)) == 5
    assert not any(character.isdigit() for name in names for character in name)


def test_a_stored_customer_simulated_gets_the_segment_they_have(database, mall, simulation):
    with database.reading() as session:
        stored = session.execute(
            text(
                "SELECT c.age, c.gender, c.annual_income_k, c.spending_score_1_100, i.slug, a.confidence "
                "FROM assignment a JOIN customers_mall c ON c.customer_id = a.customer_id "
                "JOIN segment s ON s.id = a.segment_id JOIN segment_identity i ON i.id = s.identity_id "
                "ORDER BY c.customer_id"
            )
        ).all()
    for age, gender, income, score, slug, confidence in stored[::13]:
        values = {"age": age, "gender": gender, "annual_income_k": income, "spending_score_1_100": score}
        answer = simulation.simulate("mall", values)
        assert (answer.slug, answer.confidence) == (slug, confidence)
        assert answer.runner_up_slug != slug
        assert answer.warnings == []
        assert sum(reason.pull for reason in answer.reasons) > 0


def test_the_form_starts_from_the_median_of_everyone_or_of_a_segment(mall, simulation, database):
    form = simulation.form("mall")
    assert {control.name for control in form.controls} == {"age", "gender", "annual_income_k", "spending_score_1_100"}
    for control in form.controls:
        if control.kind == "number":
            assert (control.high - control.low) / control.step <= MOST_STEPS
            assert control.step == 1.0
    segment = mall.segments("mall")[0]
    own = {control.name: control for control in simulation.form("mall", segment.slug).controls}
    age = mall.segment("mall", segment.slug).profile.set_index("attribute").loc["age"]
    assert own["age"].value == pytest.approx(age["median"], abs=0.5)
    assert own["age"].low == next(control for control in form.controls if control.name == "age").low
    with pytest.raises(NotFoundError, match="segments: "):
        simulation.form("mall", "nobody")


def test_an_answer_has_all_its_parts(simulation):
    answer = simulation.simulate("mall", {"age": 300})
    assert answer.warnings == [f"Nobody in the data has more than 70 years in age. {simulator.GUESS}"]
    assert answer.values["age"] == 300.0
    assert answer.word in ("clear", "leaning", "borderline")
    assert 0 <= answer.percentile <= 100
    assert len(answer.point) == 3
    assert np.isfinite(answer.point).all()
    with pytest.raises(KindredError, match="Age: 'old' is not a number"):
        simulation.simulate("mall", {"age": "old"})
    with pytest.raises(KindredError, match="did you mean gender"):
        simulation.simulate("mall", {"gendr": "Female"})


def test_retraining_on_the_same_customers_changes_no_name_slug_or_colour(database, settings, mall):
    before = {(segment.slug, segment.name, segment.colour) for segment in mall.segments("mall")}
    options = TrainOptions(recipe="mall_interactions", k=5)
    TrainingService(database, settings).train("mall", options, by="test")
    after = {(segment.slug, segment.name, segment.colour) for segment in mall.segments("mall")}
    assert after == before


def test_the_map_has_everyone_of_a_small_file(mall):
    view = mall.projection("mall")
    assert view.shown == view.customers == 200
    assert set(view.points["segment_slug"]) == {segment.slug for segment in mall.segments("mall")}
    assert 0 < sum(component["explained"] for component in view.components) <= 1


def test_the_simulator_needs_a_model(database, settings, shared_data):
    ImportService(database, settings).import_file(
        shared_data / "Mall_Customers.csv", "mall", ImportOptions(key="CustomerID"), by="test"
    )
    with pytest.raises(NotFoundError, match="dataset 'mall' has no model yet; train one first"):
        SimulationService(database, settings).form("mall")
