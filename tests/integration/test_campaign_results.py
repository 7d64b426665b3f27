"""Results of a campaign: matched with its people as fixed, told with their interval, refused whole where unreadable."""

import csv
import json

import numpy as np
import pytest
from integration.profiled import customers_frame, store_customers, store_run
from integration.test_campaigns import PLAN, rows_of
from integration.test_pages_http import Pages

from segmentation.campaigns.lift import difference, mean_difference
from segmentation.errors import BadFileError, ConflictError
from segmentation.services import Services

LEFT_OUT, NO_RESPONSE = "left_out", "no_response"


@pytest.fixture
def shop(sqlite_settings):
    services = Services(sqlite_settings)
    frame, labels = customers_frame()
    store_run(services.database, store_customers(services.database, "shop", frame), frame, labels)
    yield services
    services.close()


@pytest.fixture
def sent(shop, tmp_path):
    """A campaign whose people are fixed, and their file as rows: 90 light spenders, some held out."""
    plan = shop.campaigns.save("shop", None, PLAN, by="ana")
    shop.campaigns.export("shop", plan.id, tmp_path / "sent.csv", "ana")
    return plan.id, rows_of(tmp_path / "sent.csv")


@pytest.fixture
def give(shop, sent, tmp_path):
    """Measure the campaign by rows of a file."""

    def measure(rows, missing=LEFT_OUT, campaign=sent[0]):
        path = tmp_path / "back.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), restval="")
            writer.writeheader()
            writer.writerows(rows)
        return shop.campaigns.measure("shop", campaign, path, "back.csv", missing, "bo").outcome

    return measure


def answered(rows):
    """Every third treated and every ninth held out responded, with an amount; two held out were contacted."""
    back, seen = [], {"treatment": 0, "holdout": 0}
    for row in rows:
        side = row["holdout_group"]
        seen[side] += 1
        yes = seen[side] % (3 if side == "treatment" else 9) == 0
        contacted = "yes" if side == "treatment" or seen[side] <= 2 else "no"
        back.append(
            row | {"responded": "yes" if yes else "no", "amount": f"{10 + seen[side]}.50" if yes else "",
                   "contacted": contacted}
        )  # fmt: skip
    return back


def numbers(rows, side):
    own = [row for row in rows if row["holdout_group"] == side]
    return sum(row["responded"] == "yes" for row in own), len(own), np.array([float(row["amount"] or 0) for row in own])


def test_the_lift_is_that_of_the_fixed_sides_with_its_interval_and_what_the_file_lacked(sent, give, shop):
    campaign, rows = sent
    back = answered(rows)
    told = give([*back, {"customer_key": "K9999", "responded": "yes"}, {"customer_key": "", "responded": "no"}])
    (yes, treated, amounts), (held_yes, held, held_amounts) = numbers(back, "treatment"), numbers(back, "holdout")
    lift, gain = difference(yes, treated, held_yes, held), mean_difference(amounts, held_amounts)
    assert told["lift"] == pytest.approx(vars(lift))
    assert told["gain"] == pytest.approx(vars(gain))
    assert [told[side][name] for side in ("treated", "held") for name in ("people", "responded", "missing")] == [
        treated, yes, 0, held, held_yes, 0,
    ]  # fmt: skip
    assert (told["matched"], told["unmatched"], told["without_key"]) == (90, 1, 1)
    assert (told["held_contacted"], told["repeated"], told["few"]) == (2, 0, False)
    kept = shop.campaigns.read("shop", campaign)
    assert (kept.outcome["file"], kept.outcome["by"]) == ("back.csv", "bo")
    assert "K9999" not in json.dumps(kept.outcome)  # counts only


def test_several_rows_of_one_person_are_one_answer(sent, give):
    _, rows = sent
    back = answered(rows)
    again = [*back, *({**row, "responded": "0", "amount": "2"} for row in back if row["responded"] == "yes")]
    once, twice = give(back), give(again)
    assert twice["lift"] == once["lift"]
    assert twice["repeated"] == once["treated"]["responded"] + once["held"]["responded"]
    assert twice["treated"]["mean"] > once["treated"]["mean"]


