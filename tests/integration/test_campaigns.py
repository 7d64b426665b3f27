"""Campaigns: planned for a group, their people fixed once, left by whoever is forgotten, moved with their segment."""

import csv

import pytest
from integration.profiled import customers_frame, store_customers, store_run
from sqlalchemy import func, select, text, update

from db.models import Attribute, Campaign, CampaignMember
from segmentation.errors import ConflictError, KindredError, NotFoundError
from segmentation.holdout import HOLDOUT, Holdout
from segmentation.services import Services

ASSUMED = {
    "reach": {"low": 0.7, "likely": 0.8, "high": 0.9}, "response": {"low": 0.1, "likely": 0.2, "high": 0.4},
    "baseline": {"likely": 0.05}, "value": {"likely": 60}, "margin": {"likely": 0.5}, "cost": {"likely": 0.5},
    "fixed": {"likely": 20},
}  # fmt: skip
PLAN = {"name": "Spring", "group": "segment:light-spenders", "assumptions": ASSUMED, "holdout": 0.3, "seed": 7}


@pytest.fixture
def shop(settings):
    """A champion of four segments in dataset `shop`, whose column `member` says who may be written to, and a decoy."""
    services = Services(settings)
    frame, labels = customers_frame()
    for slug in ("decoy", "shop"):
        store_run(services.database, store_customers(services.database, slug, frame), frame, labels)
    with services.database.writing() as session:
        session.execute(update(Attribute).where(Attribute.name == "member").values(role="consent"))
    yield services
    services.close()


def count(services, table):
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def one(services, sql):
    with services.database.reading() as session:
        return session.execute(text(sql)).scalar_one()


def test_a_plan_is_kept_with_its_figures_and_changed_by_one_at_a_time(shop):
    first = shop.campaigns.save("shop", None, PLAN, by="ana")
    willing = one(shop, "SELECT count(*) FROM customers_shop WHERE customer_id BETWEEN 41 AND 130 AND member")
    assert (first.counted.customers, first.counted.people) == (90, willing)
    assert (first.segment, first.group_name, first.revision) == ("light-spenders", "Light spenders", 1)
    assert first.planned["treated"] == pytest.approx(willing * 0.7)
    assert first.planned["forecast"]["low"] < first.planned["forecast"]["expected"]
    assert first.planned["exact"] == ["baseline", "value", "margin", "cost", "fixed"]
    again = shop.campaigns.save("shop", first.id, {**PLAN, "name": "Summer", "holdout": 0.2}, revision=1, by="bo")
    assert (again.name, again.holdout, again.created_by, again.updated_by) == ("Summer", 0.2, "ana", "bo")
    with pytest.raises(ConflictError, match="bo changed the campaign meanwhile"):
        shop.campaigns.save("shop", first.id, PLAN, revision=1, by="ana")
    assert [each.name for each in shop.campaigns.of_dataset("shop")] == ["Summer"]
    assert [each.name for each in shop.campaigns.of_segment("shop", "light-spenders")] == ["Summer"]
    assert shop.campaigns.of_segment("shop", "high-spenders") == []
    assert shop.campaigns.of_dataset("decoy") == []
    with pytest.raises(NotFoundError, match="'decoy' has no campaign"):
        shop.campaigns.read("decoy", first.id)


def test_the_group_may_be_a_filter_or_everyone_and_must_be_there(shop):
    shop.filters.save("shop", "Rich", {"conditions": [{"attribute": "spend", "low": 800}]}, by="ana")
    groups = [each.group for each in shop.campaigns.choices("shop")]
    assert groups == ["segment:high-spenders", "segment:light-spenders", "segment:frequent-visitors",
                      "segment:a-handful", "filter:Rich", "everyone"]  # fmt: skip
    rich = shop.campaigns.save("shop", None, {**PLAN, "group": "filter:Rich"}, by="ana")
    assert rich.counted.customers == one(shop, "SELECT count(*) FROM customers_shop WHERE spend >= 800")
    assert (rich.segment, rich.group_name) == (None, "Filter: Rich")
    assert shop.campaigns.count("shop", "everyone").customers == 204
    for group, why in (
        ("segment:nobody", "segments: high-spenders"),
        ("filter:Poor", "no filter 'Poor'"),
        ("", "choose whom the campaign is for"),
        ("segment:a-handful", "fewer than the 10"),
    ):
        with pytest.raises(KindredError, match=why):
            shop.campaigns.save("shop", None, {**PLAN, "group": group}, by="ana")
    for wrong, why in (({"name": " "}, "a name"), ({"holdout": 0.9}, "1% and 50%"), ({"seed": "x"}, "whole number")):
        with pytest.raises(KindredError, match=why):
            shop.campaigns.save("shop", None, {**PLAN, **wrong}, by="ana")
    assert count(shop, Campaign) == 1


def test_the_file_fixes_the_people_who_stay_the_same_whatever_becomes_of_the_group(shop, tmp_path):
    plan = shop.campaigns.save("shop", None, PLAN, by="ana")
    result = shop.campaigns.export("shop", plan.id, tmp_path / "a.csv", "ana")
    rows = rows_of(tmp_path / "a.csv")
    assert len(rows) == result.customers == plan.counted.people
    assert all(row["member"] == "yes" and row["segment"] == "Light spenders" for row in rows)
    assert all(row["holdout_group"] == Holdout(0.3, 7).side(row["customer_key"]) for row in rows)
    view = shop.campaigns.read("shop", plan.id)
    held = sum(row["holdout_group"] == HOLDOUT for row in rows)
    assert (view.planned["treated"], view.planned["held"]) == pytest.approx((len(rows) - held, held))
    assert (view.treated, view.held) == (len(rows) - held, held) == (result.customers - result.holdout, result.holdout)
    later = {**PLAN, "name": "Later", "group": "everyone", "seed": 9, "holdout": 0.1}
    renamed = shop.campaigns.save("shop", plan.id, later, revision=view.revision, by="bo")
    assert (renamed.name, renamed.group, renamed.seed, renamed.holdout) == ("Later", PLAN["group"], 7, 0.3)
    first, second = rows[0]["customer_key"], rows[1]["customer_key"]
    shop.datasets.forget("shop", first, by="ana")
    with shop.database.writing() as session:
        session.execute(text("UPDATE customers_shop SET member = false WHERE customer_key = :key"), {"key": second})
    again = shop.campaigns.export("shop", plan.id, tmp_path / "b.csv", "ana")
    assert rows_of(tmp_path / "b.csv") == rows[2:]
    assert again.without_consent == 1
    assert count(shop, CampaignMember) == len(rows) - 1  # the forgotten one is in no campaign any more
    shop.campaigns.delete("shop", plan.id, "ana")
    assert count(shop, Campaign) == count(shop, CampaignMember) == 0


def test_a_campaign_goes_with_its_dataset(shop, tmp_path):
    plan = shop.campaigns.save("shop", None, PLAN, by="ana")
    shop.campaigns.export("shop", plan.id, tmp_path / "a.csv", "ana")
    shop.datasets.delete("shop", by="ana")
    assert count(shop, Campaign) == count(shop, CampaignMember) == 0
