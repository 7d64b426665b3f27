"""The pages of strategy over HTTP: the board, the form of a play, what it would bring."""

import json
import shutil

import pytest
from integration.profiled import NOW, customers_frame, store_customers, store_run
from integration.test_pages_http import Pages
from sqlalchemy import select, update

from dashboard.pages.play import FIELDS
from db.models import Dataset, ModelAlias, ModelVersion, Segment
from segmentation.expected_value import ASSUMPTIONS
from segmentation.services import Services
from tests.conftest import make_settings

QUERY = {"dataset": "shop", "segment": "high-spenders"}
BUTTONS = ("save", "keep", "take", "delete")


@pytest.fixture(scope="module")
def shop(tmp_path_factory, migrated_file):
    """A champion of four segments, the first of which may have a play; one store and one app for all these tests."""
    folder = tmp_path_factory.mktemp("strategy")
    shutil.copy(migrated_file, folder / "kindred.db")
    services = Services(make_settings(f"sqlite:///{folder}/kindred.db", folder))
    frame, labels = customers_frame()
    store_run(services.database, store_customers(services.database, "shop", frame), frame, labels)
    with services.database.writing() as session:
        model = session.scalars(select(ModelVersion)).one()
        model.reality_check = {"verdict": "groups", "null_mean": 0.3, "z": 4.0, "score": 0.34}
        for segment in session.scalars(select(Segment)):
            segment.stability = 0.9 if segment.label == 0 else 0.5
    yield services
    services.close()


@pytest.fixture(scope="module")
def site(shop):
    return Pages(shop)


@pytest.fixture
def pages(site, shop):
    yield site
    for entry in shop.strategy.board("shop").entries:
        if entry.play:
            shop.strategy.delete("shop", entry.slug, "test")


def text(answer):
    return json.dumps(answer, ensure_ascii=False)


def board(pages):
    return text(pages.call([("strategy--query", "data", {"dataset": "shop"})]))


def form(pages, query=QUERY):
    """What the page shows, and the values of its form."""
    answer = pages.call([("play--query", "data", query), ("play--changed", "data", None)])
    return answer, {name: answer[f"play--{name}.value"] for name in FIELDS}


def press(pages, values, button="save", revision=None):
    clicks = [(f"play--{each}", "n_clicks", 1) for each in BUTTONS]
    state = [("play--revision", "data", revision or {"form": 0}), ("play--query", "data", QUERY)]
    state += [(f"play--{name}", "value", values[name]) for name in FIELDS]
    return pages.call(clicks, state, triggered=f"play--{button}.n_clicks")


def test_a_proposal_is_changed_saved_and_stands_on_the_board_and_the_segments_page(pages, shop):
    assert "No segment has a play yet" in board(pages)
    assert "Keep them and thank them" in board(pages)  # what is proposed
    shown, values = form(pages)
    assert "High spenders: keep and thank?" in text(shown["play--head.children"])
    mean = shop.profiles.segment("shop", "high-spenders").profile.set_index("attribute").loc["spend", "mean"]
    assert f"{mean:,.0f} on average" in text(shown["play--objective-hint.children"])
    assert shown["play--delete-box.hidden"] is True
    said = press(
        pages, values | {"owner": "Ana", "due": "2020-01-31", "status": "running", "budget": 1200, "reach": 80}
    )
    assert "The play is saved" in text(said["play--outcome.children"])
    assert shop.strategy.read("shop", "high-spenders").play["reach"] == 0.8
    told = board(pages)
    for words in (
        "One play runs, three segments have none",
        "Ana",
        "31 Jan 2020",
        "overdue",
        "1,200",
        "20% of customers",
    ):
        assert words in told, words
    shown, values = form(pages)
    assert "Running, owned by Ana, due 31 Jan 2020" in text(shown["play--head.children"])
    assert (values["reach"], values["risk"]) == (80, "medium")
    assert "first saved" in text(shown["play--history.children"])
    page = text(pages.call([("segment--query", "data", QUERY), ("segment--changed", "data", None)]))
    assert "Keep them and thank them (running)" in page
    assert "/strategy/high-spenders?dataset=shop" in page
    deleted = press(pages, values, "delete", {"form": 1})
    assert "The play is deleted" in text(deleted["play--outcome.children"])
    assert "the play was deleted" in text(form(pages)[0]["play--history.children"])


