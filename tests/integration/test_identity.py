"""Segments keep who they are: names stay with the people, splits and merges are told, doubts are the analyst's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from integration.trained import labels, one, rows, train
from sqlalchemy import func, select, update

from db.models import AuditEvent, ModelVersion, ScoringRun, Segment, SegmentIdentity, Strategy
from segmentation.errors import ConflictError, NotFoundError
from segmentation.services import Services
from segmentation.services.imports import ImportOptions

CENTRES = {"a": (20, 20), "b": (20, 80), "near": (60, 44), "by": (60, 56)}


@pytest.fixture
def services(settings):
    """On both databases."""
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def quick(sqlite_settings):
    """On SQLite only: for what is decided before anything is stored."""
    services = Services(sqlite_settings)
    yield services
    services.close()


def people(n: int, seed: int, **centres: tuple[float, float]) -> pd.DataFrame:
    """`n` customers around each centre; index: a key that starts with the group's name."""
    rng = np.random.default_rng(seed)
    found = np.concatenate([rng.normal(centre, 3.0, (n, 2)) for centre in centres.values()])
    keys = [f"{group}{i}" for group in centres for i in range(n)]
    return pd.DataFrame(found.round(2), columns=["visits", "spend_food"], index=pd.Index(keys, name="id"))


def evenly(n: int = 200) -> pd.DataFrame:
    """Spending without groups: two halves, and then fifths, share two fifths of their members."""
    return pd.DataFrame({"spend_food": 3.0 * np.arange(n)}, index=pd.Index([f"k{i}" for i in range(n)], name="id"))


def bring(services: Services, folder, frame: pd.DataFrame) -> None:
    file = folder / "customers.csv"
    frame.to_csv(file)
    services.imports.import_file(file, "shop", ImportOptions(key="id"), by="ana")


def called(services: Services, version: int) -> pd.Series:
    """Name of the segment of each customer, by customer id, in the run of a version."""
    run = one(services.database, select(func.max(ScoringRun.id)).where(ScoringRun.model_version_id == version))
    names = dict(rows(services.database, select(SegmentIdentity.slug, SegmentIdentity.name)))
    return pd.Series(labels(services.database, run)).map(names)


def kept(before: pd.Series, after: pd.Series) -> float:
    """Share of the customers known before whose segment is called the same."""
    return float((after[before.index] == before).mean())


def kinds(services: Services, version: int) -> list[str]:
    return [each.kind for each in services.identity.story(version).told]


def test_a_handful_is_counted_but_not_told_of_until_there_are_enough(quick, tmp_path):
    few = people(6, 5, far=(150, 150))
    bring(quick, tmp_path, pd.concat([people(60, 3, a=(20, 20), b=(20, 80)), few]))
    first = train(quick.training, k=3, validate=True)
    small = next(each for each in quick.profiles.segments("shop") if each.customers == 6)
    assert (small.name, small.slug, small.auto_name) == ("A handful of customers", "a-handful-of-customers", small.name)
    assert (small.value, small.value_share, small.value_per_customer, small.top_features) == (None, None, None, [])
    explained = one(quick.database, select(ModelVersion.explanation))
    assert len(explained["rules"]) == 2
    assert len(explained["surrogate"]["labels"]) == 2
    told = next(each for each in quick.passports.passport(first.version)["segments"] if each["size"] == 6)
    assert (told["value"], told["rule"], told["features"], told["criteria"]) == (None, None, [], [])
    assert "150" not in str(told)
    bring(quick, tmp_path, people(40, 6, more=(150, 150)))
    trial = train(quick.training, k=3, promote=False)
    assert small.name in [each.name for each in quick.profiles.segments("shop")]  # of those in use nothing is told yet
    quick.training.promote(trial.version, by="test")
    grown = next(each for each in quick.profiles.segments("shop") if each.customers == 46)
    assert grown.slug == "a-handful-of-customers"  # an address stays
    assert grown.name.startswith(grown.auto_name)


