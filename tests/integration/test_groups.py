"""What if a group changed: everyone it is about, by the path of the commands, at once or as a job."""

import json
import shutil

import numpy as np
import plotly.graph_objects as go
import pytest
from integration.test_pages_http import ORIGIN, Pages
from plotly.utils import PlotlyJSONEncoder

from dashboard.cards import group as cards
from dashboard.cards import simulator as simulator_cards
from dashboard.figures.flows import flows_figure
from segmentation import jobs, scoring
from segmentation.config import Settings
from segmentation.customer_views import CustomerQuery
from segmentation.errors import BadFileError, Cancelled, KindredError, NotFoundError
from segmentation.progress import no_progress
from segmentation.services import Services
from segmentation.services.groups import Group, GroupResult
from segmentation.services.imports import ImportOptions
from segmentation.services.training import TrainOptions
from segmentation.snapshots import Snapshots
from tests.integration.commands import customers_file

MORE = [
    {"attribute": "spend", "how": "multiply", "value": 3}, {"attribute": "visits", "how": "at_least", "value": "6"},
    {"attribute": "city", "how": "set", "value": "C"}, {"attribute": "age", "how": "add", "value": 12},
]  # fmt: skip


@pytest.fixture(scope="module")
def services(migrated_file, tmp_path_factory):
    """`shop` with 120 customers in three segments."""
    folder = tmp_path_factory.mktemp("groups")
    shutil.copy(migrated_file, folder / "kindred.db")
    url = f"sqlite:///{folder / 'kindred.db'}"
    services = Services(Settings(data_dir=folder, database_url=url, secret_key="secret-of-the-tests"))
    services.settings.make_folders()
    people = customers_file(folder / "people.csv")
    services.imports.import_file(people, "shop", ImportOptions(key="customer_id"), by="ana")
    services.imports.import_file(people, "new", ImportOptions(key="customer_id"), by="ana")
    services.training.train("shop", TrainOptions(k=3, validate=False), by="ana")
    yield services
    services.close()


@pytest.fixture(scope="module")
def slugs(services):
    return [each.slug for each in services.profiles.segments("shop")]


def test_a_segment_a_filter_a_list_and_everyone(services, slugs, monkeypatch):
    monkeypatch.setattr("segmentation.snapshots.PART_ROWS", 50)
    everyone = services.groups.run("shop", Group(), MORE)
    assert (everyone.customers, everyone.group) == (120, "Everyone")
    bundle = services.scoring.bundle("shop")[1].at(everyone.as_of)
    frame = Snapshots(services.database, services.settings).frame("shop", bundle.inputs)
    before = scoring.assign(bundle, frame).label
    changed = frame.assign(
        spend=frame["spend"] * 3, visits=np.maximum(frame["visits"], 6.0), city="C", age=frame["age"] + 12
    )
    after = scoring.assign(bundle, changed).label
    assert everyone.moved == (before != after).sum() > 0
    assert sum(each.customers for each in everyone.flows) == 120
    assert [each.after for each in everyone.segments] == np.bincount(after, minlength=3).tolist()
    assert everyone.value_after == pytest.approx(3 * everyone.value_before)
    assert everyone.beyond["spend"] == (changed["spend"] > frame["spend"].max()).sum() > 0
    parts = [services.groups.run("shop", Group(segment=slug), MORE) for slug in slugs]
    assert sum(each.customers for each in parts) == 120
    assert sum(each.moved for each in parts) == everyone.moved
    for slug, part in zip(slugs, parts, strict=True):
        assert {each.start for each in part.flows} == {slug}
        assert services.groups.size("shop", Group(segment=slug)) == part.customers
    services.filters.save("shop", "Few visits", {"conditions": [{"attribute": "visits", "high": 1}]}, by="ana")
    few = services.groups.run("shop", Group(filter="Few visits"), MORE)
    assert few.group == "Few visits"
    with services.database.reading() as session:
        assert few.customers == session.connection().exec_driver_sql(
            "SELECT count(*) FROM customers_shop WHERE visits <= 1"
        ).scalar_one()  # fmt: skip
    listed = services.groups.run("shop", Group.of({"ids": [1, 2, 2, 90, 4711]}), MORE)
    assert (listed.customers, listed.gone) == (3, 1)


