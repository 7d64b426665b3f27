"""The pages of campaigns over HTTP: worked out while one types, saved, listed, written to a file."""

import csv
import io
import json
import shutil
from dataclasses import asdict

import pytest
from integration.profiled import customers_frame, store_customers, store_run
from integration.test_campaigns import ASSUMED, PLAN
from integration.test_pages_http import Pages
from sqlalchemy import update

from dashboard.cards.campaign import as_typed
from dashboard.pages.campaign import FIELDS, TYPED
from db.models import Attribute
from segmentation.campaigns.assumptions import assumed
from segmentation.services import Services
from tests.conftest import make_settings

OWN = {"Origin": "http://localhost", "Host": "localhost"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory, migrated_file):
    """A champion of four segments with a column of consent; one store and one app for all these tests."""
    folder = tmp_path_factory.mktemp("campaigns")
    shutil.copy(migrated_file, folder / "kindred.db")
    services = Services(make_settings(f"sqlite:///{folder}/kindred.db", folder))
    frame, labels = customers_frame()
    store_run(services.database, store_customers(services.database, "shop", frame), frame, labels)
    with services.database.writing() as session:
        session.execute(update(Attribute).where(Attribute.name == "member").values(role="consent"))
    yield services
    services.close()


@pytest.fixture(scope="module")
def site(shop):
    return Pages(shop)


@pytest.fixture
def pages(site, shop):
    yield site
    for each in shop.campaigns.of_dataset("shop"):
        shop.campaigns.delete("shop", each.id, "test")


def text(answer):
    return json.dumps(answer, ensure_ascii=False)


def query(campaign="new", group=None):
    return ("campaign--query", "data", {"dataset": "shop", "campaign": str(campaign), "group": group})


def form(pages, **asked):
    """What the page shows, and the values of its form."""
    answer = pages.call([query(**asked), ("campaign--changed", "data", None), ("campaign--made", "data", None)])
    return answer, {name: answer.get(f"campaign--{name}.value") for name in FIELDS}


def count(pages, group, kept=None):
    return pages.call([("campaign--group", "value", group), ("campaign--kept", "data", kept or {})], [query()])


def work_out(pages, ground, typed, holdout=30, seed=7):
    inputs = [("campaign--ground", "data", ground), ("campaign--holdout", "value", holdout)]
    inputs += [("campaign--seed", "value", seed)]
    return text(pages.call(inputs + [(f"campaign--{n}", "value", v) for n, v in zip(TYPED, typed, strict=True)]))


def press(pages, values, campaign="new", button="save", kept=None):
    state = [query(campaign), ("campaign--kept", "data", kept or {})]
    state += [(f"campaign--{name}", "value", values[name]) for name in FIELDS]
    clicks = [("campaign--save", "n_clicks", 1), ("campaign--delete", "n_clicks", 1)]
    return pages.call(clicks, state, triggered=f"campaign--{button}.n_clicks")


def listed(pages):
    return text(pages.call([("campaigns--query", "data", {"dataset": "shop"})]))


def filled(pages):
    """The form of a new campaign for light spenders, everything typed."""
    _, values = form(pages, group="segment:light-spenders")
    typed = as_typed({name: asdict(each) for name, each in assumed(ASSUMED).estimates.items()})
    return values | dict(zip(TYPED, typed, strict=True)) | {"name": "Spring", "holdout": 30, "seed": 7}


def test_a_campaign_is_worked_out_saved_listed_and_stands_in_the_plays_history(pages, shop):
    assert "No campaign yet" in listed(pages)
    shop.strategy.save(
        "shop", "light-spenders", {"objective": "Sell", "response": 0.02, "reach": 0.9}, revision=0, by="a"
    )
    shown, values = form(pages, group="segment:light-spenders")
    assert "Plan a campaign" in text(shown["campaign--head.children"])
    assert (values["name"], values["response-likely"], values["response-low"]) == ("Light spenders", 2, None)
    assert values["reach-likely"] is None  # the column of consent says already who may be written to
    people = count(pages, "segment:light-spenders")
    assert people["campaign--ground.data"]["customers"] == 90
    assert "without consent are left out" in people["campaign--group-hint.children"]
    assert "A play for them may not run yet: " in people["campaign--group-hint.children"]
    values = filled(pages)
    told = work_out(pages, people["campaign--ground.data"], [values[name] for name in TYPED])
    kept = shop.campaigns.save("shop", None, PLAN, by="ana")
    chances = kept.planned["forecast"]
    assert f"{chances['expected']:+,.0f}".replace("-", "−") in told
    assert f"It pays in {chances['pays']:.0%} of the outcomes" in told
    assert "Counted as exactly known: response without the campaign, value of a response, margin, cost" in told
    assert "The range hangs most on response of those reached" in told
    assert f"{kept.planned['seen']['needed']:,} people are needed" in told
    sent = press(pages, values)
    saved = shop.campaigns.of_dataset("shop")[0]
    assert sent == {"campaign--go.href": f"/campaigns/{saved.id}?dataset=shop"}
    assert saved.planned == kept.planned  # what the page worked out is what is kept
    assert "Two campaigns, none measured" in listed(pages)
    shown, again = form(pages, campaign=saved.id)
    assert again == values
    assert "Planned. Saved" in text(shown["campaign--head.children"])
    play = pages.call([("play--query", "data", {"dataset": "shop", "segment": "light-spenders"}),
                       ("play--changed", "data", None)])  # fmt: skip
    assert f"/campaigns/{saved.id}?dataset=shop" in text(play["play--campaigns.children"])
    assert "/campaigns/new?dataset=shop&segment=light-spenders" in text(play["play--head.children"])
    assert "/campaigns?dataset=shop" in text(pages.call([("strategy--query", "data", {"dataset": "shop"})]))
    shop.strategy.delete("shop", "light-spenders", "test")


