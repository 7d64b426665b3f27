"""Imports that are stopped, that run two at a time, and files that are only looked at or uploaded."""

# ruff: noqa: F811  (fixtures come by their name)

import threading

import pytest

from db.customers import customers_table
from segmentation.errors import BadFileError, Cancelled, NotFoundError
from tests.integration.imported import counts, file, local, one, rows, services  # noqa: F401


@pytest.mark.parametrize(
    ("error", "status"), [(Cancelled("cancelled by the user"), "cancelled"), (OSError("x"), "failed")]
)
def test_a_stopped_import_leaves_the_reason_and_nothing_else(services, file, error, status):
    services.imports.import_file(file("id,age\n1,30\n"), "shop")

    def stop(share, _phase):
        if share > 0.85:
            raise error

    with pytest.raises(type(error)):
        services.imports.import_file(file("id,age,city\n1,31,Ghent\n2,40,Lyon\n"), "shop", progress=stop)
    newest = services.imports.history("shop")[0]
    assert (newest.status, newest.error, newest.rows) == (status, str(error), 0)
    assert rows(services, "SELECT customer_key, age FROM customers_shop") == [("1", 30.0)]
    assert [each.name for each in services.datasets.attributes("shop")] == ["age"]
    assert list(services.settings.staging.iterdir()) == []


def test_progress_never_falls_and_ends_at_one(local, file):
    seen = []
    local.imports.import_file(file("id,age\n1,30\n"), "shop", progress=lambda share, _phase: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_two_imports_into_a_new_dataset_at_once_both_end_right(services, file):
    left = file("id,age\n" + "".join(f"{n},1\n" for n in range(2000)), "left.csv")
    right = file("id,city\n" + "".join(f"{n},Ghent\n" for n in range(1000, 3000)), "right.csv")
    failures = []

    def run(path):
        try:
            counts(services.imports.import_file(path, "shop"))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(path,)) for path in (left, right)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert services.datasets.get("shop").customers == 3000
    both = "SELECT count(*), count(age), count(city), count(DISTINCT customer_id) FROM customers_shop"
    assert rows(services, both) == [(3000, 2000, 2000, 3000)]


def test_readers_are_not_blocked_while_customers_are_stored(services, file):
    services.imports.import_file(file("id,age\n1,30\n"), "shop")
    with services.database.writing() as session:
        session.execute(customers_table("shop", ()).delete())
        assert one(services, "SELECT count(*) FROM customers_shop") == 1
        session.rollback()


# --- looking at a file first, and uploads


def test_an_inspection_says_what_the_columns_are(local, shared_data):
    found = local.imports.inspect(shared_data / "marketing_campaign.csv")
    columns = {column.header: column for column in found.columns}
    assert (found.rows, found.proposed_key) == (2240, "ID")
    assert [(each.value, each.cause) for each in found.problems] == [
        ("1900", "unlikely_age"), ("1893", "unlikely_age"), ("1899", "unlikely_age"),
    ]  # fmt: skip
    assert (columns["Income"].missing, columns["Income"].kind, columns["Income"].label) == (24, "number", "Income")
    assert (columns["ID"].name, columns["ID"].distinct) == ("customer_key", 2240)
    assert columns["MntWines"].role == "value"
    assert local.datasets.list() == []


def test_an_upload_is_kept_and_found_again(local):
    received = local.imports.receive("C:\\files\\my.csv", [b"id,age\n", b"1,30\n"])
    assert (received.name, received.size) == ("my.csv", 12)
    assert local.imports.uploaded(received.id) == received
    assert received.path.read_bytes() == b"id,age\n1,30\n"
    with pytest.raises(NotFoundError, match="upload the file again"):
        local.imports.uploaded("../secret")


def test_an_upload_beyond_the_limit_leaves_nothing(local):
    local.settings.__dict__["max_upload_mb"] = 1
    with pytest.raises(BadFileError, match="larger than 1 MB"):
        local.imports.receive("big.csv", iter([b"x" * 2**19] * 3))
    assert list(local.settings.uploads.iterdir()) == []