def test_a_large_group_is_a_job_with_the_same_answer_and_can_be_cancelled(services, slugs):
    payload = {"group": Group(segment=slugs[0]).as_json(), "changes": MORE}
    direct = services.groups.run("shop", Group(segment=slugs[0]), MORE)
    assert services.jobs.run_here("group_whatif", payload, "shop", by="ana") == direct.as_json()

    def cancelled(share, phase):
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        jobs.HANDLERS["group_whatif"](services, "shop", payload, "ana", cancelled)


@pytest.mark.parametrize(
    ("group", "changes", "error", "says"),
    [
        ({"segment": "x"}, MORE, NotFoundError, "no segment 'x'; its segments"),
        ({"filter": "x"}, MORE, NotFoundError, "no filter 'x'"),
        ({"ids": []}, MORE, KindredError, "nobody is in the group"),
        ({"ids": [4711]}, MORE, KindredError, "nobody of the group .* is stored any more"),
        ({"segment": "x", "filter": "y"}, MORE, KindredError, "choose one group"),
        ({"ids": range(100_001)}, MORE, KindredError, "100,001 customers is too long"),
        ({}, [], KindredError, "nothing is changed"),
        ({}, [{"attribute": "spent", "how": "set", "value": 1}], KindredError, "did you mean spend"),
    ],
)
def test_what_cannot_be_asked_says_why(services, group, changes, error, says):
    with pytest.raises(error, match=says):
        services.groups.run("shop", Group.of(group), changes, no_progress)


def test_without_a_model_or_a_dataset(services):
    with pytest.raises(NotFoundError, match="no model yet"):
        services.groups.run("new", Group(), MORE)
    with pytest.raises(NotFoundError, match="no dataset 'x'"):
        services.groups.run("x", Group(), MORE)


def test_a_file_of_keys_becomes_a_list(services, tmp_path):
    def listed(text):
        (tmp_path / "keys.csv").write_text(text)
        return services.groups.listed("shop", tmp_path / "keys.csv")

    assert listed("customer_id\n0001\n0004\n0004\n").ids == listed("0001\n0004\n0001\n").ids
    table = listed("city;Customer ID\nA;0001\nB;0004\nC;x-1\nC;\nC;x-0\n")
    assert (len(table.ids), table.unknown, table.examples) == (2, 2, ["x-0", "x-1"])
    assert services.groups.run("shop", Group.of({"ids": table.ids}), MORE).customers == 2
    with pytest.raises(BadFileError, match="key column of the dataset 'customer_id' is not in the file"):
        listed("name,city\nx,A\n")
    with pytest.raises(BadFileError, match="names nobody who is stored: 'x', 'y'"):
        listed("customer_id\nx\ny\n")


@pytest.fixture(scope="module")
def pages(services):
    return Pages(services)


def post(pages, output, **values):
    """Calls the callback that sets `output` (id.property); what is not in `values` is as the layout has it.

    `values` by the part of the id behind ``group--``, or by the part of a pattern, then one for each row.
    """
    callback, key = next((each, k) for k, each in pages.app.callback_map.items() if output in k and "callback" in each)

    def told(each):
        if not each["id"].startswith("{"):
            return {**each, "value": values.get(each["id"].removeprefix("group--"))}
        given = values.get(json.loads(each["id"])["part"], [""] * 4)
        return [{"id": row(each["id"], at), "property": each["property"], "value": v} for at, v in enumerate(given)]

    def row(id, at):
        return json.loads(id) | {"name": at}

    outputs = []
    for part in key.strip(".").split("..."):
        id, property_ = part.rsplit(".", 1)
        property_ = property_.split("@")[0] if not key.startswith("..") else property_
        rows_ = [{"id": row(id, at), "property": property_} for at in range(4)] if id.startswith("{") else None
        outputs.append(rows_ or {"id": id, "property": property_})
    first = callback["inputs"][0]
    body = {
        "output": key, "outputs": outputs if key.startswith("..") else outputs[0],
        "inputs": [told(each) for each in callback["inputs"]], "state": [told(each) for each in callback["state"]],
        "changedPropIds": [f"{first['id']}.{first['property']}"],
    }  # fmt: skip
    response = pages.client.post("/_dash-update-component", json=body, headers=ORIGIN)
    assert response.status_code == 200, response.text
    return response.get_json()["response"]


