"""Map, simulator, models and data over HTTP: what the pages say is what a one-line count of the store says."""

import json
from html.parser import HTMLParser
from types import SimpleNamespace

import psutil
import pytest
from sqlalchemy import text
from unfolding import unfolded

from dashboard.app import create_app
from dashboard.cards.training import says
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.services.training import TrainOptions

ORIGIN = {"Origin": "http://localhost"}


class Pages:
    """The callbacks of an app, called as the browser calls them."""

    def __init__(self, services):
        self.app = create_app(services)
        self.client = self.app.server.test_client()

    def call(self, inputs, state=(), *, triggered=None):
        """Answers the properties that the callback with exactly these inputs set, by ``id.property``.

        `inputs` and `state` are (id, property, value); the first input is what changed unless `triggered` says.
        """
        wanted = {(i, p) for i, p, _ in inputs}
        key = next(
            key
            for key, callback in self.app.callback_map.items()
            if "callback" in callback and {(each["id"], each["property"]) for each in callback["inputs"]} == wanted
        )
        parts = key.strip(".").split("...")
        outputs = [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in parts]
        body = {
            "output": key,
            "outputs": outputs if key.startswith("..") else outputs[0],
            "inputs": [{"id": i, "property": p, "value": v} for i, p, v in inputs],
            "state": [{"id": i, "property": p, "value": v} for i, p, v in state],
            "changedPropIds": [triggered or f"{inputs[0][0]}.{inputs[0][1]}"],
        }
        response = self.client.post("/_dash-update-component", json=body, headers=ORIGIN)
        assert response.status_code == 200, response.text
        answer = response.get_json()
        assert "shell--errors" not in answer.get("sideUpdate", {}), json.dumps(answer["sideUpdate"])
        return {f"{i}.{p}": unfolded(value) for i, props in answer["response"].items() for p, value in props.items()}


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.fixture
def mall(services, shared_data):
    """The mall file, stored and trained; its pages."""
    file = shared_data / "Mall_Customers.csv"
    services.imports.import_file(file, "mall", ImportOptions(key="CustomerID", dataset_name="Mall"), by="test")
    services.training.train("mall", TrainOptions(recipe="mall_interactions", k=5), by="test")
    return Pages(services)


def test_a_segment_that_is_there_is_found_and_another_is_not(services, mall):
    slug = services.profiles.segments("mall")[0].slug
    status = [
        mall.client.get(f"/segments/{segment}?dataset={dataset}").status_code
        for segment, dataset in ((slug, "mall"), ("nobody", "mall"), (slug, "nowhere"))
    ]
    assert status == [200, 404, 404]


def one(services, select, **values):
    with services.database.reading() as session:
        return session.execute(text(select), values).scalar_one()


def query(page, slug="mall"):
    return (f"{page}--query", "data", {"dataset": slug})


def draw(pages, slugs, dimensions="2", by="segment"):
    inputs = [
        ("map--segments", "value", slugs),
        ("map--dimensions", "value", dimensions),
        ("map--by", "value", by),
    ]
    return json.dumps(pages.call(inputs, [query("map")]), ensure_ascii=False)


def test_the_map_counts_its_dots_as_the_store_does(mall, services):
    start = mall.call([query("map")])
    slugs = start["map--segments.value"]
    assert len(slugs) == one(services, "SELECT count(*) FROM segment") == 5
    assert start["map--choices.hidden"] is False
    dots = one(services, "SELECT count(*) FROM projection_point")
    assert f"showing {dots} of {one(services, 'SELECT count(*) FROM customers_mall')}" in draw(mall, slugs)
    members = """SELECT count(*) FROM projection_point p JOIN segment s ON s.id = p.segment_id
        JOIN segment_identity i ON i.id = s.identity_id WHERE i.slug = :slug"""
    assert f"showing {one(services, members, slug=slugs[0])} of 200" in draw(mall, slugs[:1], "3")
    assert '"scatter3d"' in draw(mall, slugs, "3")
    assert '"scattergl"' in draw(mall, slugs, by="confidence")
    assert "at least one segment" in draw(mall, [])


