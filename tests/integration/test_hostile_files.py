"""Files as people have them come out right: counts and values checked by hand."""

# ruff: noqa: DTZ001  (days of a file are in no zone)

import gzip
import io
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from sqlalchemy import text

from segmentation.errors import BadFileError
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.snapshots import Snapshots


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.fixture
def bring(services, tmp_path):
    """Import a body; the result and the customers by key."""

    def run(body, name="file.csv", encoding="utf-8", **options):
        path = tmp_path / name
        path.write_bytes(body if isinstance(body, bytes) else body.encode(encoding))
        result = services.imports.import_file(path, "shop", ImportOptions(**options))
        return result, customers(services, "shop")

    return run


def customers(services, slug):
    frame = Snapshots(services.database, services.settings).frame(slug)
    return {row.pop("customer_key"): row for row in frame.to_dict("records")}


def one(services, query):
    with services.database.reading() as session:
        return session.execute(text(query)).scalar_one()


def days(services, slug, column):
    """The first and the last of a column of dates."""
    ends = (one(services, f"SELECT {end}({column}) FROM customers_{slug}") for end in ("min", "max"))
    return tuple(str(end)[:10] for end in ends)


# --- the files of ../shared/data/hostile


def test_superstore(services, shared_data):
    path = shared_data / "hostile" / "superstore_semicolon_bom.csv"
    result = services.imports.import_file(path, "store", ImportOptions(key="Row ID"))
    assert (result.rows, result.created, result.rejected) == (9994, 9994, 0)
    first = customers(services, "store")["1"]
    assert (first["sales"], first["profit"], first["order_date"]) == (261.96, 41.9136, datetime(2020, 11, 8))
    assert first["product_name"] == "Bush Somerset Collection Bookcase"
    assert one(services, "SELECT count(DISTINCT customer_id_2) FROM customers_store") == 793
    assert one(services, "SELECT sum(sales) FROM customers_store") == pytest.approx(2_297_200.8603)
    assert one(services, "SELECT sum(profit) FROM customers_store") == pytest.approx(286_397.0217)
    assert one(services, "SELECT count(*) FROM customers_store WHERE postal_code IS NULL") == 11
    assert days(services, "store", "order_date") == ("2018-01-03", "2021-12-30")
    lines = services.imports.import_file(path, "sales", ImportOptions(kind="transactions"))
    assert (lines.created, lines.rejected, lines.facts["without_customer"]) == (9994, 0, 0)
    assert services.datasets.get("sales").customers == 793


def test_credito(services, shared_data):
    result = services.imports.import_file(shared_data / "hostile" / "credito_br_decimal_comma.csv", "credit")
    assert (result.created, result.rejected) == (10127, 0)
    found = customers(services, "credit")
    assert (found["768805383"]["limite_credito"], found["768805383"]["valor_transacoes_12m"]) == (12691.51, 1144.9)
    assert found["709106358"]["valor_transacoes_12m"] == 816.08
    for name, missing in (("estado_civil", 749), ("escolaridade", 1519), ("salario_anual", 1112), ("idade", 0)):
        assert one(services, f"SELECT count(*) FROM customers_credit WHERE {name} IS NULL") == missing
    assert one(services, "SELECT sum(limite_credito) FROM customers_credit") == pytest.approx(87_420_721.55)
    assert one(services, "SELECT sum(valor_transacoes_12m) FROM customers_credit") == pytest.approx(44_605_212.52)


def test_marketing_data(services, shared_data):
    result = services.imports.import_file(shared_data / "hostile" / "marketing_data_currency.csv", "campaign")
    assert (result.created, result.rejected) == (2240, 0)
    found = customers(services, "campaign")
    assert (found["1826"]["income"], found["1826"]["dt_customer"]) == (84835.0, datetime(2014, 6, 16))
    assert one(services, "SELECT count(*) FROM customers_campaign WHERE income IS NULL") == 24
    assert one(services, "SELECT sum(income) FROM customers_campaign") == 115_779_909
    assert days(services, "campaign", "dt_customer") == ("2012-07-30", "2014-06-29")


