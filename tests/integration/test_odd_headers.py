"""Whatever a column is called: a header is data, and becomes a name that no table and no statement stumbles over."""

import csv
import random

import pytest

from db.customers import SYSTEM_COLUMNS
from segmentation.errors import BadFileError
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.services.training import TrainOptions

HEADERS = [
    *("select", "order", "group", "user", "null", "1st", "index", "level_0", "rowid"),
    *("position", "occurrence", "row_number", "c0", "label", "segment", "confidence", "distance"),
    *("customer_id", "customer_key", "import_batch_id", *sorted(SYSTEM_COLUMNS), "XMIN"),
    *('a"b', "it's", "100% sure", "%(x)s", "%s", ":colon", "?", "$1", "{0}", "\\x", "a\nb", "a;b", "=1+1", "<b>x</b>"),
    *('"; DROP TABLE dataset; --', "🙂", "日本語", "Größe", "x" * 300),
]  # fmt: skip


@pytest.fixture
def services(settings):
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def file(tmp_path):
    source = random.Random(7)
    path = tmp_path / "odd 🙂 name.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["id", *HEADERS])
        writer.writerows([f"c{row}", *(source.randint(1, 90) for _ in HEADERS)] for row in range(80))
    return path


def test_customers_come_in_change_and_are_divided_under_any_header(services, file, tmp_path):
    came = services.imports.import_file(file, "odd", ImportOptions(key="id"), by="t").as_json()
    assert (came["created"], came["rejected"]) == (80, 0)
    assert len(set(came["mapping"].values())) == len(HEADERS) + 1

    trained = services.training.train("odd", TrainOptions(k=2), by="t")
    assert sum(segment.size for segment in trained.segments) == 80
    answers = services.scoring.assign_file("odd", file)["assignments"]
    assert len(answers) == 80

    file.write_bytes(file.read_bytes().replace(b"\r\nc0,", b"\r\nc0,9"))
    again = services.imports.import_file(file, "odd", ImportOptions(key="id"), by="t").as_json()
    assert (again["updated"], again["unchanged"]) == (1, 79)
    assert services.exports.export("odd", tmp_path / "out.csv").customers == 80
    assert services.datasets.forget("odd", "c0", by="t")["forgotten"] == 1


def test_a_table_on_its_side_is_refused_before_it_is_read(services, tmp_path):
    path = tmp_path / "sideways.csv"
    path.write_text("id," + ",".join(f"customer {n}" for n in range(10_000)) + "\nage" + ",4" * 10_000 + "\n")
    with pytest.raises(BadFileError, match="has 10,001 columns, at most 10,000"):
        services.imports.import_file(path, "side", ImportOptions(key="id"), by="t")
    assert services.datasets.list() == []


@pytest.mark.slow
def test_five_thousand_columns_are_shown_and_more_than_500_refused_by_name(sqlite_settings, tmp_path):
    services = Services(sqlite_settings)
    names = [f"answer {n}" for n in range(5000)]
    path = tmp_path / "wide.csv"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([["id", *names], *([f"k{row}", *range(row, row + 5000)] for row in range(12))])
    found = services.imports.inspect(path)
    assert (len(found.columns), len(found.first), len(found.first[0])) == (5001, 12, 5001)
    assert [each.label for each in found.columns[500:503]] == ["Answer 499", "Left out", "Left out"]
    with pytest.raises(BadFileError, match=r"5000 attributes, at most 500 .* leave out 'answer_500' and 4499 more"):
        services.imports.import_file(path, "wide")
    assert services.datasets.list() == []
    services.close()


def test_a_mapping_leaves_out_what_a_dataset_cannot_hold(services, tmp_path):
    names = [f"answer {n}" for n in range(600)]
    path = tmp_path / "wide.csv"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([["id", *names], *([f"k{row}", *range(row, row + 600)] for row in range(12))])
    result = services.imports.import_file(path, "wide", ImportOptions(mapping=dict.fromkeys(names[:100])))
    assert (result.created, services.datasets.get("wide").attributes) == (12, 500)