def test_what_is_missing_or_cannot_be_is_said_while_typing(pages):
    ground = count(pages, "everyone")["campaign--ground.data"]
    nothing = [None] * len(TYPED)
    told = work_out(pages, ground, nothing)
    assert "reach, response of those reached, response without the campaign, value of a response" in told
    assert "Type reach, response and response without the campaign" in told
    wrong = work_out(pages, ground, [90, 80, None, *nothing[3:]])
    assert "Reach: low 90% is above likely 80%" in wrong
    assert "not between 1% and 50%" in work_out(pages, ground, nothing, holdout=None)
    assert "no whole number" in work_out(pages, ground, nothing, seed=1.5)
    assert "choose whom the campaign is for" in work_out(pages, None, nothing).lower()
    gone = count(pages, "segment:nobody")
    assert gone["campaign--ground.data"] is None
    assert "segments: high-spenders" in gone["campaign--group-hint.children"]


def test_what_cannot_be_saved_says_why(pages, shop):
    values = filled(pages)
    for changed, why in (
        ({"name": ""}, "Give the campaign a name"),
        ({"group": "segment:a-handful"}, "fewer than the 10 a campaign needs"),
        ({"reach-low": 95}, "Reach: low 95% is above likely 80%"),
    ):
        answer = press(pages, values | changed)
        assert why in text(answer["campaign--outcome.children"])
    assert shop.campaigns.of_dataset("shop") == []


def test_somebody_elses_change_is_not_overwritten_and_a_deleted_campaign_is_gone(pages, shop):
    one = shop.campaigns.save("shop", None, PLAN, by="ana")
    shown, values = form(pages, campaign=one.id)
    kept = shown["campaign--kept.data"]
    assert "The plan is saved" in text(press(pages, values | {"name": "Mine"}, one.id, kept=kept))
    refused = press(pages, values | {"name": "Theirs"}, one.id, kept=kept)
    assert "changed the campaign meanwhile" in text(refused["campaign--outcome.children"])
    assert press(pages, values, one.id, "delete") == {"campaign--go.href": "/campaigns?dataset=shop"}
    assert "There is no such campaign" in text(form(pages, campaign=one.id)[0]["campaign--head.children"])
    assert "segments: high-spenders" in text(form(pages, group="segment:nobody")[0]["campaign--head.children"])
    for campaign, status in (("new", 200), (one.id, 404), ("x", 404), ("9" * 30, 404)):
        assert pages.client.get(f"/campaigns/{campaign}?dataset=shop").status_code == status
    assert pages.client.get("/campaigns/new?dataset=nowhere").status_code == 404
    assert pages.client.get("/campaigns?dataset=shop").status_code == 200


def test_the_file_comes_with_both_sides_and_fixes_the_people(pages, shop):
    one = shop.campaigns.save("shop", None, PLAN, by="ana")
    answer = pages.client.post(f"/campaigns/{one.id}.csv?dataset=shop", headers=OWN)
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    answer.close()
    held = sum(row["holdout_group"] == "holdout" for row in rows)
    assert answer.headers["X-Kindred-Says"].startswith(f"{len(rows) - held} people to write to and {held} held out")
    shown, _ = form(pages, campaign=one.id)
    assert shown["campaign--seed.disabled"] is shown["campaign--group.disabled"] is True
    assert (
        f"{len(rows) - held} people to write to and {held} held out, fixed on" in shown["campaign--file-says.children"]
    )
    told = count(pages, PLAN["group"], shown["campaign--kept.data"])
    assert "They are fixed since the first file was made" in told["campaign--group-hint.children"]
    missing = pages.client.post("/campaigns/999.csv?dataset=shop", headers=OWN)
    assert (missing.status_code, "no campaign 999" in missing.text) == (400, True)
    assert pages.client.post(f"/campaigns/{one.id}.csv?dataset=shop").status_code == 403