def test_a_thousand_blank_rows(services, shared_data):
    path = shared_data / "hostile" / "marketing_campaign_1000_blank_rows_bom.csv"
    result = services.imports.import_file(path, "campaign")
    assert (result.rows, result.created, result.problem_counts) == (2240, 2240, {"blank_rows": 1, "unlikely_age": 3})
    assert customers(services, "campaign")["5524"]["dt_customer"] == datetime(2012, 9, 4)
    assert one(services, "SELECT sum(income) FROM customers_campaign") == 115_779_909
    assert days(services, "campaign", "dt_customer") == ("2012-07-30", "2014-06-29")


def test_duplicate_ids(services, shared_data):
    path = shared_data / "hostile" / "duplicate_ids.csv"
    result = services.imports.import_file(path, "cards", ImportOptions(key="Customer Key", on_duplicate="reject"))
    assert (result.rows, result.created, result.rejected) == (660, 655, 5)
    assert customers(services, "cards")["87073"]["avg_credit_limit"] == 100_000
    assert result.problem_counts == {"repeated_key": 5}
    assert one(services, "SELECT sum(avg_credit_limit) FROM customers_cards") == 22_429_000


def test_bank_churners(services, shared_data):
    path = shared_data / "hostile" / "BankChurners_second_header_row.csv"
    result = services.imports.import_file(path, "bank")
    assert (result.rows, result.created, result.rejected) == (10127, 10127, 0)
    first = customers(services, "bank")["768805383"]
    assert (first["customer_age"], first["credit_limit"], first["gender"]) == (45, 12691, "M")
    assert one(services, "SELECT sum(credit_limit) FROM customers_bank") == pytest.approx(87_415_795.1)
    assert one(services, "SELECT sum(customer_age) FROM customers_bank") == 469_143
    kinds = {each.name: each.kind for each in services.datasets.attributes("bank")}
    assert kinds["customer_age"] == "number"


# --- other ways of writing a table


PEOPLE = "id;name;spend\n1;Ann;2,5\n2;Bob;1.003,25\n"


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (f"# exported in May\n# by nobody\n\n{PEOPLE}", {}),
        (f"Customers of the shop\n\n{PEOPLE}", {}),
        (f"Customers;;\n{PEOPLE}", {}),
        (PEOPLE.replace("\n", ";\n"), {}),
        ("id;name;spend\n1;Ann;2,5;\n2;Bob;1.003,25;\n", {}),
        ("id;name;spend;;\n1;Ann;2,5\n2;Bob;1.003,25\n", {}),
        ("".join(f'"{line}"\n' for line in PEOPLE.splitlines()), {}),
        ("id;name;spend\n" + "".join(f'"{line}"\n' for line in PEOPLE.splitlines()[1:]), {}),
        (PEOPLE.replace(";", "   "), {}),
        (PEOPLE.replace(";", " "), {}),
        (PEOPLE.replace(";", "\t").replace("\n", "\r\n"), {}),
        (PEOPLE.replace("Ann", "  Ann\u00a0 ").replace("2,5", " 2,5 € "), {}),
        (PEOPLE.replace("Ann", "An\x00n").encode() + b"".join(b"%d;x;1\n" % n for n in range(50, 50)), {}),
        (PEOPLE.replace("Bob", "Bob").encode("utf-16-le"), {}),
        (f"first\nsecond\nthird\n{PEOPLE}", {"reading": {"header_row": 4}}),
    ],
    ids=range(15),
)
def test_the_same_people(bring, body, options):
    if isinstance(body, bytes) and b"\x00n" in body and not body.startswith(b"i\x00"):
        body += b"".join(b"%d;Eve;1\n" % n for n in range(3, 60))
    result, found = bring(body, **options)
    assert result.rejected == 0
    assert (found["1"]["name"], found["1"]["spend"]) == ("Ann", 2.5)
    assert (found["2"]["name"], found["2"]["spend"]) == ("Bob", 1003.25)
    assert set(found["1"]) == {"name", "spend"}


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1252", ["Zoë", "Müller", "Åse", "François"]),
        ("cp850", ["Zoë", "Müller", "Köln", "François"]),
        ("cp1250", ["Łódź", "Kraków", "Świętek", "Müller"]),
        ("cp1251", ["Иванов", "Петров", "Москва"]),
        ("cp866", ["Иванов", "Петров", "Москва"]),
        ("cp1253", ["Αθήνα", "Θεσσαλονίκη", "Πάτρα"]),
        ("utf-8", ["مرحبا", "שלום", "👩‍👩‍👧 Ann", "東京"]),
        ("utf-16", ["Zoë", "東京"]),
    ],
)
def test_code_pages(bring, encoding, names):
    body = "id,name,age\n" + "".join(f"{number},{name},30\n" for number, name in enumerate(names, start=1))
    _, found = bring(body, encoding=encoding)
    assert [row["name"] for row in found.values()] == names


