"""Scenarios: kept, told by their address, asked again of a newer model, compared, and erased with their customer."""

import csv
import io
import json
import shutil
from dataclasses import replace

import pytest
from integration.test_pages_http import Pages
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import func, select

from dashboard.cards import scenarios as cards
from dashboard.cards.scenario_compare import since_card
from db import models
from segmentation.config import Settings
from segmentation.errors import KindredError, NotFoundError
from segmentation.scenario_views import HEADERS, as_rows
from segmentation.services import Services
from segmentation.services.groups import Group
from segmentation.services.imports import ImportOptions
from segmentation.services.training import TrainOptions
from tests.integration.commands import customers_file

MORE = [{"attribute": "spend", "how": "multiply", "value": 3}, {"attribute": "age", "how": "add", "value": -15}]


def shop_in(folder, url):
    services = Services(Settings(data_dir=folder, database_url=url, secret_key="secret-of-the-tests"))
    services.settings.make_folders()
    services.imports.import_file(
        customers_file(folder / "people.csv"), "shop", ImportOptions(key="customer_id"), by="ana"
    )
    services.training.train("shop", TrainOptions(k=3, validate=False), by="ana")
    return services


@pytest.fixture(scope="module")
def services(migrated_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenarios")
    shutil.copy(migrated_file, folder / "kindred.db")
    services = shop_in(folder, f"sqlite:///{folder / 'kindred.db'}")
    yield services
    services.close()


def count(services, table):
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_customer_and_a_group_are_kept_with_what_the_model_says(services):
    one = services.scenarios.save_customer(
        "shop", "  Spends   more ", {"spend": 900, "age": "50"}, note=" Ask Eva ", customer="0004", by="ana"
    )
    assert (one.name, one.note, one.customer, one.kind) == ("Spends more", "Ask Eva", "0004", "customer")
    now = services.simulation.simulate("shop", {**services.whatif.customer("shop", "0004"), "spend": 900, "age": 50})
    told = one.newest.body
    assert told["after"]["segment"] == now.segment
    assert told["after"]["confidence"] == now.confidence
    assert told["before"]["values"] == services.whatif.customer("shop", "0004")
    assert one.asked["changes"] == told["changes"] == {"age": 50.0, "spend": 900.0}
    group = services.scenarios.save_group("shop", "All spend more", Group(), MORE, by="bo")
    result = services.groups.run("shop", Group(), MORE)
    assert group.newest.body == result.as_json()
    assert (group.created_by, group.newest.by, group.outdated) == ("bo", "bo", False)
    assert [each.id for each in services.scenarios.kept("shop")][:2] == [group.id, one.id]
    assert services.scenarios.get(group.id) == group
    start = services.scenarios.save_customer("shop", "From nobody", {"age": 30}, start={"age": 20}, by="ana")
    assert (start.customer, start.asked["start"], start.asked["changes"]["age"]) == (None, {"age": 20}, 30.0)
    rows = as_rows(services.scenarios.compare([one.id, group.id]))
    assert {len(row) for row in rows} == {len(HEADERS)}
    sizes = [row for row in rows if row[2] == "customers"]
    assert sum(row[4] for row in sizes) == sum(row[5] for row in sizes) == 120
    assert services.scenarios.get(one.id).as_json()["answers"][0]["after"]["segment"] == now.segment


def test_a_name_a_note_and_what_cannot_be(services):
    kept = services.scenarios.save_group("shop", "A", Group(), MORE, by="ana")
    told = services.scenarios.annotate(kept.id, " B ", "why", by="bo")
    assert (told.name, told.note, told.created_by) == ("B", "why", "ana")
    for name, note, says in (
        (" ", "", "give the scenario a name"), ("x" * 81, "", "81 characters; 80"), ("x", "y" * 2001, "2,001 char"),
    ):  # fmt: skip
        with pytest.raises(KindredError, match=says):
            services.scenarios.annotate(kept.id, name, note, by="bo")
    with pytest.raises(KindredError, match="did you mean spend"):
        services.scenarios.save_customer("shop", "x", {"spent": 1}, by="ana")
    with pytest.raises(NotFoundError, match="no customer '4711'"):
        services.scenarios.save_customer("shop", "x", {}, customer="4711", by="ana")
    with pytest.raises(KindredError, match="5 scenarios are too many"):
        services.scenarios.compare(list("abcde"))


def test_a_deleted_scenario_says_so_and_leaves_no_answer(services):
    before = count(services, models.ScenarioResult)
    kept = services.scenarios.save_group("shop", "A", Group(), MORE, by="ana")
    services.scenarios.delete(kept.id, by="bo")
    assert count(services, models.ScenarioResult) == before
    for ask in (services.scenarios.get, lambda each: services.scenarios.delete(each, by="bo")):
        with pytest.raises(NotFoundError, match=r"this scenario was deleted on .*; the list of scenarios"):
            ask(kept.id)
    with pytest.raises(NotFoundError, match=r"no scenario 'x'; .* erased"):
        services.scenarios.get("x")


def test_it_is_asked_again_of_the_newest_model_and_keeps_both_answers(settings):
    services = shop_in(settings.data_dir, settings.url)
    one = services.scenarios.save_customer("shop", "One", {"spend": 900, "city": "A"}, customer="0004", by="ana")
    group = services.scenarios.save_group("shop", "All", Group(), MORE, by="ana")
    listed = services.scenarios.save_group("shop", "Listed", Group(ids=(1, 5, 9)), MORE, by="ana")
    features = [{"name": "spend", "label": "Spending", "expression": "spend"},
                {"name": "visits", "label": "Visits", "expression": "visits"}]  # fmt: skip
    recipe = services.recipes.save("shop", "Money", features, "ana")
    services.training.train("shop", TrainOptions(recipe=recipe.name, k=2, validate=False), by="ana")
    assert services.scenarios.get(group.id).outdated
    again = services.scenarios.rerun(group.id, by="bo")
    assert [each.version for each in again.answers] == [again.champion, group.newest.version]
    assert again.newest.body["dropped"] == ["age"]
    direct = services.groups.run("shop", Group(), MORE[:1])
    assert again.newest.body == {**direct.as_json(), "dropped": ["age"]}
    assert not again.outdated
    by_job = services.jobs.run_here("rerun_scenario", {"scenario": one.id}, "shop", by="bo")
    assert by_job == {"version": again.champion}
    told = services.scenarios.get(one.id)
    assert (told.newest.body["dropped"], told.newest.body["changes"]) == (["city"], {"spend": 900.0})
    only_age = services.scenarios.save_group("shop", "x", Group(), MORE[:1], by="ana")
    with services.database.writing() as session:
        row = session.scalar(select(models.Scenario).where(models.Scenario.public_id == only_age.id))
        row.asked = {**row.asked, "changes": MORE[1:]}
    with pytest.raises(KindredError, match="nothing of what was changed"):
        services.scenarios.rerun(only_age.id, by="bo")

    with services.database.reading() as session:
        key = session.connection().exec_driver_sql("SELECT customer_key FROM customers_shop WHERE customer_id = 5")
        fifth = key.scalar_one()
    services.datasets.forget("shop", "0004", by="ana")
    with pytest.raises(NotFoundError, match="no scenario"):
        services.scenarios.get(one.id)
    if fifth != "0004":
        services.datasets.forget("shop", fifth, by="ana")
    assert 5 not in services.scenarios.get(listed.id).asked["group"]["ids"]
    assert services.scenarios.get(listed.id).outdated
    services.datasets.delete("shop", by="ana")
    assert count(services, models.Scenario) == count(services, models.ScenarioResult) == 0
    services.close()


@pytest.fixture(scope="module")
def pages(services):
    return Pages(services)


def show(pages, public_id):
    about = [("scenario--query", "data", {"scenario": public_id, "dataset": "shop"}),
             ("scenario--changed", "data", None), ("scenario--job-done", "data", None)]  # fmt: skip
    return pages.call(about)


def act(pages, public_id, button, name="", note=""):
    clicks = [(f"scenario--{each}", "n_clicks", int(each == button)) for each in ("again", "keep", "delete-yes")]
    state = [("scenario--name", "value", name), ("scenario--note", "value", note),
             ("scenario--query", "data", {"scenario": public_id})]  # fmt: skip
    return pages.call(clicks, state, triggered=f"scenario--{button}.n_clicks")


def test_the_page_of_a_scenario_tells_it_keeps_changes_and_says_when_it_is_deleted(pages, services):
    kept = services.scenarios.save_group("shop", "All spend more", Group(), MORE, note="Ask Eva", by="ana")
    told = show(pages, kept.id)
    body = json.dumps(told["scenario--body.children"], ensure_ascii=False)
    assert "Ask Eva" in body
    assert f"{kept.newest.body['moved'] / 120:.1%} of the group" in body
    assert "Everyone, if total spending is multiplied by 3" in json.dumps(told["scenario--head.children"])
    assert (told["scenario--name.value"], told["scenario--about.hidden"]) == ("All spend more", False)
    assert "Name and note are kept" in json.dumps(act(pages, kept.id, "keep", "Renamed", "n"))
    assert services.scenarios.get(kept.id).name == "Renamed"
    assert "give the scenario a name" in json.dumps(act(pages, kept.id, "keep")).lower()
    assert "has answered" in json.dumps(act(pages, kept.id, "again"))
    assert pages.client.get(f"/simulator/scenario/{kept.id}?dataset=shop").status_code == 200
    act(pages, kept.id, "delete-yes")
    assert pages.client.get(f"/simulator/scenario/{kept.id}?dataset=shop").status_code == 404
    gone = show(pages, kept.id)
    assert "This scenario was deleted on" in json.dumps(gone["scenario--head.children"])
    assert gone["scenario--actions.hidden"] is gone["scenario--about.hidden"] is True


def test_scenarios_are_listed_compared_and_taken_along_as_files(pages, services):
    one = services.scenarios.save_customer("shop", "=One", {"spend": 900}, customer="0004", by="ana")
    group = services.scenarios.save_group("shop", "Group", Group(), MORE, by="ana")
    listed = pages.call([("scenarios--query", "data", {"dataset": "shop", "with": f"{one.id},{group.id}"})])
    told = json.dumps(listed["scenarios--compared.children"], ensure_ascii=False)
    assert "Two scenarios side by side" in told
    moved = group.newest.body["moved"]
    assert cards.answer_words(group.newest, "group") in told
    assert moved == services.groups.run("shop", Group(), MORE).moved
    body = json.dumps(listed["scenarios--body.children"], ensure_ascii=False)
    assert "Customer 0004, other values in total spending" in body
    nothing = pages.call([("scenarios--query", "data", {"dataset": "shop", "with": "gone"})])
    assert "These cannot be compared" in json.dumps(nothing["scenarios--compared.children"])
    rows = list(csv.reader(io.StringIO(pages.client.get(f"/scenarios/{one.id}.csv").get_data(as_text=True))))
    assert rows[0] == list(HEADERS)
    assert rows[1][0] == "'=One"
    assert ["'=One", "1", "spend", "", "204.0", "900.0"] in rows
    assert pages.client.get(f"/scenarios/{group.id}.json").get_json()["answers"][0]["moved"] == moved
    assert pages.client.get("/scenarios/gone.json").status_code == 404


def test_what_the_answers_of_two_versions_differ_in_is_told(services):
    kept = services.scenarios.save_group("shop", "Group", Group(), MORE, by="ana")
    newer = {**kept.newest.body, "moved": 0, "customers": 60}
    told = replace(kept, answers=[replace(kept.newest, version=9, body=newer), kept.newest])
    said = json.dumps(since_card(told), cls=PlotlyJSONEncoder, ensure_ascii=False)
    assert "Would change segment: nobody now" in said
    assert "\N{MINUS SIGN}60" in said
    one = services.scenarios.save_customer("shop", "One", {"spend": 900}, customer="0004", by="ana")
    other = {**one.newest.body, "after": {**one.newest.body["after"], "segment": "Elsewhere"}}
    told = replace(one, answers=[replace(one.newest, version=9, body=other), one.newest])
    assert "The newer model says otherwise" in json.dumps(since_card(told), cls=PlotlyJSONEncoder)