def test_the_page_offers_groups_and_the_segment_or_filter_of_its_address(pages, services, slugs):
    services.filters.save("shop", "Few visits", {"conditions": [{"attribute": "visits", "high": 1}]}, by="ana")
    start = post(pages, "group--whom.options", query={"dataset": "shop", "segment": slugs[1], "filter": ""})
    assert [each["value"] for each in start["group--whom"]["options"]] == [
        "@everyone", *(f"segment:{slug}" for slug in slugs), "filter:Few visits", "@list",
    ]  # fmt: skip
    assert start["group--whom"]["value"] == f"segment:{slugs[1]}"
    named = post(pages, "group--whom.options", query={"dataset": "shop", "segment": "", "filter": "Few visits"})
    assert named["group--whom"]["value"] == "filter:Few visits"
    nothing = post(pages, "group--whom.options", query={"dataset": "new", "segment": "", "filter": ""})
    assert nothing["group--content"]["hidden"] is True
    assert "no model" in json.dumps(nothing["group--head"])


def ask(pages, names=("spend",), hows=("multiply",), values=("3",), **more):
    empty = [""] * (4 - len(names))
    given = {"query": {"dataset": "shop"}, "whom": "@everyone", "ask": 1, **more}
    rows_ = {"attribute": [*names, *empty], "how": [*hows, *empty], "value": [*values, *empty]}
    return post(pages, "group--answer.children", **rows_, **given)


def test_the_page_answers_a_small_group_at_once_and_a_large_one_as_a_job(pages, services, monkeypatch):
    said = ask(pages)
    result = services.groups.run("shop", Group(), MORE[:1])
    assert cards.title(result) in json.dumps(said["group--head"], ensure_ascii=False)
    assert "These are associations" in json.dumps(said["group--answer"])
    monkeypatch.setattr("dashboard.pages.group.AT_ONCE", 100)
    job = services.jobs.job(ask(pages)["group--job"]["data"])
    assert (job.kind, job.status) == ("group_whatif", "queued")
    services.jobs.cancel(job.id)
    by_hand = services.jobs.run_here("group_whatif", {"group": {}, "changes": MORE}, "shop", by="ana")
    job = services.jobs.recent("shop")[0]
    done = post(pages, "group--answer.children@", **{"job-done": {"id": job.id, "status": "done"}},
                query={"dataset": "shop"})  # fmt: skip
    assert cards.title(GroupResult.of(by_hand)) in json.dumps(done["group--head"], ensure_ascii=False)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"names": (), "hows": (), "values": ()}, "Nothing is changed yet"),
        ({"values": ("much",)}, "Total spending: 'much' is not a number"),
        ({"values": ("",)}, "Total spending: give the value"),
        ({"whom": "segment:gone"}, "has no segment 'gone'"),
        ({"whom": "filter:gone"}, "has no filter 'gone'"),
        ({"whom": "@list", "listed": None}, "Nobody is in the group"),
    ],
)
def test_what_the_page_cannot_ask_it_says_below_the_form(pages, asked, says):
    told = ask(pages, **asked)
    assert says in json.dumps(told["group--says"], ensure_ascii=False)
    assert "group--answer" not in told