def test_who_is_missing_is_left_out_or_counts_as_no_response(sent, give):
    _, rows = sent
    back = answered(rows)
    orders = [row for row in back if row["responded"] == "yes"]
    with pytest.raises(BadFileError, match="it is a list of responses"):
        give(orders)
    assert give(orders, NO_RESPONSE)["lift"] == give(back)["lift"]
    part = [dict(row) for row in back[:60]]
    part[0]["responded"] = ""
    told = give(part)
    assert told["treated"]["people"] + told["held"]["people"] == 59
    assert told["treated"]["missing"] + told["held"]["missing"] == 31
    assert told["unanswered"] == 1
    treated = [row for row in back if row["holdout_group"] == "treatment"]
    with pytest.raises(BadFileError, match="none of those held out is in the file"):
        give(treated)
    with pytest.raises(BadFileError, match="it lists who was written to"):
        give(treated, NO_RESPONSE)
    few = give([row for row in treated if row["responded"] == "no"] + [r for r in back if r not in treated][:9])
    assert (few["few"], few["lift"], few["held"]["people"], few["held"]["responded"]) == (True, None, 9, None)


def test_what_cannot_be_read_is_refused_whole(sent, give, shop):
    campaign, rows = sent
    back = answered(rows)
    for changed, why in (
        ([{**row, "responded": "maybe"} for row in back[:2]], "row 1: responded is 'maybe', not yes or no; row 2"),
        ([{**row, "amount": "much"} for row in back], "row 1: amount is 'much', not a number.*and more such cells"),
        ([{"customer_key": row["customer_key"]} for row in back], "no column that says who responded"),
        ([{"email": "a@b.c", "responded": "yes"}], "the key column of the dataset 'customer_key' is not in the file"),
        ([{"customer_key": "X1", "responded": "yes"}], "nobody in the file is in this campaign; its keys are 'X1'"),
    ):
        with pytest.raises(BadFileError, match=why):
            give(changed)
    assert shop.campaigns.read("shop", campaign).outcome is None
    other = shop.campaigns.save("shop", None, PLAN, by="ana")
    with pytest.raises(ConflictError, match="make its file first"):
        give(back, campaign=other.id)


def test_columns_that_the_dataset_has_itself_are_not_taken_for_results(sent, give):
    _, rows = sent
    back = [{**row, "responded": "1" if at % 4 else "0"} for at, row in enumerate(rows)]
    assert give(back)["gain"] is None  # spend tells what they spent before
    alone = [{"customer_key": row["customer_key"], "responded": row["responded"], "spend": "5"} for row in back]
    assert give(alone)["treated"]["mean"] == 5.0


def test_the_page_tells_it_and_the_plays_history_has_it(sent, give, shop, tmp_path):
    campaign, rows = sent
    pages, back = Pages(shop), answered(rows)
    query = ("campaign--query", "data", {"dataset": "shop", "campaign": str(campaign), "group": None})

    def read(upload, missing=LEFT_OUT, triggered="campaign--upload.data"):
        told = pages.call(
            [query, ("campaign--upload", "data", upload), ("campaign--missing", "value", missing)], triggered=triggered
        )
        return json.dumps(told, ensure_ascii=False)

    give(back)
    path = tmp_path / "back.csv"
    told = read(None, triggered="campaign--query.data")
    lift = shop.campaigns.read("shop", campaign).outcome["lift"]
    assert f"{lift['value'] * 100:.0f} points" in told
    assert "2 of those held out were contacted all the same" in told
    assert "Amount per person treated: +" in told
    file = shop.imports.receive("mine.csv", [path.read_bytes()])
    assert "The results are read and kept" in read({"id": file.id})
    assert shop.campaigns.read("shop", campaign).outcome["file"] == "mine.csv"
    wrong = shop.imports.receive("wrong.csv", [b"customer_key,responded\nK0041,perhaps\n"])
    said = read({"id": wrong.id})
    assert "Nothing was kept" in said
    assert "responded is 'perhaps'" in said
    assert shop.campaigns.read("shop", campaign).outcome["file"] == "mine.csv"
    assert file.path.exists()
    assert "that upload is no longer here" in read({"id": "0" * 32}).lower()
    play = pages.call([("play--query", "data", {"dataset": "shop", "segment": "light-spenders"}),
                       ("play--changed", "data", None)])  # fmt: skip
    assert "measured: +" in json.dumps(play["play--campaigns.children"], ensure_ascii=False)


@pytest.mark.parametrize("whole", [False, True])
def test_the_files_of_results_go_with_the_campaign_or_the_dataset(sent, shop, whole):
    campaign, rows = sent
    text = "customer_key,responded\n" + "".join(f"{row['customer_key']},{at % 2}\n" for at, row in enumerate(rows))
    files = [shop.imports.receive("a.csv", [text.encode(), b"K9999,1\n" * more]) for more in (0, 1)]
    for file in files:
        shop.campaigns.measure("shop", campaign, file.path, file.name, LEFT_OUT, "bo")
    if whole:
        shop.datasets.delete("shop", "bo")
    else:
        shop.campaigns.delete("shop", campaign, "bo")
    assert not any(file.path.exists() for file in files)
