"""Purchases come in, net of what was sent back, and say recency, frequency and value of the customers."""

import gzip

import pandas as pd
import pytest
from sqlalchemy import text

from segmentation.errors import BadFileError, ConflictError
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.services.training import TrainOptions
from segmentation.snapshots import Snapshots

LINES = """InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID
1001,A,2,2024-01-01 10:00,5,17850.0
1001,B,1,2024-01-01 10:00,10,17850.0
1002,A,4,2024-01-11 09:00,2.5,17850.0
C1003,A,-1,2024-01-21 09:00,2.5,17850.0
1004,A,1,2024-01-31 23:59,100,13047.0
C1005,A,-1,2024-01-15 08:00,9,12346.0
1006,A,3,2024-01-02 08:00,7,
"""
PURCHASES = ImportOptions(kind="transactions")


@pytest.fixture
def services(settings):
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def file(tmp_path):
    def write(body, name="lines.csv"):
        path = tmp_path / name
        path.write_text(body)
        return path

    return write


def customers(services, slug="shop"):
    frame = Snapshots(services.database, services.settings).frame(slug)
    return frame.set_index("customer_key")


def one(services, query):
    with services.database.reading() as session:
        return session.execute(text(query)).scalar_one()


def test_measures_are_what_one_counts_by_hand(services, file):
    result = services.imports.import_file(file(LINES), "shop", PURCHASES).as_json()
    assert (result["rows"], result["created"], result["rejected"]) == (7, 7, 0)
    assert result["mapping"] == {
        "InvoiceNo": "invoice", "StockCode": None, "Quantity": "quantity", "InvoiceDate": "time", "UnitPrice": "price",
        "CustomerID": "customer",
    }  # fmt: skip
    facts = result["facts"]
    assert (facts["without_customer"], facts["without_customer_share"], facts["returns"]) == (1, 1 / 7, 2)
    assert (facts["customers_created"], facts["as_of"]) == (2, "2024-01-31")
    found = customers(services)
    assert found.index.tolist() == ["13047", "17850"]  # who only sent something back is no customer
    assert found.loc["17850"].tolist() == [20, 2, 27.5, 13.75, 30]  # 20 + 10 - 2.5 over two purchases
    assert found.loc["13047"].tolist() == [0, 1, 100, 100, 0]
    known = {each.name: (each.role, each.computed) for each in services.datasets.attributes("shop")}
    assert known["monetary_value"] == ("value", True)
    assert services.datasets.get("shop").customers == 2


def test_an_invoice_that_is_stored_is_not_stored_twice_and_later_ones_count(services, file):
    first = services.imports.import_file(file(LINES), "shop", PURCHASES)
    again = services.imports.import_file(file(LINES), "shop", PURCHASES)
    assert (again.created, again.unchanged) == (0, 7)
    later = file("invoice,customer,date,amount\n2001,17850,2024-02-10,50\n", "later.csv")
    services.imports.undo(again.batch)
    third = services.imports.import_file(later, "shop", PURCHASES)
    assert customers(services).loc["17850"].tolist() == [0, 3, 77.5, 77.5 / 3, 40]
    assert customers(services).loc["13047", "recency_days"] == 10
    assert services.imports.undo(first.batch)["removed"] == 7
    left = customers(services)
    assert left.index.tolist() == ["17850"]
    assert left.loc["17850"].tolist() == [0, 1, 50, 50, 0]
    services.imports.undo(third.batch)
    assert len(customers(services)) == 0 == one(services, "SELECT count(*) FROM transactions_shop")


def test_purchases_join_the_customers_of_a_file(services, file):
    people = file("CustomerID,age,recency_days\n17850,40,5\n99,50,6\n", "people.csv")
    batch = services.imports.import_file(people, "shop").batch
    services.imports.import_file(file(LINES), "shop", ImportOptions(kind="transactions", as_of="2024-02-01"))
    found = customers(services)
    assert found.loc["17850", ["age", "recency_days", "rfm_recency_days", "frequency"]].tolist() == [40, 5, 21, 2]
    assert found.loc["99", ["frequency", "monetary_value"]].tolist() == [0, 0]
    assert pd.isna(found.loc["99", "rfm_recency_days"])
    assert pd.isna(found.loc["13047", "age"])
    services.imports.undo(batch)
    assert sorted(customers(services).index) == ["13047", "17850"]  # of the purchases


