"""The files of purchases beside the store: made on the way in, made again from the store, gone with what they hold."""

# ruff: noqa: F811  (fixtures come by their name)

import pyarrow.parquet as pq
import pytest

from segmentation.services.imports import ImportOptions
from tests.integration.imported import file, services, stored  # noqa: F401

LINES = ImportOptions(kind="transactions")
FIRST = (
    "invoice,customer_id,date,amount\n1,A,2024-01-01,20\n2,B,2024-01-02,9.99\nC2,B,2024-01-03,9.99\n3,,2024-01-04,5\n"
)
SECOND = "invoice,customer_id,date,amount\n3,,2024-01-04,5\n4,A,2024-01-05,0.1\n5,C,2024-02-01 23:59,7\n"


@pytest.fixture
def kept(services):
    """The files by their rows, and what they hold as (customer, amount)."""

    def read(slug="shop"):
        files = services.settings.snapshots.glob(f"{slug}.*.purchases")
        tables = [pq.ParquetFile(path).read().to_pydict() for path in files]
        return sorted(list(zip(each["customer_key"], each["amount"], strict=True)) for each in tables)

    return read


def bring(services, file, body, **options):
    return services.imports.import_file(file(body), "shop", ImportOptions(kind="transactions", **options))


def of_first():
    return [("A", 20.0), ("B", 9.99), ("B", -9.99), (None, 5.0)]


def test_each_batch_keeps_the_lines_that_it_stored(services, file, kept):
    bring(services, file, FIRST)
    assert kept() == [of_first()]
    again = bring(services, file, SECOND)
    assert (again.created, again.unchanged) == (2, 1)
    assert kept() == [[("A", 0.1), ("C", 7.0)], of_first()]
    assert "lines" not in again.as_json()["facts"]
    services.imports.undo(again.batch)
    assert kept() == [of_first()]


def test_what_is_made_again_from_the_store_says_the_same(services, file, kept):
    bring(services, file, FIRST)
    for path in services.settings.snapshots.glob("shop.*.purchases"):
        path.unlink()
    second = bring(services, file, SECOND)
    before, files = stored(services, "shop"), kept()
    assert files == [[("A", 0.1), ("C", 7.0)], of_first()]
    assert before["A"]["recency_days"] == 27
    assert before["C"]["recency_days"] == 0  # bought a minute before midnight
    services.imports.undo(second.batch)
    for path in services.settings.snapshots.glob("shop.*.purchases"):
        path.unlink()
    bring(services, file, SECOND)
    assert stored(services, "shop") == before
    assert kept() == files


def test_a_dry_run_and_a_refused_file_leave_none(services, file, kept):
    bring(services, file, FIRST, dry_run=True)
    assert kept() == []
    bring(services, file, FIRST)
    bring(services, file, SECOND, dry_run=True)
    assert kept() == [of_first()]


def test_a_forgotten_customer_is_in_no_file_whichever_host_has_it(services, file, kept):
    bring(services, file, FIRST)
    (path,) = services.settings.snapshots.glob("shop.*.purchases")
    elsewhere = path.read_bytes()  # another host's data folder hears nothing of it
    services.datasets.forget("shop", "A")
    assert kept() == []
    path.write_bytes(elsewhere)
    bring(services, file, SECOND.replace(",A,", ",D,"))
    assert sorted(stored(services, "shop")) == ["C", "D"]
    assert not path.exists()
    assert kept() == [[("B", 9.99), ("B", -9.99), (None, 5.0)], [("D", 0.1), ("C", 7.0)]]


def test_a_deleted_dataset_takes_its_files_and_no_others(services, file, kept):
    bring(services, file, FIRST)
    services.imports.import_file(file(FIRST), "shop_two", LINES)
    services.datasets.delete("shop")
    assert (kept(), kept("shop_two")) == ([], [of_first()])