def test_dates_in_every_order(bring):
    days = [(2024, 1, 31), (2023, 12, 5), (2024, 2, 29)]
    forms = {
        "packed_date": "%Y%m%d", "day_date": "%d.%m.%Y", "us_date": "%m/%d/%Y", "word_date": "%d %b %Y",
        "iso_date": "%Y-%m-%dT%H:%M:%S",
    }  # fmt: skip
    lines = [",".join([str(n), *(date(*day).strftime(form) for form in forms.values())]) for n, day in enumerate(days)]
    result, found = bring("\n".join(["id," + ",".join(forms), *lines]))
    assert result.rejected == 0
    for number, day in enumerate(days):
        assert set(found[str(number)].values()) == {datetime(*day)}


def test_a_column_of_mixed_dates_is_read_and_told(bring):
    cells = ["31/01/2024", "2024-02-01", "15/02/2024", "3 Mar 2024"] * 5
    result, found = bring("id,joined_date\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells)))
    assert (result.rejected, result.problem_counts) == (0, {"mixed_dates": 10})
    assert [str(found[str(n)]["joined_date"])[:10] for n in range(4)] == [
        "2024-01-31",
        "2024-02-01",
        "2024-02-15",
        "2024-03-03",
    ]


def test_an_ambiguous_date_is_told_and_can_be_decided(bring, services):
    body = "id,joined_date\n1,04/05/2024\n2,06/07/2024\n"
    result, found = bring(body)
    assert result.problem_counts == {"ambiguous_date": 1}
    assert (result.problems[0].row, result.problems[0].value) == (1, "04/05/2024")
    assert result.problems[0].expected.endswith(
        "read as 4 May 2024. If 5 April 2024 is meant: --date-order joined_date=mdy"
    )
    assert found["1"]["joined_date"] == datetime(2024, 5, 4)
    result, found = bring(body, reading={"dates": {"joined_date": "month"}})
    assert (result.updated, found["1"]["joined_date"]) == (2, datetime(2024, 4, 5))
    result, found = bring("id,joined_date\n3,01/02/2024\n")  # remembered for these columns
    assert found["3"]["joined_date"] == datetime(2024, 1, 2)


def test_two_digits_of_a_year_are_read_as_years_near_this_one_and_that_is_said(bring):
    result, found = bring("id,birth_date,joined_date\n1,13/05/67,13/05/67\n2,13/05/30,13/05/30\n3,1/5/1968,1/5/2068\n")
    assert [row["birth_date"].year for row in found.values()] == [1967, 1930, 1968]
    assert [row["joined_date"].year for row in found.values()] == [1967, 2030, 2068]
    this_year = datetime.now(UTC).year
    assert [problem.expected.partition("mean ")[2] for problem in result.problems] == [
        f"{this_year - 99} to {this_year}",
        f"{this_year - 79} to {this_year + 20}",
    ]
    lines, _ = bring("customer,date,amount\n1,13/05/67,5\n", "lines.csv", kind="transactions")
    assert (lines.rejected, "read as 1967-05-13" in lines.problems[0].expected) == (0, True)
    assert bring("id,birth_date\n4,13/05/2167\n")[0].problem_counts == {"birth_in_future": 1}


def test_times_of_other_zones_become_utc_and_days_stay_days(bring):
    cells = [
        ("2024-05-01T00:30:00+02:00", "2024-05-01T10:00:00Z", "1990-05-01T00:00:00+02:00"),
        ("2024-05-01 10:00:00 -0500", "2024-05-01T10:00:00.250Z", "1990-05-02T00:00:00+01:00"),
        ("2024-05-01 10:00:00 Europe/Berlin", "2024-05-01 10:00:00", "1990-05-03T00:00:00Z"),
    ]
    result, found = bring("id,seen,used,born\n" + "".join(f"{n},{','.join(row)}\n" for n, row in enumerate(cells)))
    assert [row["seen"] for row in found.values()] == [
        datetime(2024, 4, 30, 22, 30),
        datetime(2024, 5, 1, 15),
        datetime(2024, 5, 1, 8),
    ]
    assert found["1"]["used"] == datetime(2024, 5, 1, 10, 0, 0, 250_000)
    assert [row["born"].day for row in found.values()] == [1, 2, 3]
    assert [(problem.column, problem.cause) for problem in result.problems] == [("seen", "other_zone")]
    assert "stored as 2024-04-30 22:30:00 in UTC" in result.problems[0].expected
    lines = "customer,date,amount\n1,2024-05-01T00:30:00+02:00,5\n"
    assert bring(lines, "lines.csv", kind="transactions")[0].problem_counts == {"other_zone": 1}


def test_as_detected_forgets_what_was_remembered(bring):
    body = "id,joined_date\n{},04/05/2024\n"
    bring(body.format(1), reading={"dates": {"joined_date": "month"}})
    bring(body.format(2), reading={}, dry_run=True)  # tried only: it is remembered still
    assert bring(body.format(2))[1]["2"]["joined_date"] == datetime(2024, 4, 5)
    bring(body.format(3), reading={})
    assert bring(body.format(4))[1]["4"]["joined_date"] == datetime(2024, 5, 4)


@pytest.mark.parametrize(
    ("body", "quote", "name"),
    [
        ("id,name,age\n1,'Ann, B. ''x'' y',30\n", "'", "Ann, B. 'x' y"),
        ('id,name,age\n1,"Ann,30\n2,Bob",40\n', "none", '"Ann'),
        ('id,name,age\n1,"Ann ""x""",30\n', "none", '"Ann ""x"""'),
        ('id name age\n1 "Ann 30\n2 Bob" 40\n', "none", '"Ann'),
        ("id name age\n1 'Ann B.' 30\n", "'", "Ann B."),
    ],
)
def test_the_quotation_mark_can_be_said(bring, body, quote, name):
    _, found = bring(body, reading={"quote": quote} | ({"delimiter": " "} if body[2] == " " else {}))
    assert (found["1"]["name"], found["1"]["age"]) == (name, 30)


def test_a_backslash_before_a_quotation_mark_is_seen_wherever_it_stands(bring):
    body = 'id,name,age\n1,"Ann \\"A\\" B, C",30\n2,"a\\\\b",40\n3,"c\\nd",\\N\n4,"e\\\nf",50\n'
    result, found = bring(body)
    assert (result.rejected, result.dialect["quote"]) == (0, '\\"')
    assert [row["name"] for row in found.values()] == ['Ann "A" B, C', "a\\b", "c\\nd", "e\nf"]
    assert [row["age"] for row in found.values() if row["age"] == row["age"]] == [30, 40, 50]
    late = "id,name,age\n" + "".join(f'{n},"Bob {n}",40\n' for n in range(20_000)) + 'x,"\\"A\\", B",5\n'
    assert bring(late)[1]["x"]["name"] == '"A", B'
    denied = bring('id,name,age\n7,"Ann \\"A\\" B",30\n', reading={"quote": '"'})[1]["7"]["name"]
    assert denied.startswith("Ann \\")
    plain = 'id,name,age\n8,"C:\\temp\\",30\n9,"{""a"": ""x\\""y""}",40\n'
    found = bring(plain, reading={})[1]
    assert (found["8"]["name"], found["9"]["name"]) == ("C:\\temp\\", '{"a": "x\\"y"}')


@pytest.mark.parametrize(
    ("names", "row"),
    [
        ("id,age,spend", "{n},{m},{n},5"),
        ("id,age,spend,score", "{n},{m},{n},5,{n},25"),
        ('"",id,age', '"{n}",c{n},{m},5'),
    ],
)
def test_decimal_commas_that_shift_the_columns_are_refused(bring, names, row):
    rows = "\n".join(row.format(n=n, m=n + 20) for n in range(1, 12))
    with pytest.raises(BadFileError, match=r"decimals seem to be written with the comma .* with semicolons"):
        bring(f"{names}\n{rows}\n")


def test_names_of_rows_as_r_writes_them_are_told(bring):
    rows = "".join(f'"{n}","c{n}",{20 + n},{n}\n' for n in range(1, 12))
    result, found = bring(f'"id","age","spend"\n{rows}')
    assert (found["c3"]["age"], found["c3"]["spend"], result.problem_counts) == (23, 3, {"row_names": 1})


def test_a_torn_row_is_cut_by_the_quotation_mark_that_was_said(bring, tmp_path):
    out = tmp_path / "out.csv"
    result, _ = bring("id,name\n1,'Ann'\n2,'B, C',3\n", reading={"quote": "'"}, rejects=out)
    assert (result.rejected, out.read_text().splitlines()[1].split(",", 2)[0]) == (1, "2")
    assert '"B, C"' in out.read_text()


def test_a_torn_row_with_a_long_cell_is_told(bring, tmp_path):
    out = tmp_path / "out.csv"
    result, _ = bring(f"id,name\n1,Ann\n2,{'x' * 200_000},3\n", rejects=out)
    assert (result.created, result.rejected) == (1, 1)
    assert "x" * 200_000 in out.read_text()


def test_a_second_row_of_names_can_be_said_and_denied(bring):
    two = "id,name,age\nnumber,text,years\n1,Ann,30\n2,Bob,40\n"
    assert bring(two, reading={"second_header": True})[0].created == 2  # too short to be recognised
    more = "id,age,spend\nnumber,years,euro\n" + "".join(f"{n},{n + 20},{n}.5\n" for n in range(10, 20))
    assert bring(more)[0].created == 10
    denied, _ = bring(more, reading={"second_header": False})
    assert (denied.rows, denied.problems[0].value) == (11, "years")


@pytest.mark.parametrize(
    ("cells", "values", "options"),
    [
        (["$1,234.50", "(20.00)", "$3"], [1234.5, -20, 3], {}),
        (["1 234,50 zł", "20,00", "3"], [1234.5, 20, 3], {}),
        (["CHF 1'234.50", "20.00", "3"], [1234.5, 20, 3], {}),
        (["1,234", "5,678", "3,001"], [1.234, 5.678, 3.001], {"reading": {"decimal": ","}}),
        (["1,234", "5,678", "3,001"], [1234, 5678, 3001], {"reading": {"decimal": "."}}),
        (["1,234", "5,678", "3,001"], [1234, 5678, 3001], {"reading": {"thousands": ","}}),
        (["1,234", "5,678", "3,001"], [1.234, 5.678, 3.001], {"reading": {"thousands": "none"}}),
        (["1.234", "5.678", "3.001"], [1234, 5678, 3001], {"reading": {"thousands": "."}}),
        (["800", "1.234", "12.500", "2.000"], [800, 1234, 12500, 2000], {"reading": {"decimal": ","}}),
        (["1 234,5", "20", "-3 001 zł"], [1234.5, 20, -3001], {"reading": {"thousands": " ", "decimal": ","}}),
        (["1'234", "1,5", "3"], [1234, 1.5, 3], {"reading": {"thousands": "'"}}),
    ],
)
def test_ways_of_writing_numbers(bring, cells, values, options):
    body = "id;score\n" + "".join(f"{n};{cell}\n" for n, cell in enumerate(cells))
    _, found = bring(body, **options)
    assert [row["score"] for row in found.values()] == values


def test_a_row_of_ten_megabytes_and_a_header_of_a_thousand_letters(bring):
    long = "x" * 10_000_000
    result, found = bring(f"id,note,{'h' * 1000}\n1,{long},5\n2,short,6\n")
    assert (result.created, len(found["1"]["note"])) == (2, 10_000_000)
    assert found["2"]["h" * 63] == 6


def test_gzip_and_a_workbook_hold_the_same(bring, tmp_path):
    body = "id,name,joined,spend\n1,Ann,2024-01-31,2.5\n2,Bob,2024-02-29,3\n"
    _, packed = bring(gzip.compress(body.encode()), "file.csv.gz")
    book = openpyxl.Workbook()
    book.active.append(["about"])
    sheet = book.create_sheet("people")
    for row in (
        ["id", "name", "joined", "spend"],
        [1, "Ann", datetime(2024, 1, 31), 2.5],
        [2, "Bob", date(2024, 2, 29), 3],
    ):
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    result, found = bring((tmp_path / "book.xlsx").read_bytes(), "file.xlsx", sheet="people")
    assert (result.created, result.unchanged, result.dialect["sheets"]) == (0, 2, ["Sheet", "people"])
    assert found == packed
    with pytest.raises(BadFileError, match="no sheet 'x'; its sheets are: Sheet, people"):
        bring((tmp_path / "book.xlsx").read_bytes(), "file.xlsx", sheet="x")


@pytest.mark.parametrize("damage", ["sheet cut", "bytes changed", "no book"])
def test_a_damaged_workbook_is_refused_in_a_line(bring, tmp_path, damage):
    book = openpyxl.Workbook()
    for number in range(500):
        book.active.append([number, f"name {number}"])
    book.save(tmp_path / "book.xlsx")
    body = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "book.xlsx") as came, zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as made:
        for name in came.namelist():
            cut = damage == "sheet cut" and "sheet1" in name
            if damage != "no book" or "workbook" not in name:
                made.writestr(name, came.read(name)[: 2_000 if cut else None])
            if damage == "bytes changed" and "sheet1" in name:
                place = body.tell() - 200
    raw = bytearray(body.getvalue())
    if damage == "bytes changed":
        raw[place : place + 20] = bytes(20)
    with pytest.raises(BadFileError, match=r"^file\.xlsx is .*damaged"):
        bring(bytes(raw), "file.xlsx")


