"""Plays: proposed, saved only when asked, gated, two people's changes brought together, kept through retraining."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from integration.profiled import customers_frame, store_customers, store_run
from integration.test_identity import bring, evenly, people, segments
from integration.trained import train
from sqlalchemy import func, select

from db.models import ModelVersion, ScoringRun, Segment, Strategy, StrategyChange
from segmentation.errors import ConflictError, KindredError, NotFoundError
from segmentation.services import Services

OURS = {"objective": "Keep them", "owner": "ana"}
WHY_NOT = "the segment is not stable"


@pytest.fixture
def shop(settings):
    """A champion of four segments in dataset `shop`, of which the first may have a play, and a decoy dataset."""
    services = Services(settings)
    frame, labels = customers_frame()
    for slug in ("decoy", "shop"):
        store_run(services.database, store_customers(services.database, slug, frame), frame, labels)
    with services.database.writing() as session:
        for model in session.scalars(select(ModelVersion)):
            model.reality_check = {"verdict": "groups", "null_mean": 0.3, "z": 4.0, "score": 0.34}
        for segment in session.scalars(select(Segment)):
            segment.stability = 0.9 if segment.label == 0 else 0.5
    yield services
    services.close()


def save(services, fields, *, segment="high-spenders", revision=0, by="ana", **more):
    return services.strategy.save("shop", segment, fields, revision=revision, by=by, **more)


def play(services, segment="high-spenders", slug="shop"):
    return services.strategy.read(slug, segment)


def count(services, table):
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_proposal_is_read_and_nothing_is_kept_until_it_is_saved(shop):
    told = play(shop)
    assert told.play is None
    assert told.proposal.rule == "Keep and thank"
    assert "everyone" in told.proposal.reasons["objective"]
    assert told.why_not is None
    assert count(shop, Strategy) == 0
    save(shop, {**told.proposal.values, "owner": "ana", "kpi": "Our own", "response": 0.02})
    told = play(shop)
    assert (told.revision, told.play["kpi"], told.play["response"], told.play["people"]) == (1, "Our own", 0.02, None)
    assert told.reasons["objective"] == told.proposal.reasons["objective"]
    assert "kpi" not in told.reasons  # it is not what was proposed
    assert [(each.by, each.before["objective"]) for each in told.changes] == [("ana", "")]
    assert play(shop, slug="decoy").play is None
    assert play(shop, "a-handful").proposal is None  # four people


def test_the_board_and_the_run_know_every_play(shop):
    save(shop, OURS)
    board = shop.strategy.board("shop")
    assert [(each.slug, bool(each.play), bool(each.why_not)) for each in board.entries] == [
        ("high-spenders", True, False), ("light-spenders", False, True), ("frequent-visitors", False, True),
        ("a-handful", False, True),
    ]  # fmt: skip
    assert board.archived == []
    with shop.database.reading() as session:
        run = session.scalar(select(func.max(ScoringRun.id)))
    found = shop.strategy.plays_of(run)
    assert [slug for slug, each in found.items() if each] == ["high-spenders"]
    assert len(found) == 4
    assert shop.profiles.segments_json("shop")[2]["strategy"]["objective"] == "Keep them"


@pytest.mark.parametrize(
    ("segment", "fields", "why"),
    [
        ("high-spenders", {"objective": "Keep them", "status": "running"}, "has no owner"),
        ("light-spenders", {**OURS, "status": "running"}, f"may not run: {WHY_NOT}"),
    ],
)
def test_a_play_runs_only_with_an_owner_through_an_open_gate(shop, segment, fields, why):
    with pytest.raises(ConflictError, match=why):
        save(shop, fields, segment=segment)
    assert count(shop, Strategy) == count(shop, StrategyChange) == 0
    save(shop, {**OURS, "status": "running"})
    with shop.database.writing() as session:
        for each in session.scalars(select(Segment)):
            each.stability = 0.5
    save(shop, {**OURS, "status": "running", "offer": "A gift"}, revision=1)  # what runs may still be corrected
    with pytest.raises(ConflictError, match="has no owner"):
        save(shop, {"objective": "Keep them", "status": "running"}, revision=2)


def test_two_people_keep_what_each_changed_and_a_conflict_shows_both(shop):
    save(shop, OURS)
    save(shop, {**OURS, "offer": "A gift", "owner": "bo"}, revision=1, by="bo")
    both = save(shop, {**OURS, "kpi": "Repeat"}, revision=1)
    assert (both.changed, both.theirs, both.conflicts) == (["kpi"], ["offer", "owner"], [])
    told = play(shop)
    assert (told.play["offer"], told.play["kpi"], told.play["owner"]) == ("A gift", "Repeat", "bo")
    refused = save(shop, {**OURS, "offer": "A card"}, revision=1)
    assert [(each.field, each.mine, each.theirs) for each in refused.conflicts] == [("offer", "A card", "A gift")]
    assert play(shop).revision == refused.revision == 3
    overruled = save(shop, {**OURS, "offer": "A card"}, revision=1, seen=refused.revision)
    assert overruled.changed == ["offer"]
    assert (play(shop).play["offer"], play(shop).play["kpi"]) == ("A card", "Repeat")
    assert len(play(shop).changes) == 4
    assert not save(shop, play(shop).play, revision=4).changed  # nothing differs: nothing is kept
    assert play(shop).revision == 4


def test_of_two_first_saves_at_once_one_counts(shop):
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda who: save(shop, {**OURS, "owner": who}, by=who), ["ana", "bo"]))
    assert sorted(len(each.conflicts) for each in found) == [0, 1]
    assert count(shop, Strategy) == 1


def test_a_deleted_play_keeps_its_history_and_can_be_written_anew(shop):
    save(shop, OURS)
    shop.strategy.delete("shop", "high-spenders", "bo")
    told = play(shop)
    assert (told.play, told.changes[0].by, told.changes[0].after) == (None, "bo", {})
    with pytest.raises(ConflictError, match="was deleted meanwhile"):
        save(shop, OURS, revision=1)
    assert save(shop, {"objective": "Grow"}).revision == 3
    late = save(shop, {**OURS, "objective": "Thank"}, revision=1)  # began with the one that was deleted
    assert [each.field for each in late.conflicts] == ["objective"]
    with pytest.raises(NotFoundError, match="no play to delete"):
        shop.strategy.delete("shop", "light-spenders", "bo")


@pytest.mark.parametrize("segment", ["nobody", ""])
def test_what_is_not_there_has_no_play(shop, segment):
    with pytest.raises(NotFoundError, match="segments: high-spenders"):
        play(shop, segment)
    with pytest.raises(NotFoundError, match="segments: high-spenders"):
        save(shop, OURS, segment=segment)
    with pytest.raises(KindredError, match="needs an objective"):
        save(shop, {})


def test_a_play_goes_with_its_segment_and_into_the_archive_and_back(sqlite_settings, tmp_path):
    services = Services(sqlite_settings)
    groups = {"a": (20, 20), "b": (20, 80), "near": (60, 44), "by": (60, 56)}
    bring(services, tmp_path, people(120, 3, **groups))
    first = train(services.training, k=4).version
    for slug in segments(services):
        save(services, {"objective": f"For {slug}"}, segment=slug)
    train(services.training, k=4, seed=9)
    kept = services.strategy.board("shop")
    assert [each.play["objective"] for each in kept.entries] == [f"For {each.slug}" for each in kept.entries]
    train(services.training, k=3)
    merged = services.strategy.board("shop")
    gone = {each.slug: fate for each, fate in merged.archived}
    assert len(gone) + sum(each.play is not None for each in merged.entries) == 4
    assert len(gone) >= 1
    for slug, fate in gone.items():
        assert "It ended with version" in fate.text
        assert play(services, slug).fate == fate
        with pytest.raises(NotFoundError):
            save(services, OURS, segment=slug)
    services.training.promote(first, by="ana")
    assert services.strategy.board("shop").archived == []
    services.close()


def test_a_confirmed_match_brings_the_play_with_its_history(sqlite_settings, tmp_path):
    services = Services(sqlite_settings)
    bring(services, tmp_path, evenly())
    train(services.training, k=2)
    second = train(services.training, k=5).version
    ask = services.identity.story(second).questions[0]
    known, mine = ask.about
    save(services, OURS, segment=mine.slug)
    services.identity.answer(second, ask.label, True, by="bo")
    told = play(services, known.slug)
    assert (told.play["owner"], len(told.changes)) == ("ana", 1)
    services.close()