def begin(pages, start="@everyone", key=None):
    """What starting from somebody brings."""
    return pages.call([("simulator--start", "value", start), ("simulator--key", "value", key)], [query("simulator")])


class Form(HTMLParser):
    """Names and values of the form's inputs, as the browser reads them."""

    def __init__(self):
        super().__init__()
        self.values, self.name, self.kind = {}, None, None

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if "data-k-input" in told:
            self.name, self.kind = told["data-k-input"], told["data-k-kind"]
        elif tag == "option" and "selected" in told:
            self.values[self.name] = told["value"] or None
        elif tag == "input" and json.loads(told["id"])["part"] in ("value", "alone"):
            value = "checked" in told if self.kind == "flag" else told["value"] or None
            self.values[self.name] = float(value) if self.kind == "number" and value else value


def fields(pages, start="@everyone", key=None):
    """Names and values of the form."""
    form = Form()
    form.feed(begin(pages, start, key)["simulator--form.data"])
    return form.values


def ask(pages, values):
    request = ("simulator--request", "data", {"values": values, "sent": 1})
    return pages.call([request], [query("simulator")])


def test_the_form_starts_at_the_median_and_answers_as_the_service_does(mall, services):
    values = fields(mall)
    ages = [row for (row,) in _rows(services, "SELECT age FROM customers_mall ORDER BY age")]
    assert values["age"] == (ages[99] + ages[100]) / 2
    answer = ask(mall, values)
    expected = services.simulation.simulate("mall", values)
    shown = json.dumps(answer["simulator--answer.children"], ensure_ascii=False)
    assert expected.segment in shown
    assert f"Surer than {expected.percentile}%" in shown
    assert answer["simulator--answered.data"] == {"now": list(expected.point[:2]), "sent": 1}


def test_the_form_starts_from_a_stored_customer_an_empty_one_or_says_that_there_is_none(mall, services):
    values = fields(mall, "@customer", "7")
    assert values == services.whatif.customer("mall", "7")
    assert set(fields(mall, "@empty").values()) <= {None, False}
    answer = begin(mall, "@customer", "nobody")
    assert "no customer 'nobody'" in answer["simulator--key-says.children"]
    assert "simulator--form.data" not in answer


def test_the_ways_to_a_segment_are_told_and_land_there(mall, services):
    values = services.whatif.customer("mall", "7")
    here = services.simulation.simulate("mall", values).slug

    def ways(target, locked):
        settled = {"values": values, "locked": locked}
        inputs = [("simulator--target", "value", target), ("simulator--settled", "data", settled)]
        answer = mall.call(inputs, [query("simulator")])
        return json.dumps(answer["simulator--ways.children"], ensure_ascii=False), answer["simulator--after.data"]

    for target in {each.slug for each in services.profiles.segments("mall")} - {here}:
        told, places = ways(target, ["gender"])
        found = services.whatif.path_with("mall", values, target, ["gender"]).found
        assert len(places) == 1
        for way in found.ways:
            assert json.dumps(json.dumps(way.landing.changes))[1:-1] in told  # what the button tries
            assert services.simulation.simulate("mall", values | way.landing.changes).slug == target
        told, places = ways(target, list(values))
        assert "Every input is locked" in told
        assert places == []
    assert "already" in ways(here, [])[0]
    assert "Choose a segment" in ways(None, [])[0]


def test_the_form_can_start_from_the_median_of_a_segment_and_lands_in_it(mall, services):
    landed = 0
    for segment in services.profiles.segments("mall"):
        shown = ask(mall, fields(mall, segment.slug))["simulator--answer.children"]
        landed += segment.name in json.dumps(shown["props"]["children"][1]["props"]["children"][1], ensure_ascii=False)
    assert landed == 5


def _rows(services, select):
    with services.database.reading() as session:
        return session.execute(text(select)).all()


def test_the_models_page_tells_the_version_in_use_and_why(mall, services):
    shown = mall.call([query("models"), ("models--changed", "data", 0)])
    assert "Five segments" in json.dumps(shown["models--head.children"])
    assert "One version of this dataset so far" in json.dumps(shown["models--registry.children"])
    offered = mall.call([query("models")])["models--recipe.options"]
    fits = {option["value"]: option for option in offered}
    assert not fits["mall_interactions"]["disabled"]
    assert fits["behaviour"]["disabled"]
    assert "does not fit" in fits["behaviour"]["label"]