def test_formulas_in_a_workbook_are_never_run_or_kept(bring, tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "name", "spend"], [1, "Ann", "=1+1"], [2, "Bob", 3]):
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    _, found = bring((tmp_path / "book.xlsx").read_bytes(), "file.xlsx")
    assert "=" not in str(found["1"])


def test_texts_beside_the_numbers_of_a_workbook_are_read_and_told(bring, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "spend"])
    for number in range(1, 10):
        book.active.append([number, f"1.00{number},50" if number % 3 == 0 else number + 0.25])
    book.save(tmp_path / "book.xlsx")
    result, found = bring((tmp_path / "book.xlsx").read_bytes(), "file.xlsx")
    assert (found["2"]["spend"], found["3"]["spend"], found["9"]["spend"]) == (2.25, 1003.5, 1009.5)
    assert (result.rejected, result.problem_counts, result.problems[0].value) == (0, {"text_number": 3}, "1.003,50")


def test_hidden_sheets_come_last(bring, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "margin"])
    book.active.append([1, 2])
    book.active.sheet_state = "hidden"
    people = book.create_sheet("people")
    for row in (["id", "age"], [7, 30]):
        people.append(row)
    book.save(tmp_path / "book.xlsx")
    result, found = bring((tmp_path / "book.xlsx").read_bytes(), "file.xlsx")
    assert (found, result.dialect["sheets"]) == ({"7": {"age": 30}}, ["Sheet", "people"])