def test_lines_without_invoices_are_stored_once_and_that_is_told(services, file):
    body = "customer,date,amount\n1,2024-01-01,5\n1,2024-01-01,5\n1,2024-01-02,5\n"
    services.imports.import_file(file(body), "shop", PURCHASES)
    again = services.imports.import_file(file(body + "1,2024-01-01,5\n2,2024-01-03,7\n"), "shop", PURCHASES)
    assert (again.created, again.unchanged, again.problem_counts) == (2, 3, {"stored_line": 3})
    assert one(services, "SELECT sum(amount) FROM transactions_shop") == 27
    assert again.problems[0].row == 1
    assert "without an invoice, an equal line counts as the stored one" in again.problems[0].expected


def test_lines_of_a_stored_invoice_that_differ_are_stored_and_told(services, file):
    head = "invoice,customer,date,amount\n"
    services.imports.import_file(file(head + "1.0,A,2023-01-01,10\n2.0,,2023-01-02,4\n"), "shop", PURCHASES)
    again = head + "1,A,2023-01-01,10\n1,C,2024-01-01,100\n1,A,2023-01-01,10\n2,B,2023-01-02,4\n3,B,2023-01-02,4\n"
    result = services.imports.import_file(file(again), "shop", PURCHASES)
    assert (result.created, result.unchanged, result.problem_counts) == (4, 1, {"further_line": 3})
    assert [(each.row, each.value) for each in result.problems] == [(2, "1"), (3, "1"), (4, "2")]
    assert customers(services)["monetary_value"].to_dict() == {"A": 20, "B": 8, "C": 100}
    with pytest.raises(ConflictError, match="changed or confirmed"):
        services.imports.undo(1)
    services.imports.undo(result.batch)
    assert customers(services)["monetary_value"].to_dict() == {"A": 10}


def test_corrected_rejects_are_stored_once_where_an_equal_line_is_stored(services, file, tmp_path):
    body = "invoice,customer,date,amount\n1,A,2024-01-01,10\n1,A,2024-01-01,1O\n2,B,2024-01-02,5\n"
    rejects = tmp_path / "rejects.csv"
    asked = ImportOptions(kind="transactions", rejects=rejects, mapping={"amount": "amount"})
    first = services.imports.import_file(file(body), "shop", asked)
    assert (first.created, first.rejected) == (2, 1)
    rejects.write_text(rejects.read_text().replace("1O", "10"))
    corrected = services.imports.import_file(rejects, "shop", PURCHASES)
    assert (corrected.created, corrected.problem_counts) == (1, {})
    assert customers(services).loc["A", "monetary_value"] == 20
    for again in (rejects, file(body.replace("1O", "10"))):
        assert services.imports.import_file(again, "shop", PURCHASES).created == 0
    assert [each.undoable for each in services.imports.history("shop")] == [True, True, False, False]


def test_the_amount_counts_and_a_return_is_a_return(services, file):
    head = "invoice,customer,date,quantity,price{}\n"
    body = head.format(",amount") + "1,A,2023-01-01,2,10,15\n2,A,2023-01-02,1,3,3\n3,B,2023-01-02,3,3.33,10\n"
    result = services.imports.import_file(file(body), "shop", PURCHASES)
    assert (result.problem_counts, result.problems[0].value) == ({"amount_differs": 1}, "15")
    assert customers(services)["monetary_value"].to_dict() == {"A": 18, "B": 10}
    body = head.format("") + "1,A,2023-01-01,2,10\n2,A,2023-01-02,-1,-10\n3,A,2023-01-02,-1,1\n"
    result = services.imports.import_file(file(body), "other", PURCHASES)
    assert (result.problem_counts, result.facts["returns"]) == ({"negative_price": 1}, 2)
    assert customers(services, "other").loc["A", ["frequency", "monetary_value"]].tolist() == [1, 9]


def test_a_purchase_in_the_future_is_refused_and_moves_nobody(services, file):
    body = "invoice,customer,date,amount\n1,A,2023-01-01,2\n2,B,2203-01-01,5\n3,B,2023-01-03,5\n"
    result = services.imports.import_file(file(body), "shop", PURCHASES)
    assert (result.problem_counts, result.rejected) == ({"purchase_in_future": 1}, 1)
    assert (result.facts["as_of"], customers(services).loc["A", "recency_days"]) == ("2023-01-03", 2)


