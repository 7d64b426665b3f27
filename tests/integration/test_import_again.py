"""Files that come after the first one: under another key, after an undo, put right, or where nothing may be written."""

# ruff: noqa: F811  (fixtures come by their name)

import csv

import pytest

from segmentation.errors import BadFileError, ConfigurationError
from segmentation.ingest.rejected import REMARKS
from segmentation.services.imports import ImportOptions
from tests.integration.imported import counts, file, local, one, services, stored  # noqa: F401

PEOPLE = "customer_id,email,age\n1,a@x.org,30\n2,b@x.org,40\n"

LINES = ImportOptions(kind="transactions")


def test_another_key_than_the_datasets_is_refused(local, file):
    local.imports.import_file(file(PEOPLE), "shop")
    with pytest.raises(BadFileError, match=r"keyed by 'customer_id'; with keys from 'email' .* come twice"):
        local.imports.import_file(file(PEOPLE), "shop", ImportOptions(key="email"))
    with pytest.raises(BadFileError, match="keyed by 'customer_id'"):
        local.imports.import_file(file(PEOPLE.replace("customer_id", "code")), "shop", ImportOptions(key="email"))
    again = file(PEOPLE.replace("customer_id", "Customer ID"))
    assert counts(local.imports.import_file(again, "shop", ImportOptions(key="Customer ID"))) == (0, 0, 2, 0)
    local.imports.import_file(file(PEOPLE), "rows", ImportOptions(key="@row"))
    with pytest.raises(BadFileError, match="are numbered rows; keys from 'email' would not fit"):
        local.imports.import_file(file(PEOPLE), "rows", ImportOptions(key="email"))


def test_a_dataset_emptied_by_undo_takes_the_new_key(services, file):
    path = file("mail,age\na@x.org,30\nb@x.org,40\n")
    services.imports.undo(services.imports.import_file(path, "shop", ImportOptions(key="age")).batch)
    services.imports.import_file(path, "shop", ImportOptions(key="mail"))
    assert one(services, "SELECT key_attribute FROM dataset") == "mail"
    assert counts(services.imports.import_file(path, "shop")) == (0, 0, 2, 0)


def test_customers_changed_after_a_file_was_compared_are_compared_again(services, file):
    services.imports.import_file(file("customer_id,age\n1,30\n2,40\n3,50\n"), "shop")
    between = file("customer_id,age\n2,41\n4,60\n", "between.csv")
    batches = []

    def meanwhile(_share, phase):
        if phase == "storing the customers":
            services.datasets.forget("shop", "1")
            batches.append(services.imports.import_file(between, "shop").batch)

    late = file("customer_id,age\n1,30\n2,40\n3,50\n4,60\n")
    result = services.imports.import_file(late, "shop", progress=meanwhile)
    assert counts(result) == (1, 1, 2, 0)
    assert {key: row["age"] for key, row in stored(services, "shop").items()} == {"1": 30, "2": 40, "3": 50, "4": 60}
    assert f"later import {result.batch} changed" in next(
        b.why_not for b in services.imports.history("shop") if b.batch == batches[0]
    )
    services.imports.undo(result.batch)
    assert {key: row["age"] for key, row in stored(services, "shop").items()} == {"2": 41, "3": 50, "4": 60}


def test_corrected_rows_bring_no_attributes_and_are_read_as_the_file_they_are_of(local, file, tmp_path):
    rejects = tmp_path / "rejects.csv"
    body = "id;spent\n1;1,250\n2;2,125\n3;oops\n"
    options = ImportOptions(reading={"decimal": ","}, rejects=str(rejects), mapping={"spent": {"kind": "number"}})
    assert counts(local.imports.import_file(file(body), "shop", options)) == (2, 0, 0, 1)
    rejects.write_text(rejects.read_text().replace("oops", '"3,125"'))
    result = local.imports.import_file(rejects, "shop")
    assert counts(result) == (1, 0, 0, 0)
    assert (result.mapping["rejected_row"], result.mapping["rejected_because"]) == (None, None)
    assert stored(local, "shop")["3"]["spent"] == 3.125
    rejects.write_text("id,spent,rejected_row,rejected_because\n4,worse,3,spent\n")
    again = tmp_path / "again.csv"
    local.imports.import_file(rejects, "shop", ImportOptions(rejects=str(again)))
    with again.open(newline="") as written:
        assert next(csv.reader(written)) == ["id", "spent", *REMARKS]


def test_corrected_rows_are_read_as_their_file_was_though_nobody_said_how(local, file, tmp_path):
    rejects = tmp_path / "rejects.csv"
    body = "id;joined;spend\n" + "".join(f"{n};01/{n}/2024;1.20{n - 10},50\n" for n in range(13, 20))
    path = file(body + "30;02/03/2024;1.234;x\n")
    assert counts(local.imports.import_file(path, "shop", ImportOptions(rejects=rejects))) == (7, 0, 0, 1)
    rejects.write_text(rejects.read_text().replace("30;02/03/2024;1.234;x", ""))
    assert counts(local.imports.import_file(rejects, "shop")) == (1, 0, 0, 0)
    row = stored(local, "shop")["30"]
    assert (f"{row['joined']:%Y-%m-%d}", row["spend"]) == ("2024-02-03", 1234)