def test_the_answer_of_the_page_is_that_of_the_service(services, slugs):
    result = services.groups.run("shop", Group(segment=slugs[1]), MORE)
    labels = {each.name: each.label for each in services.datasets.attributes("shop")}
    body = json.dumps(cards.answer("light", result, labels, "x"), cls=PlotlyJSONEncoder)
    for each in result.flows:
        assert f'"{each.customers}"' in body
    assert "These are associations" in body
    [flows] = flows_figure("light", result.segments, result.flows)["data"]
    assert sum(flows["link"]["value"]) == result.customers
    assert len(flows["node"]["y"]) == len(flows["node"]["label"])
    go.Figure(flows_figure("light", result.segments, result.flows))
    names = {each.slug: each.name for each in result.segments}
    most = f"from {names[slugs[1]]} to {names[result.flows[0].end]}"
    assert cards.title(result) == f"{result.moved / result.customers:.0%} would change segment, most of them {most}"
    still = services.groups.run("shop", Group(segment=slugs[1]), [{"attribute": "spend", "how": "add", "value": 0}])
    assert cards.title(still).startswith("Nobody of")
    assert "stays in their segment" in json.dumps(cards.answer("dark", still, labels, "x"), cls=PlotlyJSONEncoder)
    assert cards.replaced_note(still, still.version) == cards.replaced_note(still, None) == ""
    assert "has taken the place" in json.dumps(cards.replaced_note(still, 0), cls=PlotlyJSONEncoder)


def test_what_moves_most_of_a_segment_is_what_the_whole_segment_would_do(services, slugs, monkeypatch):
    monkeypatch.setattr("segmentation.whatif.pushes.OF_MIDDLE", 3.0)  # these segments lie far apart
    view = services.pushes.of_segment("shop", slugs[0])
    assert view.asked == view.members
    assert view.steps[0].share > 0.05
    for each in view.steps[:4]:
        result = services.groups.run("shop", Group(segment=slugs[0]), [vars(each.change)])
        assert result.moved == round(each.share * view.members)
        away = {flow.end: flow.customers for flow in result.flows if flow.end != slugs[0]}
        assert {to.slug: round(to.share * view.members) for to in each.to} == away
    monkeypatch.setattr("segmentation.services.pushes.SAMPLE", 20)
    some = services.pushes.of_segment("shop", slugs[0])
    assert (some.asked, some.members) == (20, view.members)
    assert some == services.pushes.of_segment("shop", slugs[0])
    with pytest.raises(NotFoundError, match="has no segment 'gone'"):
        services.pushes.of_segment("shop", "gone")


def test_the_page_of_a_segment_says_what_moves_most_of_them(pages, services, slugs, monkeypatch):
    monkeypatch.setattr("segmentation.whatif.pushes.OF_MIDDLE", 3.0)
    views = {slug: services.pushes.of_segment("shop", slug) for slug in slugs}
    slug, view = max(views.items(), key=lambda each: each[1].steps[0].share)
    best = view.steps[0]
    query = {"dataset": "shop", "segment": slug}
    told = json.dumps(pages.call([("segment--query", "data", query)]), ensure_ascii=False)
    assert f"{best.label} moves most: {best.share:.0%} would change segment" in told
    assert f"All {view.members} members." in told
    assert f"/simulator/group?dataset=shop&segment={slug}" in told
    gone = pages.call([("segment--query", "data", {**query, "segment": "gone"})])
    assert gone["segment--pushes.children"] == ""


def test_the_simulator_starts_from_those_on_a_border_and_those_long_not_seen(pages, services):
    def list_(start):
        return pages.call(
            [("simulator--start", "value", start)],
            [("simulator--pick", "value", ""), ("simulator--query", "data", {"dataset": "shop"})],
        )

    border = services.customers.page("shop", CustomerQuery(word="borderline"), 0, 500)
    told = list_("@borderline")["simulator--pick.options"]
    assert {each["value"] for each in told if each["value"]} == {row.key for row in border.rows}
    assert "does not look at the last purchase" in list_("@at-risk")["simulator--pick.options"][0]["label"]
    assert list_("@everyone")["simulator--pick-box.hidden"] is True
    picked = pages.call([("simulator--pick", "value", "0004")])
    assert picked == {"simulator--start.value": "@customer", "simulator--key.value": "0004"}
    page = services.customers.page("shop", CustomerQuery(sort="@value", descending=True), 0, 3)
    assert [each["value"] for each in simulator_cards.picks(page, "@at-risk")] == ["", *(row.key for row in page.rows)]