def test_names_stay_with_the_people(quick, tmp_path):
    """Another seed, 5 % new customers, a renamed column: at least 95 % keep the name of their segment."""
    centres = {"a": (20, 20), "b": (27, 33), "c": (40, 22), "d": (44, 40)}
    bring(quick, tmp_path, people(300, 3, **centres))
    before = called(quick, train(quick.training, k=4).version)
    assert before.nunique() == 4
    again = train(quick.training, k=4, seed=7)
    assert kept(before, called(quick, again.version)) >= 0.95
    bring(quick, tmp_path, people(15, 9, **{f"new-{name}": centre for name, centre in centres.items()}))
    more = train(quick.training, k=4, seed=8)
    assert more.customers == 1260
    assert kept(before, called(quick, more.version)) >= 0.95
    bring(quick, tmp_path, people(300, 3, **centres).rename(columns={"visits": "calls at the counter"}))
    last = train(quick.training, k=4, seed=9)
    assert kept(before, called(quick, last.version)) >= 0.95
    assert kinds(quick, last.version) == ["same"]


def test_a_split_and_a_merge_are_told_as_such(quick, tmp_path):
    bring(quick, tmp_path, people(120, 3, **CENTRES))
    near, by = 2 * 120 + 1, 3 * 120 + 1  # the first customers of the two groups that lie together
    coarse, fine = (train(quick.training, k=k).version for k in (3, 4))
    split = quick.identity.story(fine).told[0]
    old, *parts = split.about
    assert kinds(quick, fine) == ["split", "same"]
    assert split.title == f"{old.name} split in two"
    assert old.name == called(quick, coarse)[near] == called(quick, coarse)[by]
    assert {part.name for part in parts} == {called(quick, fine)[near], called(quick, fine)[by]}
    merge = train(quick.training, k=3).version
    assert kinds(quick, merge) == ["merged", "same"]
    merged = quick.identity.story(merge).told[0]
    assert {each.name for each in merged.about[:2]} == {part.name for part in parts}
    assert merged.about[-1].name == called(quick, merge)[near] == called(quick, merge)[by]
    assert merged.title.endswith((f"went into {merged.about[-1].name}", "are one segment now"))


@pytest.fixture
def doubtful(services, tmp_path):
    """Two versions of whose segments two are asked about; the second is in use."""
    bring(services, tmp_path, evenly())
    return train(services.training, k=2).version, train(services.training, k=5).version


def segments(services: Services) -> dict[str, tuple[str, int, int]]:
    return {each.slug: (each.name, each.colour, each.customers) for each in services.profiles.segments("shop")}


def test_a_confirmed_match_takes_name_colour_address_and_play(services, doubtful):
    first, second = doubtful
    services.training.promote(first, by="ana")
    old = segments(services)
    services.training.promote(second, by="ana")
    ask = services.identity.questions("shop").questions[0]
    known, mine = ask.about
    assert known.slug in old
    assert known.slug not in segments(services)
    map_before = services.profiles.projection("shop")
    with services.database.writing() as session:
        own = session.scalars(select(SegmentIdentity).where(SegmentIdentity.slug == mine.slug)).one()
        in_use = session.scalars(select(SegmentIdentity).where(SegmentIdentity.slug.in_(segments(services)))).all()
        next(each for each in in_use if each is not own).colour = known.colour  # free while the known one was away
        session.add(
            Strategy(identity_id=own.id, objective="win back", owner="bo", status="draft", updated_at=own.created_at,
                     updated_by="bo")
        )  # fmt: skip

    answered = services.identity.answer(second, ask.label, True, by="bo")

    assert len(answered.questions) == 1
    now = segments(services)
    assert mine.slug not in now
    assert now[known.slug][:2] == old[known.slug][:2]
    assert len({colour for _, colour, _ in now.values()}) == len(now)
    assert one(services.database, select(SegmentIdentity.slug).join(Strategy)) == known.slug
    assert (
        {*services.profiles.projection("shop").points["segment_slug"]} == {*now} != {*map_before.points["segment_slug"]}
    )
    fate = services.identity.fate("shop", mine.slug)
    assert [each.slug for each in fate.segments] == [known.slug]
    said = next(each for each in answered.told if each.label == ask.label)
    assert (said.kind, said.by, said.asks) == ("same", "bo", False)
    audit = one(services.database, select(AuditEvent).where(AuditEvent.action == "match_segment"))
    assert (audit.actor, audit.details["known_as"]) == ("bo", known.slug)

    services.training.promote(first, by="ana")
    assert segments(services) == old
    services.training.promote(second, by="ana")
    assert segments(services) == now
    assert {segment.slug for segment in train(services.training, k=5).segments} == {*now}