def test_dates_in_doubt_are_read_in_the_order_that_an_earlier_file_proved(local, file):
    local.imports.import_file(file("id,joined\n1,01/13/2024\n2,02/14/2024\n"), "shop")
    later = local.imports.import_file(file("id,joined\n3,02/03/2024\n"), "shop")
    assert f"{stored(local, 'shop')['3']['joined']:%Y-%m-%d}" == "2024-02-03"
    assert [(each.cause, each.severity) for each in later.problems] == [("earlier_order", "warning")]
    assert "read as 2024-02-03, like the dates of an earlier file" in later.problems[0].expected
    proved = local.imports.import_file(file("id,joined\n4,25/03/2024\n"), "shop")
    assert (proved.problem_counts, f"{stored(local, 'shop')['4']['joined']:%Y-%m-%d}") == ({}, "2024-03-25")


@pytest.mark.parametrize("kind", ["customers", "transactions"])
def test_rejects_that_cannot_be_written_stop_the_import_before_anything_is_stored(local, file, tmp_path, kind):
    path = file("customer_id,date,amount\n1,2024-01-01,5\n")
    for place, why in ((tmp_path / "nowhere" / "x.csv", "No such file"), (tmp_path, "it is a folder")):
        with pytest.raises(ConfigurationError, match=why) as caught:
            local.imports.import_file(path, "shop", ImportOptions(kind=kind, rejects=str(place)))
        assert str(place) in str(caught.value)
        assert "unfinished" not in str(caught.value)
    assert local.datasets.list() == []


def test_credit_notes_that_come_alone_are_known_by_the_invoices_stored_before(services, file):
    services.imports.import_file(
        file("invoice,customer_id,date,amount\n1,A,2024-01-01,20\n2,A,2024-01-02,9\n"), "shop", LINES
    )
    credit = "invoice,customer_id,date,amount\nC1,A,2024-01-03,5\n"
    assert services.imports.import_file(file(credit), "shop", LINES).facts["returns"] == 1
    assert one(services, "SELECT sum(amount) FROM transactions_shop") == 24
    assert services.imports.import_file(file(credit), "letters", LINES).facts["returns"] == 0  # a shop may number so


def test_a_number_written_two_ways_is_one_customer_and_a_key_has_an_end(local, file):
    head = "customer_id,date,amount\n"
    body = f"{head}17850.0,2024-01-01,1\n17850,2024-01-02,2\n13,2024-01-02,2\n{'x' * 401},2024-01-02,2\n"
    result = local.imports.import_file(file(body), "shop", LINES)
    assert (result.rejected, result.problem_counts) == (1, {"key_too_long": 1})
    assert sorted(stored(local, "shop")) == ["13", "17850"]
    local.imports.import_file(file(f"{head}1.0,2024-01-01,1\n1.5,2024-01-02,2\n1,2024-01-02,2\n"), "parts", LINES)
    assert sorted(stored(local, "parts")) == ["1", "1.0", "1.5"]


def test_a_customer_is_the_same_with_and_without_decimals_that_say_nothing(services, file):
    services.imports.import_file(file("id,age\n1.0,30\n2.0,40\n"), "shop")
    again = services.imports.import_file(file("id,age\n1,31\n3,50\n"), "shop")
    bought = services.imports.import_file(file("id,date,amount\n2.0,2024-01-01,5\n"), "shop", LINES)
    assert (counts(again), bought.facts["customers_created"], bought.problem_counts) == ((1, 1, 0, 0), 0, {})
    assert sorted(stored(services, "shop")) == ["1", "2", "3"]


def test_purchases_of_nobody_who_is_known_are_remarked_on(services, file):
    bring = services.imports.import_file
    bring(file("id,age\n0012,30\n0013,40\n"), "shop")
    told = bring(file("id,date,amount\n12,2024-01-01,5\n,2024-01-02,9\n"), "shop", LINES)
    assert [(each.value, each.cause) for each in told.problems] == [("12", "unknown_customers")]
    assert "like 0012; not one of the customers" in told.problems[0].expected
    assert bring(file("id,date,amount\n0013,2024-01-01,5\n77,2024-01-02,9\n"), "shop", LINES).problems == []
    assert bring(file("id,date,amount\n5,2024-01-01,5\n"), "new", LINES).problems == []


def test_padded_blanks_that_became_one_column_are_told_as_such(local, file):
    body = "customer_id   age   town name\n" + "".join(f"{n}   3{n}\n{n}9   4{n}   New Ulm  x  y\n" for n in range(9))
    with pytest.raises(BadFileError, match=r"came out as one column.* separates 'customer_id' from 'age'.*--delimiter"):
        local.imports.import_file(file(body), "shop", ImportOptions(key="customer_id"))
