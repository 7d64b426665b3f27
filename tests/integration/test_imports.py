"""Customer files come in whole or not at all, and every row is accounted for."""

# ruff: noqa: F811  (fixtures come by their name)

import csv

import pytest

from segmentation.errors import BadFileError
from segmentation.services.imports import ImportOptions
from tests.integration.imported import counts, file, local, one, rows, services, stored  # noqa: F401

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
    assert rows(services, "SELECT sum(annual_income_k), sum(age) FROM customers_mall") == [(12_112, 7_770)]
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
    assert one(services, "SELECT sum(income) FROM customers_campaign") == 115_779_909
    ends = rows(services, "SELECT min(dt_customer), max(dt_customer) FROM customers_campaign")[0]
    assert [str(end)[:10] for end in ends] == ["2012-07-30", "2014-06-29"]
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
    assert one(services, "SELECT sum(total_charges) FROM customers_telco") == pytest.approx(16_056_168.70)
    assert one(services, "SELECT sum(monthly_charges) FROM customers_telco") == pytest.approx(456_116.60)
    kinds = {each.name: each.kind for each in services.datasets.attributes("telco")}
    assert (kinds["senior_citizen"], kinds["churn"], kinds["multiple_lines"]) == ("flag", "flag", "category")
    assert (kinds["total_charges"], kinds["tenure"]) == ("number", "number")


def test_rows_are_the_key_where_asked(services, shared_data):
    path = shared_data / "Wholesale_customers.csv"
    assert counts(services.imports.import_file(path, "wholesale", ImportOptions(key="@row"))) == (440, 0, 0, 0)
    assert stored(services, "wholesale")["1"]["fresh"] == 12669
    assert rows(services, "SELECT sum(fresh), max(fresh) FROM customers_wholesale") == [(5_280_131, 112_151)]
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
        assert [[*row[:5], row[6]] for row in csv.reader(written)] == [
            ["id", "age", "note", "rejected_row", "rejected_because", "rejected_line"],
            ["5", "old", "'=1+1", "5", "age: expected a number", ""],
        ]


def test_a_row_with_a_cell_too_many_is_refused_until_it_is_put_right(local, file, tmp_path):
    body = "id,name,spend,country\n" + "".join(f"{n},N{n},{n}.5,DE\n" for n in range(11)) + "12,John,1,234,DE\n"
    out = tmp_path / "rejects.csv"
    assert counts(local.imports.import_file(file(body), "shop", ImportOptions(rejects=out))) == (11, 0, 0, 1)
    again = local.imports.import_file(out, "shop")
    assert (counts(again), again.problem_counts) == ((0, 0, 0, 1), {"still_torn": 1})
    assert "12,John,1,234,DE" in out.read_text()
    out.write_text(out.read_text().replace("12,John,1,234,12", "12,John,1234,DE,12").replace('"12,John,1,234,DE"', ""))
    assert counts(local.imports.import_file(out, "shop")) == (1, 0, 0, 0)
    row = stored(local, "shop")["12"]
    assert (row["spend"], row["country"]) == (1234, "DE")


def test_the_rejects_replace_no_file(local, file, tmp_path):
    path = file("id,age\n1,30\n")
    for dry_run in (True, False):
        with pytest.raises(BadFileError, match=r"is the file that is read; name another for the rejected rows"):
            local.imports.import_file(path, "shop", ImportOptions(rejects=str(path), dry_run=dry_run))
    notes = file("mine\n", "notes.txt")
    with pytest.raises(BadFileError, match="is there already; name another file for the rejected rows, or remove it"):
        local.imports.import_file(path, "shop", ImportOptions(rejects=str(notes)))
    assert (path.read_text(), notes.read_text()) == ("id,age\n1,30\n", "mine\n")


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


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        ({"email": "customer_key"}, "'email' cannot be 'customer_key': give the key with --key"),
        ({"email": "x", "plan": "x"}, "'plan' cannot be 'x': another column or attribute has that name"),
        ({"email": "import_batch_id"}, "Kindred keeps that name for itself"),
        ({"id": None}, "'id' is the key and cannot be left out"),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_refused(local, file, mapping, why):
    with pytest.raises(BadFileError, match=why):
        local.imports.import_file(file("id,email,plan\n1,a@x.org,p\n"), "shop", ImportOptions(mapping=mapping))
    assert local.datasets.list() == []
