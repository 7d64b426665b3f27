"""What analysts say of segments: kept with who and when, refused in words, taken back, and never another's."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from integration.profiled import NAMES, NOW, customers_frame, store_customers, store_run
from integration.test_pages_http import Pages
from sqlalchemy import text

from db.models import AuditEvent
from db.queries.identities import edits_of
from segmentation.errors import ConflictError, KindredError, NotFoundError
from segmentation.services import Services
from segmentation.services.editing import EDIT, checked_name
from segmentation.services.imports import ImportOptions

LONGEST = "The long-standing, loyal and responsive big spenders up north"[:60]


@pytest.fixture
def shop(settings):
    """A champion of four segments in dataset `shop`, and a decoy dataset with the same addresses."""
    services = Services(settings)
    frame, labels = customers_frame()
    for slug in ("decoy", "shop"):
        store_run(services.database, store_customers(services.database, slug, frame), frame, labels)
    yield services
    services.close()


def named(services, slug="shop"):
    return {each.slug: each.name for each in services.profiles.segments(slug)}


def test_a_segment_is_renamed_described_and_recoloured_and_all_of_it_is_kept(shop):
    assert shop.editing.edit("shop", "high-spenders", name=f" {LONGEST} ", description="Ours", colour=9, by="ana")
    assert not shop.editing.edit("shop", "high-spenders", name=LONGEST, by="bo")  # nothing differs
    told = shop.editing.read("shop", "high-spenders")
    assert (told.name, told.description, told.colour, told.named_by) == (LONGEST, "Ours", 9, "ana")
    (edit,) = told.edits
    assert edit.by == "ana"
    assert edit.before == {"name": "High spenders", "description": "", "colour": 1, "named_by": None}
    summary = shop.profiles.segment("shop", "high-spenders").summary
    assert (summary.name, summary.description, summary.colour) == (LONGEST, "Ours", 9)
    assert named(shop, "decoy")["high-spenders"] == "High spenders"
    assert shop.editing.read("decoy", "high-spenders").edits == []


def test_what_was_changed_is_taken_back_and_the_automatic_name_returns(shop):
    shop.editing.edit("shop", "high-spenders", name="Whales", by="ana")
    shop.editing.edit("shop", "high-spenders", colour=8, by="ana")
    shop.editing.undo("shop", "high-spenders", "bo")
    assert shop.editing.read("shop", "high-spenders").colour == 1
    assert shop.editing.automatic_name("shop", "high-spenders", "bo") == "High spenders"
    told = shop.editing.read("shop", "high-spenders")
    assert (told.name, told.named_by, len(told.edits)) == ("High spenders", None, 4)
    shop.editing.undo("shop", "high-spenders", "bo")
    told = shop.editing.read("shop", "high-spenders")
    assert (told.name, told.named_by) == ("Whales", "ana")  # and it is ana's again
    with pytest.raises(ConflictError, match="nothing was changed"):
        shop.editing.undo("shop", "light-spenders", "bo")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"name": "  "}, "needs a name"),
        ({"name": "x" * 61}, "61 characters; at most 60"),
        ({"name": "light SPENDERS"}, "another segment is called “Light spenders”"),
        ({"name": "unassigned"}, "in no segment"),
        ({"name": "Wha\u202eles"}, r"U\+202E"),
        ({"name": "Wha\0les"}, r"U\+0000"),
        ({"description": "x" * 501}, "501 characters"),
        ({"colour": 2}, "“Light spenders” has this colour"),
        ({"colour": 0}, "no colour 0"),
        ({"name": "Whales", "colour": 11}, "no colour 11"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_changes(shop, asked, why):
    with pytest.raises(KindredError, match=why):
        shop.editing.edit("shop", "high-spenders", **asked, by="ana")
    assert sorted(named(shop).values()) == sorted(NAMES)
    assert shop.editing.read("shop", "high-spenders").edits == []


def test_a_segment_that_is_not_there_cannot_be_edited(shop):
    with pytest.raises(NotFoundError, match="segments: high-spenders"):
        shop.editing.edit("shop", "nobody", name="Whales", by="ana")


def test_of_two_who_choose_the_same_name_one_gets_it(shop):
    def rename(segment):
        try:
            return shop.editing.edit("shop", segment, name="Whales", by=segment)
        except ConflictError:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(rename, ["high-spenders", "light-spenders"])) == [False, True]
    assert list(named(shop).values()).count("Whales") == 1


def test_a_segment_renamed_between_two_chunks_of_an_import_keeps_its_name_and_no_row_is_lost(shop, tmp_path):
    rows, stored = 60_000, 204
    path = tmp_path / "all.csv"
    path.write_text("customer_key,spend\n" + "".join(f"K{number:04},{number}\n" for number in range(1, rows + 1)))
    chunks = []

    def rename(_share, phase):
        if phase == "preparing the customers":
            chunks.append(phase)
            if len(chunks) == 1:
                shop.editing.edit("shop", "high-spenders", name="Whales", by="ana")
                assert named(shop)["high-spenders"] == "Whales"  # not when the import is over: now

    result = shop.imports.import_file(path, "shop", ImportOptions(key="customer_key"), progress=rename)
    assert len(chunks) > 1
    assert (result.rows, result.created, result.updated) == (rows, rows - stored, stored)
    assert named(shop)["high-spenders"] == "Whales"
    assert [edit.by for edit in shop.editing.read("shop", "high-spenders").edits] == ["ana"]
    with shop.database.reading() as session:
        found = session.execute(
            text("SELECT count(*), count(DISTINCT customer_key), sum(spend), count(visits) FROM customers_shop")
        ).one()
        assert tuple(found) == (rows, rows, rows * (rows + 1) / 2, stored - 1)
        assert session.scalar(text("SELECT count(*) FROM assignment")) == 2 * stored  # the decoy's too


def test_edits_are_those_of_the_segment_since_it_exists(shop):
    def event(at=NOW, dataset="shop", action=EDIT, segment="a"):
        return AuditEvent(at=at, actor="t", action=action, dataset=dataset, details={"segment": segment})

    with shop.database.writing() as session:
        session.add_all(
            [
                event(),
                event(NOW - timedelta(days=1)),
                event(dataset="decoy"),
                event(action="promote"),
                event(segment="b"),
                event(NOW + timedelta(days=1)),
            ]
        )
    with shop.database.reading() as session:
        assert [each.at for each in edits_of(session, "shop", EDIT, "a", NOW)] == [NOW + timedelta(days=1), NOW]
        assert list(edits_of(session, "shop", EDIT, "none", NOW)) == []


@given(st.text(max_size=80))
@hypothesis_settings(max_examples=200)
def test_a_kept_name_is_one_readable_line_and_stays_itself(name):
    try:
        kept = checked_name(name)
    except KindredError:
        return
    assert kept
    assert len(kept) <= 60
    assert kept == kept.strip()
    assert not set(kept) & set("\n\r\t\0")
    assert checked_name(kept) == kept


def test_the_page_renames_says_why_not_and_shows_who_did_what(shop):
    pages = Pages(shop)
    query = {"dataset": "shop", "segment": "high-spenders"}
    arrived = [("segment--query", "data", query), ("segment--changed", "data", None)]

    def press(name, button="keep"):
        clicks = [(f"segment--{each}", "n_clicks", 1) for each in ("keep", "automatic", "undo")]
        form = [("segment--name", "value", name), ("segment--description", "value", ""),
                ("segment--colour", "value", 1), ("segment--query", "data", query)]  # fmt: skip
        return json.dumps(pages.call(clicks, form, triggered=f"segment--{button}.n_clicks"), ensure_ascii=False)

    assert "Your changes are kept" in press(LONGEST)
    assert LONGEST in json.dumps(pages.call(arrived))
    assert named(shop)["high-spenders"] == LONGEST
    refused = press("Light spenders")
    assert "Another segment is called" in refused
    assert "segment--changed" not in refused
    assert "is taken back" in press("", "undo")
    assert named(shop)["high-spenders"] == "High spenders"
    with shop.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_event WHERE action = 'edit_segment'")) == 2