def test_a_refusal_stays_and_can_be_reconsidered(services, doubtful):
    _, second = doubtful
    before = segments(services)
    ask = services.identity.story(second).questions[0]
    refused = services.identity.answer(second, ask.label, False, by="bo")
    assert ask.label not in [each.label for each in refused.questions]
    assert segments(services) == before
    services.identity.answer(second, ask.label, True, by="bo")
    assert ask.about[0].slug in segments(services)
    for same in (True, False):
        with pytest.raises(ConflictError, match=r"was answered by bo on 20\d\d-\d\d-\d\d: they are the same segment"):
            services.identity.answer(second, ask.label, same, by="cy")
    with pytest.raises(NotFoundError, match="asks nothing about segment 99"):
        services.identity.answer(second, 99, True, by="cy")
    with pytest.raises(NotFoundError, match="no model version 77"):
        services.identity.answer(77, 0, True, by="cy")


def test_of_two_answers_at_once_one_counts(services, doubtful):
    _, second = doubtful
    label = services.identity.story(second).questions[0].label

    def confirm(by: str) -> str:
        try:
            services.identity.answer(second, label, True, by=by)
        except ConflictError as error:
            return str(error)
        return "done"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(confirm, ["ana", "bo"]))
    assert answers[0] == "done"
    assert "was answered by" in answers[1]
    confirmed = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "match_segment")
    assert one(services.database, confirmed) == 1
    assert len({slug for (slug,) in rows(services.database, _slugs_of(second))}) == 5


def _slugs_of(version: int):
    return (
        select(SegmentIdentity.slug)
        .join(Segment, Segment.identity_id == SegmentIdentity.id)
        .where(Segment.model_version_id == version)
    )


def test_what_cannot_be_confirmed_is_refused_and_changes_nothing(quick, tmp_path):
    bring(quick, tmp_path, evenly())
    train(quick.training, k=2)
    second = train(quick.training, k=5).version
    ask = quick.identity.story(second).questions[0]
    with quick.database.writing() as session:
        known = session.scalars(select(SegmentIdentity).where(SegmentIdentity.slug == ask.about[0].slug)).one()
        other = session.scalars(
            select(Segment).where(Segment.model_version_id == second, Segment.label != ask.label).limit(1)
        ).one()
        mine, other.identity_id = other.identity_id, known.id
    stored = one(quick.database, select(ModelVersion.story).where(ModelVersion.id == second))
    with pytest.raises(ConflictError, match=f"version {second} has both"):
        quick.identity.answer(second, ask.label, True, by="bo")
    assert one(quick.database, select(ModelVersion.story).where(ModelVersion.id == second)) == stored
    with quick.database.writing() as session:
        session.execute(update(Segment).where(Segment.id == other.id).values(identity_id=mine))
        for slug in (each.slug for each in ask.about):
            owner = session.scalars(select(SegmentIdentity).where(SegmentIdentity.slug == slug)).one()
            session.add(
                Strategy(identity_id=owner.id, objective="x", owner="bo", status="draft", updated_at=owner.created_at,
                         updated_by="bo")
            )  # fmt: skip
    with pytest.raises(ConflictError, match="both have a play"):
        quick.identity.answer(second, ask.label, True, by="bo")


def test_a_vanished_segment_tells_where_its_members_are(quick, tmp_path):
    bring(quick, tmp_path, people(120, 3, **CENTRES))
    first = train(quick.training, k=4)
    train(quick.training, k=3)
    gone = {segment.slug for segment in first.segments} - set(segments(quick))
    fates = [quick.identity.fate("shop", slug) for slug in gone]
    assert len(fates) in (1, 2)
    for fate in fates:
        assert fate.title.endswith("are no segment any more")
        assert "100% went into" in fate.text or "over 99% went into" in fate.text
        assert {each.slug for each in fate.segments} <= set(segments(quick))
    aside = train(quick.training, k=5, promote=False)
    only_there = {segment.slug for segment in aside.segments} - set(segments(quick)) - gone
    for slug in only_there:
        fate = quick.identity.fate("shop", slug)
        assert (fate.version, fate.segments) == (aside.version, ())
        assert fate.text == f"It is a segment of version {aside.version}, which is not in use."
    assert only_there
    assert quick.identity.fate("shop", "nobody") is None
    assert quick.identity.fate("shop", next(iter(segments(quick)))) is None
    with quick.database.writing() as session:  # known by name, and in no version
        session.add(SegmentIdentity(dataset_id=1, slug="lone", name="Lone", colour=1, created_at=datetime.now(UTC)))
    assert quick.identity.fate("shop", "lone") is None
