"""Customer files come in whole or not at all, and every row is accounted for."""

import csv
import threading

import pytest
from sqlalchemy import text

from db.customers import customers_table
from segmentation.errors import BadFileError, Cancelled, ConfigurationError, NotFoundError
from segmentation.services import Services
from segmentation.services.imports import ImportOptions


@pytest.fixture
def services(settings):
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def local(sqlite_settings):
    """Services on SQLite, for what has nothing to do with the store."""
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.fixture
def file(tmp_path):
    """Write a small file and return its path."""

    def write(body, name="customers.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(body if isinstance(body, bytes) else body.encode(encoding))
        return path

    return write


def rows(services, query):
    with services.database.reading() as session:
        return [tuple(row) for row in session.execute(text(query))]


def one(services, query):
    return rows(services, query)[0][0]


def stored(services, slug):
    """All customers of a dataset as dicts by key."""
    frame = frame_of(services, slug)
    return {row["customer_key"]: row for row in frame.to_dict("records")}


def frame_of(services, slug):
    from segmentation.snapshots import Snapshots

    return Snapshots(services.database, services.settings).frame(slug)


def counts(result):
    found = result.as_json()
    assert found["rows"] == found["created"] + found["updated"] + found["unchanged"] + found["rejected"]
    return tuple(found[name] for name in ("created", "updated", "unchanged", "rejected"))


# --- the real files


def test_mall_customers_come_in(services, shared_data):
    result = services.imports.import_file(shared_data / "Mall_Customers.csv", "mall", ImportOptions(key="CustomerID"))
    assert counts(result) == (200, 0, 0, 0)
    assert result.mapping == {
        "CustomerID": "customer_key",
        "Gender": "gender",
        "Age": "age",
        "Annual Income (k$)": "annual_income_k",
        "Spending Score (1-100)": "spending_score_1_100",
    }
    first = stored(services, "mall")["1"]
    assert (first["gender"], first["age"], first["annual_income_k"], first["spending_score_1_100"]) == (
        "Male",
        19,
        15,
        39,
    )


def test_leading_zeros_of_a_key_survive_and_an_empty_score_is_missing(services, shared_data):
    services.imports.import_file(shared_data / "Mall_Customers_Genre_one_missing.csv", "mall")
    assert one(services, "SELECT min(customer_key) FROM customers_mall") == "0001"
    assert one(services, "SELECT count(*) FROM customers_mall WHERE spending_score_1_100 IS NULL") == 1
    labels = {each.name: each.label for each in services.datasets.attributes("mall")}
    assert labels["genre"] == "Gender"


def test_marketing_campaign_comes_in_with_its_dates_and_missing_incomes(services, shared_data):
    result = services.imports.import_file(shared_data / "marketing_campaign.csv", "campaign")
    assert counts(result) == (2240, 0, 0, 0)
    assert result.dialect["delimiter"] == "\t"
    assert one(services, "SELECT count(*) FROM customers_campaign WHERE income IS NULL") == 24
    assert one(services, "SELECT count(*) FROM customers_campaign WHERE customer_key = '0'") == 1
    first = stored(services, "campaign")["5524"]
    assert str(first["dt_customer"]) == "2012-09-04 00:00:00"  # written 04-09-2012
    assert (first["mnt_wines"], first["response"], first["marital_status"]) == (635, 1.0, "Single")
    kinds = {each.name: (each.kind, each.role) for each in services.datasets.attributes("campaign")}
    assert len(kinds) == 28
    assert kinds["dt_customer"] == ("date", "tenure")
    assert kinds["kidhome"] == ("number", "demographic")
    assert kinds["accepted_cmp3"] == ("flag", "response")
    assert kinds["num_deals_purchases"] == ("number", "discount")
    assert kinds["z_revenue"] == ("number", "other")


def test_telco_totals_that_are_blank_are_missing(services, shared_data):
    result = services.imports.import_file(shared_data / "Telco_customer_churn.csv", "telco")
    assert counts(result) == (7043, 0, 0, 0)
    assert one(services, "SELECT count(*) FROM customers_telco WHERE total_charges IS NULL") == 11
    kinds = {each.name: each.kind for each in services.datasets.attributes("telco")}
    assert (kinds["senior_citizen"], kinds["churn"], kinds["multiple_lines"]) == ("flag", "flag", "category")
    assert (kinds["total_charges"], kinds["tenure"]) == ("number", "number")


def test_rows_are_the_key_where_asked(services, shared_data):
    path = shared_data / "Wholesale_customers.csv"
    assert counts(services.imports.import_file(path, "wholesale", ImportOptions(key="@row"))) == (440, 0, 0, 0)
    assert stored(services, "wholesale")["1"]["fresh"] == 12669
    assert counts(services.imports.import_file(path, "wholesale")) == (0, 0, 440, 0)


@pytest.mark.parametrize(
    ("name", "created", "updated", "rejected"),
    [
        ("superstore_semicolon_bom.csv", 793, 9201, 0),
        ("credito_br_decimal_comma.csv", 10127, 0, 0),
        ("marketing_data_currency.csv", 2240, 0, 0),
        ("marketing_campaign_1000_blank_rows_bom.csv", 2240, 0, 0),
        ("duplicate_ids.csv", 655, 5, 0),
        ("BankChurners_second_header_row.csv", 10127, 0, 0),
    ],
)
def test_hostile_files_that_can_be_read_already(local, shared_data, name, created, updated, rejected):
    result = local.imports.import_file(shared_data / "hostile" / name, "hostile")
    assert counts(result) == (created, updated, 0, rejected)


# --- a second file


def test_importing_the_same_file_again_changes_nothing(services, shared_data):
    path = shared_data / "Mall_Customers.csv"
    services.imports.import_file(path, "mall")
    before = one(services, "SELECT state FROM dataset")
    assert counts(services.imports.import_file(path, "mall")) == (0, 0, 200, 0)
    assert one(services, "SELECT state FROM dataset") == before


def test_a_later_file_updates_adds_and_brings_new_columns(services, file):
    services.imports.import_file(file("id,age,city\n1,30,Ghent\n2,40,Lyon\n3,50,Turin\n"), "shop")
    result = services.imports.import_file(file("id,age,points\n2,41,7\n3,50,\n4,20,9\n"), "shop")
    assert counts(result) == (1, 1, 1, 0)
    now = stored(services, "shop")
    assert (now["2"]["age"], now["2"]["city"], now["2"]["points"]) == (41, "Lyon", 7)
    assert (now["4"]["age"], now["4"]["city"]) == (20, None)
    assert [each.name for each in services.datasets.attributes("shop")] == ["age", "city", "points"]
    assert services.datasets.get("shop").customers == 4 == one(services, "SELECT count(*) FROM customers_shop")


def test_an_empty_cell_keeps_the_stored_value_unless_it_is_to_clear(services, file):
    services.imports.import_file(file("id,age,city\n1,30,Ghent\n"), "shop")
    blank = file("id,age,city\n1,,Lyon\n", "blank.csv")
    assert counts(services.imports.import_file(blank, "shop")) == (0, 1, 0, 0)
    assert stored(services, "shop")["1"]["age"] == 30
    assert counts(services.imports.import_file(blank, "shop", ImportOptions(blank="clear"))) == (0, 1, 0, 0)
    assert one(services, "SELECT count(*) FROM customers_shop WHERE age IS NULL") == 1


def test_columns_are_recognised_by_their_synonyms(services, file):
    services.imports.import_file(file("CustomerID,Gender,Annual Income (k$)\n1,Male,15\n"), "mall")
    services.imports.import_file(file("customer_id,Genre,Annual_Income\n1,Female,16\n"), "mall")
    assert rows(services, "SELECT gender, annual_income_k FROM customers_mall") == [("Female", 16.0)]


@pytest.mark.parametrize(
    ("policy", "first", "again"),
    [
        ("update", (2, 2, 0, 0), (0, 3, 1, 0)),
        ("skip", (2, 0, 2, 0), (0, 0, 4, 0)),
        ("reject", (2, 0, 0, 2), (0, 0, 2, 2)),
    ],
)
def test_repeated_keys_follow_the_policy(services, file, policy, first, again):
    path = file("id,age\na,1\nb,5\na,2\na,3\n")
    assert counts(services.imports.import_file(path, "shop", ImportOptions(on_duplicate=policy))) == first
    expected = 3 if policy == "update" else 1
    assert stored(services, "shop")["a"]["age"] == expected
    assert counts(services.imports.import_file(path, "shop", ImportOptions(on_duplicate=policy))) == again
    assert stored(services, "shop")["a"]["age"] == expected


def test_a_repeat_counts_like_a_later_file(services, file):
    services.imports.import_file(file("id,age,city\na,1,Ghent\n"), "shop")
    result = services.imports.import_file(file("id,age,city\na,1,\na,2,\na,,Ghent\n"), "shop")
    assert counts(result) == (0, 1, 2, 0)
    assert stored(services, "shop")["a"]["age"] == 2


# --- rows that cannot come in


def test_every_problem_is_told_by_row_column_and_value(services, file):
    body = "id,age,joined,active\n" + "".join(f"{n},{n},2024-01-{n:02},yes\n" for n in range(1, 29))
    body += "29,old,2024-13-40,yes\n,30,2024-01-01,no\n31,31\n32,1,2,3,4,5\n33,33,2024-01-01,no\n"
    result = services.imports.import_file(file(body), "shop")
    assert counts(result) == (29, 0, 0, 4)
    told = [(each.row, each.column, each.value, each.cause) for each in result.problems]
    assert told == [
        (29, "age", "old", "not_a_number"),
        (29, "joined", "2024-13-40", "not_a_date"),
        (30, "id", None, "missing_key"),
        (31, None, "31,31", "wrong_cell_count"),
        (32, None, "32,1,2,3,4,5", "wrong_cell_count"),
    ]
    assert result.as_json()["problem_counts"] == {
        "wrong_cell_count": 2,
        "missing_key": 1,
        "not_a_number": 1,
        "not_a_date": 1,
    }
    assert services.imports.problems(result.batch) == result.problems
    assert "33" in stored(services, "shop")


def test_the_kind_of_a_stored_attribute_is_settled(services, file):
    services.imports.import_file(file("id,score\n1,5\n2,6\n"), "shop")
    result = services.imports.import_file(file("id,score\n3,high\n4,low\n5,7\n"), "shop")
    assert counts(result) == (1, 0, 0, 2)


def test_rejected_rows_are_written_to_be_put_right(local, file, tmp_path):
    body = "id,age,note\n1,20,a\n2,21,b\n3,22,c\n4,23,d\n5,old,=1+1\n"
    out = tmp_path / "rejects.csv"
    local.imports.import_file(file(body), "shop", ImportOptions(rejects=out))
    with out.open(newline="") as written:
        assert list(csv.reader(written)) == [
            ["id", "age", "note", "rejected_row", "rejected_because"],
            ["5", "old", "'=1+1", "5", "age: expected a number"],
        ]


def test_a_dry_run_counts_and_stores_nothing(services, file):
    services.imports.import_file(file("id,age\n1,30\n2,40\n"), "shop")
    path = file("id,age,city\n1,31,Ghent\n3,50,Lyon\n", "next.csv")
    result = services.imports.import_file(path, "shop", ImportOptions(dry_run=True))
    assert counts(result) == (1, 1, 0, 0)
    assert result.batch is None
    assert services.datasets.get("shop").customers == 2
    assert len(services.imports.history("shop")) == 1
    assert counts(services.imports.import_file(path, "new", ImportOptions(dry_run=True))) == (2, 0, 0, 0)
    assert [each.slug for each in services.datasets.list()] == ["shop"]


def test_a_mapping_names_leaves_out_and_types_columns(services, file):
    mapping = {"a": "age", "b": None, "c": {"name": "tier", "kind": "category", "label": "Tier"}}
    services.imports.import_file(file("id,a,b,c\n1,30,x,1\n2,31,y,2\n"), "shop", ImportOptions(mapping=mapping))
    kinds = [(each.name, each.kind, each.label) for each in services.datasets.attributes("shop")]
    assert kinds == [("age", "number", "A"), ("tier", "category", "Tier")]


# --- bad files: one clear line, nothing stored


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty; a header and at least one row are needed"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b"id,age\n", "has a header but no rows"),
        (b"id,age\n\n\n", "has a header but no rows"),
        (b"PK\x03\x04rest", "is a damaged workbook"),
        (b"\xd0\xcf\x11\xe0rest", "is an old Excel workbook"),
        (b"id,age\n1,\x00\x01\n", "is not a text table"),
        (b"name,age\nAnn,30\nBob,31\n", r"no key column .* --key \(name, age\), or number the rows with --key @row"),
        (b'id,note\n1,"never closed\n' + b"2,x\n" * 50, "quotation mark that is never closed"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(local, file, body, message):
    with pytest.raises(BadFileError, match=message) as caught:
        local.imports.import_file(file(body), "shop")
    assert "\n" not in str(caught.value)
    assert local.datasets.list() == []
    assert list(local.settings.staging.iterdir()) == []


def test_a_missing_file_a_folder_and_a_bad_slug_are_refused(local, tmp_path, file):
    with pytest.raises(BadFileError, match=r"there is no file .*nothing\.csv"):
        local.imports.import_file(tmp_path / "nothing.csv", "shop")
    with pytest.raises(BadFileError, match="is not a file"):
        local.imports.import_file(tmp_path, "shop")
    for slug in ("Shop", "1shop", "my-shop", "s" * 41, ""):
        with pytest.raises(BadFileError, match="cannot name a dataset"):
            local.imports.import_file(file("id,a\n1,2\n"), slug)


def test_a_key_that_is_not_there_is_answered_with_those_that_look_like_it(local, file):
    path = file("Customer Key,Age\n1,2\n")
    with pytest.raises(
        BadFileError, match="the key column 'CustomerKee' is not in the file; did you mean 'Customer Key'"
    ):
        local.imports.import_file(path, "shop", ImportOptions(key="CustomerKee"))


def test_a_key_that_names_nobody_is_refused(local, file):
    path = file("id,age\n" + "same,1\n" * 10_001)
    with pytest.raises(BadFileError, match="column 'id' has one value in 10,001 rows"):
        local.imports.import_file(path, "shop")


def test_more_than_500_attributes_are_refused_by_name(local, file):
    wide = file("id," + ",".join(f"a{n}" for n in range(502)) + "\n1," + ",".join("1" * 502) + "\n")
    with pytest.raises(BadFileError, match=r"502 attributes, at most 500 are possible; leave out 'a500' and 1 more"):
        local.imports.import_file(wide, "shop")


def test_500_attributes_fit(services, file):
    header = "id," + ",".join(f"a{n}" for n in range(500))
    services.imports.import_file(file(f"{header}\n1," + ",".join("7" * 500) + "\n"), "shop")
    again = file(f"{header}\n1," + ",".join("8" * 500) + "\n", "next.csv")
    assert counts(services.imports.import_file(again, "shop")) == (0, 1, 0, 0)


def test_headers_that_repeat_or_are_reserved_get_a_number(services, file):
    result = services.imports.import_file(
        file("key,Age,age,customer_id,,\n1,2,3,4,5,6\n"), "s", ImportOptions(key="key")
    )
    assert list(result.mapping.values()) == ["customer_key", "age", "age_2", "customer_id_2", "column_5", "column_6"]


def test_a_full_disk_is_said_before_anything_is_written(local, file, monkeypatch):
    import shutil

    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    with pytest.raises(ConfigurationError, match=r"not enough disk space to read customers\.csv"):
        local.imports.import_file(file("id,a\n1,2\n"), "shop")


def test_an_unknown_dataset_has_no_history(local):
    with pytest.raises(NotFoundError, match="there is no dataset 'nothing'; there is none yet"):
        local.imports.history("nothing")


# --- stopping, and two at once


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