def test_what_would_not_fit_into_memory_is_said_before_it_is_started(mall, monkeypatch):
    def chosen(name):
        answer = mall.call([("models--algorithm", "value", name)], [query("models")])
        return answer["models--algorithm-says.children"], answer["models--advanced.open"]

    assert chosen("ward") == (says("ward"), False)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10**5))
    text, opened = chosen("ward")
    assert "200 of them need 0.3 MB of memory and 0.1 MB are free; form the segments on a sample (" in text
    assert opened  # where the sample is asked for
    assert chosen("kmeans")[1] is False


def submit(pages, triggered, clicks, **form):
    form = {"recipe": "mall", "k": "4", "seed": 7, "as-of": None, "plain": True, "job": None} | form
    form |= {"algorithm": "kmeans", "sample": None, "eps": None, "min-cluster-size": None, "min-samples": None}
    inputs = [("models--train", "n_clicks", clicks), query("models"), ("models--idle", "n_intervals", 0)]
    kinds = {"job": "data"}
    state = [(f"models--{name}", kinds.get(name, "value"), value) for name, value in form.items()]
    return pages.call(inputs, state, triggered=triggered)


def test_training_is_a_job_that_a_reload_finds_again(mall, services):
    job = submit(mall, "models--train.n_clicks", 1)["models--job.data"]
    payload = json.loads(one(services, "SELECT payload FROM job WHERE id = :id", id=job))
    asked = {"recipe": "mall", "algorithm": "kmeans", "k": 4, "seed": 7, "as_of": None, "plain": True, "sample": None}
    assert payload == asked
    assert submit(mall, "models--query.data", 0)["models--job.data"] == job


def test_promoting_asks_first_and_can_be_taken_back(mall, services):
    first = one(services, "SELECT max(id) FROM model_version")
    services.training.train("mall", TrainOptions(recipe="mall", k=4), by="test")
    asked = mall.call([("models--asked", "data", first)], [query("models")])
    assert asked["models--question.hidden"] is False
    assert f"5 segments of version {first}" in json.dumps(asked["models--question-text.children"])
    mall.call([("models--promote", "n_clicks", 1)], [("models--asked", "data", first)])
    assert one(services, "SELECT model_version_id FROM model_alias WHERE until IS NULL") == first


def test_the_data_page_counts_as_the_store_does(mall, services):
    shown = mall.call([query("data"), ("data--changed", "data", None)])
    assert f"{one(services, 'SELECT sum(customers) FROM dataset')} customers" in json.dumps(
        shown["data--head.children"]
    )
    assert "Mall_Customers.csv" in json.dumps(shown["data--history.children"])
    assert "2,048 MB" in json.dumps(shown["data--limits.children"])


def test_the_dataset_in_view_stays_in_view_after_an_import_into_another(mall, services, shared_data):
    file = shared_data / "Mall_Customers.csv"
    services.imports.import_file(file, "other", ImportOptions(key="CustomerID", dataset_name="Other"), by="test")
    told = mall.call([query("data"), ("data--changed", "data", {"dataset": "other"})])
    assert "came into Other" in json.dumps(told["data--history.children"])
    picked = []

    def walk(part):
        for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            walk(each)
        if isinstance(part, dict) and part.get("className") == "is-picked":
            picked.append(json.dumps(part))

    walk(told["data--datasets.children"])
    assert len(picked) == 1
    assert "/?dataset=mall" in picked[0]


@pytest.mark.parametrize("page", ["map", "simulator"])
def test_pages_without_a_model_lead_on(services, page):
    assert "Find segments" in json.dumps(Pages(services).call([query(page, None)]))


def test_an_empty_store_leads_to_the_first_file(services):
    pages = Pages(services)
    shown = pages.call([query("models", None), ("models--changed", "data", 0)])
    assert shown["models--train-card.hidden"] is True
    assert "/data" in json.dumps(shown["models--criteria.children"])
    shown = pages.call([query("data", None), ("data--changed", "data", None)])
    assert "first customer file" in json.dumps(shown["data--head.children"])
