"""What if a group changed: everyone it is about, by the path of the commands, at once or as a job."""

import shutil

import numpy as np
import pytest

from segmentation import jobs, scoring
from segmentation.config import Settings
from segmentation.errors import Cancelled, KindredError, NotFoundError
from segmentation.progress import no_progress
from segmentation.services import Services
from segmentation.services.groups import Group
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