def test_ids_that_a_spreadsheet_rounded_name_nobody(bring):
    result, found = bring("id,age\n1.23457E+11,30\n1.23457E+11,40\n123456789012,50\n")
    assert (result.rejected, list(found), result.problem_counts) == (2, ["123456789012"], {"rounded_key": 2})
    lines = "customer,date,amount\n1.23457E+11,2024-01-31,5\n7,2024-01-31,6\n"
    assert bring(lines, "lines.csv", kind="transactions")[0].problem_counts["rounded_key"] == 1


@pytest.mark.parametrize("word", ["Total", "GRAND TOTAL:", "Summe", "Итого"])
def test_a_line_of_totals_at_the_foot_is_no_customer(bring, word):
    result, found = bring(f"id,spend\n1,2.5\n2,3.5\n{word},6\n,\n")
    assert (result.rejected, list(found)) == (1, ["1", "2"])
    assert (result.problems[0].row, result.problems[0].cause) == (3, "total_row")
    assert bring(f"id,spend\n{word},2.5\n2,3.5\n3,6\n")[0].rejected == 0


def test_a_percentage_has_its_unit(bring, services):
    _, found = bring("id;rate\n1;10,5%\n2;12 %\n3;0%\n")
    assert [row["rate"] for row in found.values()] == [10.5, 12, 0]
    assert [each.unit for each in services.datasets.attributes("shop")] == ["%"]


def test_choices_that_do_not_exist_are_refused(bring):
    for reading, message in (
        ({"delimeter": ";"}, "'delimeter' is no choice"),
        ({"delimiter": "x"}, "delimiter 'x' is not possible"),
        ({"encoding": "utf-9"}, "no encoding 'utf-9'"),
        ({"dates": {"a": "week"}}, "cannot begin with 'week'"),
        ({"decimal": ",", "thousands": ","}, "',' cannot mark both decimals and thousands"),
        ({"header_row": 0, "second_header": True}, "there is no second header row"),
        ({"decimal": ",", "delimiter": ",", "quote": "none"}, "cannot mark decimals and separate the cells"),
    ):
        with pytest.raises(BadFileError, match=message):
            bring(PEOPLE, reading=reading)
