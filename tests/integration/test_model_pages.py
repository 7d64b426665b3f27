"""The pages of a version and of two versions over HTTP: what they say is what is stored."""

import json

import pytest
from integration.test_identity import bring, evenly, people
from integration.test_pages_http import Pages
from integration.trained import one, train
from sqlalchemy import func, select, text

from db.models import ModelVersion, ScoringRun
from segmentation.errors import KindredError
from segmentation.services import Services


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.fixture
def versions(services, tmp_path):
    """Two versions; two segments of the second are asked about."""
    bring(services, tmp_path, evenly())
    return train(services.training, k=2).version, train(services.training, k=5).version


def shown(pages, version, changed=0):
    query = {"dataset": "shop", "version": str(version)}
    return pages.call([("model--query", "data", query), ("model--changed", "data", changed)])


def words(answer) -> str:
    return json.dumps(answer, ensure_ascii=False)


def test_addresses_of_versions_that_are_not_there_answer_404(services, versions):
    client = Pages(services).client
    first, second = versions
    found = {
        path: client.get(path).status_code
        for path in (
            f"/models/{first}?dataset=shop", f"/models/{second}", "/models/99", "/models/abc",
            f"/models/{first}?dataset=other", f"/models/compare?a={first}&b={second}",
        )
    }  # fmt: skip
    assert list(found.values()) == [200, 200, 404, 404, 404, 200]


def test_the_verdict_and_the_gate_stand_before_any_name(services, versions):
    pages = Pages(services)
    names = [each.name for each in services.profiles.segments("shop")]
    query = ("data", {"dataset": "shop"})
    whole = [
        words(pages.call([("overview--query", *query)])),
        words(pages.call([("segments--query", *query)])),
        words(pages.call([("models--query", *query), ("models--changed", "data", 0)])["models--head.children"]),
        words(shown(pages, versions[1])["model--head.children"]),
        pages.client.get("/report/shop").text,
        pages.client.get(f"/passport/{versions[1]}").text,
    ]
    for page in whole:
        told = [page.index(each.title) for each in services.profiles.trust("shop")]
        assert len(told) == 3
        assert max(told) < min([page.index(name) for name in names if name in page], default=len(page))


def test_a_version_says_what_it_was_made_of_and_what_it_asks(services, versions):
    first, second = versions
    pages = Pages(services)
    story = words(shown(pages, second)["model--story.children"])
    questions = services.identity.story(second).questions
    assert len(questions) == story.count('Yes, the same people"') == 2
    assert all(each.title in story for each in questions)
    body = words(shown(pages, second)["model--body.children"])
    assert "customers.csv" in body
    assert "scikit-learn" in body
    assert "Nobody is dropped: " in body
    assert "not tested" in body  # it was trained without the checks
    assert shown(pages, second)["model--use.hidden"] is True
    old = shown(pages, first)
    assert old["model--use.hidden"] is False
    assert f"Version {first}: two segments" in words(old["model--head.children"])
    assert "model 1 of 2" in words(old["model--head.children"])
    assert "Its segments are the first" in words(old["model--story.children"])
    overview = pages.call([("overview--query", "data", {"dataset": "shop"})])
    assert all(each.title in words(overview) for each in questions)


def test_going_back_to_a_version_from_its_page(services, versions):
    first, _ = versions
    pages = Pages(services)
    query = [("model--query", "data", {"dataset": "shop", "version": str(first)})]
    pages.call([("model--promote", "n_clicks", 1)], query)
    assert services.training.model(first).champion
    assert shown(pages, first)["model--use.hidden"] is True


def test_the_note_is_kept_with_the_version_and_listed(services, versions):
    _, second = versions
    pages = Pages(services)
    query = [("model--query", "data", {"dataset": "shop", "version": str(second)})]
    said = pages.call([("model--keep", "n_clicks", 1)], [("model--note", "value", " five regions "), *query])
    assert said == {"model--kept.children": "The note is kept."}
    assert one(services.database, select(ModelVersion.note).where(ModelVersion.id == second)) == "five regions"
    assert pages.call(query)["model--note.value"] == "five regions"
    registry = pages.call([("models--query", "data", {"dataset": "shop"}), ("models--changed", "data", 0)])
    assert "“five regions”" in words(registry)
    pages.call([("model--keep", "n_clicks", 2)], [("model--note", "value", ""), *query])
    assert services.training.model(second).note is None
    with pytest.raises(KindredError, match=r"the note has 3,000 characters; at most 2,000 are kept"):
        services.registry.note(second, "x" * 3_000, by="ana")


def test_two_versions_side_by_side_count_as_the_store_does(services, versions):
    first, second = versions[1], train(services.training, k=4).version
    pages = Pages(services)
    query = ("compare--query", "data", {"dataset": "shop", "a": str(first), "b": str(second)})
    answer = words(pages.call([query, ("compare--job-done", "data", None)]))
    told = services.comparison.compare(first, second)
    same = """SELECT count(*) FROM assignment a JOIN assignment b ON a.customer_id = b.customer_id
        JOIN segment s ON s.id = a.segment_id JOIN segment t ON t.id = b.segment_id
        WHERE s.model_version_id = :a AND t.model_version_id = :b AND s.identity_id = t.identity_id"""
    with services.database.reading() as session:
        stay = session.execute(text(same), {"a": first, "b": second}).scalar_one()
    assert stay == round(told.moves.agreement.stay * 200)
    assert f"{stay / 200:.0%} of customers stay together" in answer
    assert stay > 50
    assert "Most movement" in answer
    nested = ("compare--query", "data", {"dataset": "shop", "a": str(versions[0]), "b": str(first)})
    alike = words(pages.call([nested, ("compare--job-done", "data", None)]))
    assert f"No segment is in both version {versions[0]} and version {first}" in alike
    without = words(pages.call([("compare--query", "data", {"dataset": "shop", "a": "", "b": ""}),
                                ("compare--job-done", "data", None)]))  # fmt: skip
    assert f"version {second} and version {first}" in without  # the one in use, then the newest other


def test_a_vanished_segment_and_doubtful_members_have_their_words(services, tmp_path):
    frame = people(150, 5, a=(20, 20), b=(24, 26), c=(60, 60))
    frame.loc["c3", "spend_food"] = 99_999.0
    bring(services, tmp_path, frame)
    first = train(services.training, k=3)
    pages = Pages(services)
    unusual = one(services.database, select(ScoringRun.unusual).limit(1))["unusual"]["top"]
    where = next(each for each in services.profiles.segments("shop") if each.id == unusual[0]["segment_id"])
    page = words(
        pages.call(
            [("segment--query", "data", {"dataset": "shop", "segment": where.slug}), ("segment--changed", "data", None)]
        )
    )
    assert "1 member is far from every segment" in page
    assert "c3" in page
    assert "99,999" in page
    assert "is far from every segment" in words(pages.call([("overview--query", "data", {"dataset": "shop"})]))
    border = services.borderline.members("shop", where.slug)
    near = select(func.count()).select_from(text("assignment")).where(
        text(f"segment_id = {where.id} AND confidence < 0.05")
    )  # fmt: skip
    assert border.near == one(services.database, near)
    train(services.training, k=2)
    now = {each.slug for each in services.profiles.segments("shop")}
    gone = next(each.slug for each in first.segments if each.slug not in now)
    assert pages.client.get(f"/segments/{gone}?dataset=shop").status_code == 200
    fate = words(
        pages.call(
            [("segment--query", "data", {"dataset": "shop", "segment": gone}), ("segment--changed", "data", None)]
        )
    )
    assert "are no segment any more" in fate
    assert any(slug in fate for slug in now)