def test_what_cannot_be_a_line_is_told(services, file, tmp_path):
    body = "order_id,client,date,amount\n1,a,2024-01-01,5\n2,a,tomorrow,5\n3,a,2024-01-03,lots\n4,a,2024-01-04,\n"
    body += "".join(f"{n},b,2024-02-01,1\n" for n in range(5, 60))
    rejects = tmp_path / "rejects.csv"
    result = services.imports.import_file(file(body), "shop", ImportOptions(kind="transactions", rejects=rejects))
    assert (result.created, result.rejected) == (56, 3)
    assert result.problem_counts == {"not_a_date": 1, "not_a_number": 1, "missing_amount": 1}
    assert len(rejects.read_text().splitlines()) == 4
    with pytest.raises(BadFileError, match="no column is recognised as time"):
        services.imports.import_file(file("customer,amount\n1,2\n"), "shop", PURCHASES)


def test_a_gzip_bomb_is_refused(sqlite_settings, tmp_path):
    path = tmp_path / "bomb.csv.gz"
    services = Services(sqlite_settings.model_copy(update={"max_upload_mb": 1}))
    with gzip.open(path, "wb") as packed:
        packed.write(b"id,age\n" + b"1,2\n" * 2_000_000)
    with pytest.raises(BadFileError, match="unpacks into more than 4 MB"):
        services.imports.import_file(path, "shop")
    assert not list(services.settings.staging.iterdir())
    services.close()
    piece = gzip.compress(b"1,2\n" * (1 << 20), 6)  # 4 MB in 4 KB; seventy of them are one file
    path.write_bytes(gzip.compress(b"id,age\n") + piece * 70)
    services = Services(sqlite_settings)
    with pytest.raises(BadFileError, match="unpacks into more than 200 times its size"):
        services.imports.import_file(path, "shop")
    assert not list(services.settings.staging.iterdir())
    assert services.datasets.list() == []
    services.close()


@pytest.mark.slow
def test_online_retail_comes_in_as_it_is(services, shared_data):
    result = services.imports.import_file(shared_data / "online_retail.csv.gz", "retail", PURCHASES)
    assert (result.rows, result.created, result.rejected) == (541_909, 541_909, 0)
    assert (result.facts["without_customer"], result.facts["returns"]) == (135_080, 9_290)  # C... and two write-offs
    assert one(services, "SELECT sum(amount) FROM transactions_retail") == pytest.approx(9_747_747.934)
    assert one(services, "SELECT sum(quantity) FROM transactions_retail") == 5_176_450
    assert one(services, "SELECT count(DISTINCT invoice) FROM transactions_retail") == 25_900
    frame = pd.read_csv(shared_data / "online_retail.csv.gz", parse_dates=["InvoiceDate"], dtype={"InvoiceNo": str})
    frame = frame.dropna(subset=["CustomerID"])
    frame["key"] = frame["CustomerID"].astype(int).astype(str)
    frame["amount"] = frame["Quantity"] * frame["UnitPrice"]
    invoices = frame.groupby(["key", "InvoiceNo"]).agg(
        amount=("amount", "sum"), quantity=("Quantity", "sum"), at=("InvoiceDate", "min")
    )
    bought = invoices[invoices["quantity"] > 0].reset_index()
    expected = bought.groupby("key").agg(frequency=("InvoiceNo", "count"), last=("at", "max"), first=("at", "min"))
    found = customers(services, "retail")
    assert len(found) == len(expected) == 4339
    assert found["frequency"].sort_index().tolist() == expected["frequency"].sort_index().tolist()
    value = frame.groupby("key")["amount"].sum()
    for key in ("17850", "14646", "12347", "18287", "16446"):
        assert found.loc[key, "monetary_value"] == pytest.approx(value[key], abs=1e-6)
        days = (pd.Timestamp("2011-12-09") - expected.loc[key, "last"].normalize()).days
        assert found.loc[key, "recency_days"] == days
        assert (
            found.loc[key, "tenure_days"] == (pd.Timestamp("2011-12-09") - expected.loc[key, "first"].normalize()).days
        )
    assert found.loc["12347", ["recency_days", "frequency"]].tolist() == [2, 7]
    assert found.loc["12347", "monetary_value"] == pytest.approx(4310.0)


def test_the_rfm_recipe_fits_them(services, file):
    rows = [f"{n},{n % 60},2024-01-{n % 28 + 1:02},{n % 60 * (n % 7 + 1)}.5" for n in range(1, 400)]
    services.imports.import_file(file("\n".join(["invoice,customer,date,amount", *rows])), "shop", PURCHASES)
    result = services.training.train("shop", TrainOptions(recipe="rfm", k=3), by="test").as_json()
    assert sum(each["size"] for each in result["segments"]) == 60
