"""The whole way on the page: a file comes in, segments are found, read, drawn and asked what if."""

import re
import sqlite3
from contextlib import closing

import pytest

from tests.browser.screenshots import settled

SLOW = 90_000  # training on a machine that does other things as well
SEGMENT = "document.querySelector('#simulator--answer .k-verdict').innerText"
SCORE = '[id=\'{"name":"spending_score_1_100","page":"simulator","part":"%s"}\']'


def count(live, select, *values):
    """A one-line count in the store the server writes to."""
    with closing(sqlite3.connect(f"file:{live.data_dir / 'kindred.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(select, values).fetchone()[0]


def upload(page, file, name):
    """Bring a file in on the page as a new dataset."""
    page.goto("/data")
    with page.expect_file_chooser() as chosen:
        page.click("text=Choose a file")
    chosen.value.set_files(file)
    page.wait_for_selector("#data--first table")
    page.fill("#data--name", name)
    page.press("#data--name", "Tab")
    settled(page)  # the name is looked up, and the head drawn anew with its button
    page.click("#data--read-head >> text=Next: columns")
    page.click("#data--columns-head >> text=Next: check")
    page.click("#data--check-head .btn-primary", timeout=SLOW)
    page.wait_for_selector("#batch--body .k-facts", timeout=SLOW)


def train(page, recipe, segments="auto"):
    """Train on the page that is open, and wait for the end."""
    page.wait_for_selector(f"#models--recipe option[value={recipe}]", state="attached")
    page.select_option("#models--recipe", recipe)
    page.select_option("#models--k", segments)
    page.click("#models--train")
    page.wait_for_selector("#models--outcome .alert.good", timeout=SLOW)
    settled(page)


def verdict(page):
    """The segment the simulator shows."""
    page.wait_for_selector("#simulator--answer .k-verdict")
    return page.inner_text("#simulator--answer .k-verdict")


def slide(page, share):
    """Drag the slider of the spending score to a share of its width, in small steps as a hand does."""
    box = page.locator(SCORE % "range").bounding_box()
    x, y = box["x"], box["y"] + box["height"] / 2
    start = page.locator(SCORE % "range").evaluate("r => (r.value - r.min) / (r.max - r.min)")
    page.mouse.move(x + box["width"] * start, y)
    page.mouse.down()
    for step in range(1, 31):
        page.mouse.move(x + box["width"] * (start + (share - start) * step / 30), y)
    page.mouse.up()


def is_answered(page):
    """Wait until the answer is the one to the values in the form."""
    page.wait_for_function(
        "() => document.querySelector('#simulator--answer .k-verdict') && !document.querySelector('._dash-loading')"
    )
    page.wait_for_load_state("networkidle")


@pytest.fixture(scope="module")
def mall(live, browser, shared_data):
    """The mall file, brought in and trained on the pages by one visitor; the addresses of what came of it."""
    context = browser.new_context(base_url=live.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(20_000)
    upload(page, shared_data / "Mall_Customers.csv", "Mall")
    told = page.inner_text("#main")
    page.click("#batch--next >> text=Find segments")
    train(page, "mall_interactions")
    outcome = page.inner_text("#models--outcome")
    context.close()
    return {"import": told, "training": outcome}


@pytest.mark.slow
def test_the_file_comes_in_and_every_row_is_accounted_for(mall, live):
    assert "All 200 rows came in" in mall["import"]
    assert count(live, "SELECT count(*) FROM customers_mall") == 200
    batch = "SELECT created FROM import_batch JOIN dataset ON dataset.id = dataset_id WHERE slug = 'mall'"
    assert count(live, batch) == 200


@pytest.mark.slow
def test_everybody_gets_a_segment_and_the_pages_count_as_the_store_does(mall, live, page):
    segments = count(live, "SELECT k FROM model_version v JOIN dataset d ON d.id = v.dataset_id WHERE slug = 'mall'")
    assert f"{segments} segments for every customer" in mall["training"]
    assigned = """SELECT count(*) FROM assignment WHERE scoring_run_id =
        (SELECT max(r.id) FROM scoring_run r JOIN dataset d ON d.id = r.dataset_id WHERE slug = 'mall')"""
    assert count(live, assigned) == 200

    page.goto("/segments?dataset=mall")
    settled(page)
    links = page.locator("main table a[href^='/segments/']")
    slugs = list(
        dict.fromkeys(re.findall(r"/segments/([^?]+)", " ".join(a.get_attribute("href") for a in links.all())))
    )
    assert len(slugs) == segments

    members = """SELECT count(*) FROM assignment a JOIN segment s ON s.id = a.segment_id
        JOIN segment_identity i ON i.id = s.identity_id WHERE i.slug = ? AND a.scoring_run_id =
        (SELECT max(r.id) FROM scoring_run r JOIN dataset d ON d.id = r.dataset_id WHERE d.slug = 'mall')"""
    sizes = {slug: count(live, members, slug) for slug in slugs}
    assert sum(sizes.values()) == 200
    links.first.click()
    page.wait_for_url(re.compile(f"/segments/{slugs[0]}"))
    settled(page)
    assert page.locator(".k-facts dd").first.inner_text().startswith(str(sizes[slugs[0]]))


@pytest.mark.slow
def test_the_map_turns_to_three_dimensions_with_every_customer_in_it(mall, page):
    page.goto("/map?dataset=mall")
    dots = """() => { const graph = document.querySelector('#map--graph .js-plotly-plot');
        if (!graph || !graph._fullData) return null;
        const traces = graph._fullData;  // decoded; data holds what travelled
        return [traces[0].type, traces.reduce((n, trace) => n + trace.x.length, 0)]; }"""
    page.wait_for_function(f"() => (({dots})() || [])[0] === 'scattergl'")
    assert page.evaluate(dots) == ["scattergl", 200]
    assert "showing 200 of 200" in page.inner_text("main")
    page.get_by_text("3-D", exact=True).click()
    page.wait_for_function(f"() => (({dots})() || [])[0] === 'scatter3d'")
    assert page.evaluate(dots) == ["scatter3d", 200]
    page.wait_for_selector("#map--graph .gl-container canvas, #map--graph canvas")

    page.locator(".k-chips label").first.click()
    page.wait_for_function(f"() => ({dots})()[1] < 200")
    page.select_option("#map--by", "confidence")
    page.wait_for_function("() => document.querySelector('#map--graph .js-plotly-plot').data.length === 3")


@pytest.mark.slow
def test_a_moved_slider_changes_the_segment_its_field_and_its_place_on_the_map(mall, page):
    of_map = "simulator--graph.figure"
    late = []  # the map comes after the first answer
    page.route(
        re.compile("/_dash-update-component"),
        lambda route: late.append(route) if of_map in route.request.post_data else route.continue_(),
    )
    page.goto("/simulator?dataset=mall")
    before = verdict(page)
    late[0].continue_()
    page.unroute_all()
    settled(page)
    page.wait_for_selector("#simulator--layer .now", state="attached")
    place = """() => { const dot = document.querySelector('#simulator--layer .now');
        return [dot.getAttribute('cx'), dot.getAttribute('cy')]; }"""
    at = page.evaluate(place)
    slide(page, 0.03 if "high scorers" in before.lower() else 0.97)
    page.wait_for_function(
        "(before) => document.querySelector('#simulator--answer .k-verdict').innerText !== before", arg=before
    )
    is_answered(page)
    assert page.evaluate(place) != at
    page.wait_for_selector("#simulator--fields .k-strip i")
    assert page.locator("#simulator--like li a").count() == 5
    page.wait_for_selector("#simulator--ways h3")
    assert page.input_value(SCORE % "value") == page.input_value(SCORE % "range")
    assert verdict(page) in page.inner_text("h1")
    page.fill(SCORE % "value", "5")
    page.wait_for_function("(range) => document.querySelector(range).value === '5'", arg=SCORE % "range")


@pytest.mark.slow
def test_the_answer_of_the_page_is_that_of_scoring_everybody(mall, live, page):
    """A stored customer's values, typed into the form, give the segment it was assigned."""
    with closing(sqlite3.connect(f"file:{live.data_dir / 'kindred.db'}?mode=ro", uri=True)) as connection:
        gender, age, income, score, segment = connection.execute(
            """SELECT c.gender, c.age, c.annual_income_k, c.spending_score_1_100, i.name FROM customers_mall c
            JOIN assignment a ON a.customer_id = c.customer_id JOIN segment s ON s.id = a.segment_id
            JOIN segment_identity i ON i.id = s.identity_id
            WHERE c.customer_key = '175' AND a.scoring_run_id =
            (SELECT max(r.id) FROM scoring_run r JOIN dataset d ON d.id = r.dataset_id WHERE d.slug = 'mall')"""
        ).fetchone()
    page.goto("/simulator?dataset=mall")
    verdict(page)
    for name, value in (("age", age), ("annual_income_k", income), ("spending_score_1_100", score)):
        page.fill(SCORE.replace("spending_score_1_100", name) % "value", f"{value:g}")
    page.select_option(SCORE.replace("spending_score_1_100", "gender") % "alone", gender)
    page.wait_for_function(
        "(name) => document.querySelector('#simulator--answer .k-verdict').innerText === name", arg=segment
    )


@pytest.mark.slow
def test_two_users_on_two_datasets_do_not_see_each_other(mall, live, open_tab):
    one, other = open_tab(), open_tab()
    one.goto("/simulator?dataset=mall")
    other.goto("/simulator?dataset=loyalty")
    for page in (one, other):
        verdict(page)
        settled(page)
    theirs = (other.inner_text("h1"), other.inner_text("#simulator--fields"))
    slide(one, 0.97)
    is_answered(one)
    assert (other.inner_text("h1"), other.inner_text("#simulator--fields")) == theirs
    other.reload()
    verdict(other)
    settled(other)
    assert (other.inner_text("h1"), other.inner_text("#simulator--fields")) == theirs

    second = open_tab()  # the same dataset: a form of one's own
    second.goto("/simulator?dataset=mall")
    verdict(second)
    settled(second)
    assert second.input_value(SCORE % "value") != one.input_value(SCORE % "value")
    assert "Mall" in one.inner_text(".k-side")
    assert "Mall" not in other.inner_text(".k-switch summary")


@pytest.mark.slow
def test_a_reload_finds_the_training_that_runs(mall, page):
    page.goto("/models?dataset=mall")
    page.wait_for_selector("#models--recipe option[value=mall]", state="attached")
    page.select_option("#models--recipe", "mall")
    page.click("#models--train")
    page.wait_for_selector("#models--job-view progress")
    page.reload()
    page.wait_for_selector("#models--job-view progress, #models--outcome .alert.good")
    page.wait_for_selector("#models--outcome .alert.good", timeout=SLOW)
    settled(page)
    newest = page.locator("#models--registry tbody tr").first
    assert "in use" in newest.inner_text()

    page.locator("#models--registry >> text=Use this").first.click()  # back to the version before
    page.click("#models--promote")
    page.wait_for_function("() => !document.querySelector('#models--registry tbody tr').innerText.includes('in use')")


@pytest.mark.slow
def test_a_file_that_cannot_be_read_is_told_and_leaves_nothing(live, page, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text("id,age\n")
    before = count(live, "SELECT count(*) FROM dataset")
    page.goto("/data")
    with page.expect_file_chooser() as chosen:
        page.click("text=Choose a file")
    chosen.value.set_files(empty)
    page.wait_for_selector("#shell--errors .alert.bad")
    assert count(live, "SELECT count(*) FROM dataset") == before