def test_what_cannot_be_saved_says_why(pages):
    _, values = form(pages)
    for changed, why in (
        ({"status": "running"}, "has no owner, so it may not run"),
        ({"budget": -3, "due": "soon"}, "Budget: -3 is not between 0"),
        ({"objective": " "}, "needs an objective"),
    ):
        answer = press(pages, values | changed)
        assert why in text(answer["play--outcome.children"])
        assert "play--changed.data" not in answer
    closed, _ = form(pages, {**QUERY, "segment": "light-spenders"})
    assert "This play may not run yet" in text(closed["play--above.children"])
    assert "the segment is not stable (0.50, needed 0.75)" in text(closed["play--above.children"]).lower()
    few, values = form(pages, {**QUERY, "segment": "a-handful"})
    assert "Too few people" in text(few["play--head.children"])
    assert values["objective"] == ""


def test_a_conflict_shows_both_values_and_either_can_be_kept(pages, shop):
    _, values = form(pages)
    press(pages, values)
    revision = {"form": shop.strategy.read("shop", "high-spenders").revision}
    press(pages, values | {"offer": "A gift", "owner": "Bo"}, revision=revision)
    refused = press(pages, values | {"offer": "A card", "kpi": "Repeat"}, revision=revision)
    assert refused["play--conflict.hidden"] is False
    told = text(refused["play--conflicts.children"])
    assert "A gift" in told
    assert "A card" in told
    assert "play--changed.data" not in refused
    kept = press(pages, values | {"offer": "A card", "kpi": "Repeat"}, "keep", refused["play--revision.data"])
    assert "Somebody changed owner meanwhile; that is kept too" in text(kept["play--outcome.children"])
    stored = shop.strategy.read("shop", "high-spenders").play
    assert (stored["offer"], stored["kpi"], stored["owner"]) == ("A card", "Repeat", "Bo")
    assert "The form shows what is saved" in text(press(pages, values, "take"))


def test_the_calculator_says_what_is_missing_and_then_the_formula(pages):
    ground = form(pages)[0]["play--ground.data"]
    assert (ground["people"], ground["reach"]) == (40, None)

    def work_out(**typed):
        inputs = [("play--ground", "data", ground)]
        return text(pages.call(inputs + [(f"play--{name}", "value", typed.get(name)) for name in ASSUMPTIONS]))

    assert "reach, response, value of a response, margin, cost of a contact and fixed costs" in work_out()
    typed = {"reach": 50, "value": 200, "margin": 40, "cost": 2, "fixed": 60}
    assert "It pays from a response of 6.2% on" in work_out(**typed)  # (20 x 2 + 60) / (20 x 200 x 0.4)
    told = work_out(**typed, response=10)
    assert "+60" in told  # 20 x 0.1 x 200 x 0.4 = 160, less 100
    assert "20 reached, 2 respond and bring 160 after costs of goods; the play costs 100." in told


@pytest.mark.parametrize(("segment", "status"), [("high-spenders", 200), ("nobody", 404)])
def test_the_form_of_a_segment_that_is_not_there_is_not_found(pages, segment, status):
    assert pages.client.get(f"/strategy/{segment}?dataset=shop").status_code == status
    assert pages.client.get("/strategy?dataset=shop").status_code == 200


def test_the_play_of_a_segment_that_is_gone_is_read_in_the_archive_and_can_be_deleted(pages, shop):
    _, values = form(pages)
    press(pages, values | {"owner": "Ana"})
    frame, labels = customers_frame()
    with shop.database.writing() as session:
        dataset = session.scalars(select(Dataset.id)).one()
        session.execute(update(ModelAlias).values(until=NOW))
    store_run(shop.database, dataset, frame, labels, slugs="-anew")  # a version in which nobody is known again
    told = board(pages)
    assert "One play of segments that are gone" in told
    assert "It is a segment of version 1, which is not in use." in told
    shown, _ = form(pages)
    assert shown["play--form.hidden"] is shown["play--calculator.hidden"] is True
    assert "is archived" in text(shown["play--head.children"])
    assert "Keep them and thank them" in text(shown["play--body.children"])
    assert pages.client.get("/strategy/high-spenders?dataset=shop").status_code == 200
    press(pages, values, "delete", {"form": 1})
    assert "segments that are gone" not in board(pages)
    assert "High spenders are not in use" in text(form(pages)[0]["play--body.children"])
