"""What is written in a supported dialect is read back equal, and kinds are judged over every cell."""

import csv
import gzip
import io
import math
from datetime import datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentation.ingest import sampling
from segmentation.ingest.dialect import detect
from segmentation.ingest.mapping import plan
from segmentation.ingest.opening import opened
from segmentation.ingest.reading import Reading
from segmentation.ingest.staging import Staging, staged
from segmentation.ingest.typing import facts
from segmentation.ingest.validation import typed_batches, validate

NUMBERS = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False, width=64).map(lambda value: value + 0.0),
    st.integers(-(10**12), 10**12).map(float),
)
THOUSANDTHS = st.one_of(st.none(), st.integers(-(10**12), 10**12).map(lambda value: value / 1000))  # openpyxl cuts more
DATES = st.one_of(st.none(), st.integers(0, 40_000).map(lambda days: datetime(1950, 1, 1) + timedelta(days)))  # noqa: DTZ001
FLAGS = st.one_of(st.none(), st.booleans())
TEXTS = st.one_of(
    st.none(),
    st.text(
        st.characters(codec="utf-8", exclude_characters="\x00\r\ufeff", exclude_categories=["Cs", "Cc"]), min_size=1
    )
    .map(lambda text: "n" + text.strip(" \t\r\n\u00a0"))
    .filter(lambda text: text.lower() not in ("na", "n/a", "nan", "null", "nat")),
)
WAYS = {  # how each way of writing shows a number, a date and a flag
    "plain": (",", repr, "%Y-%m-%d", ("1", "0")),
    "european": (";", lambda value: f"{value:.17g}".replace(".", ","), "%d.%m.%Y", ("ja", "nein")),
    "tabbed": ("\t", repr, "%d-%m-%Y", ("yes", "no")),
    "barred": ("|", repr, "%Y-%m-%dT00:00:00", ("true", "false")),
    "american": (",", lambda value: grouped(value), "%m/%d/%Y", ("Y", "N")),
    "german": (";", lambda value: grouped(value).translate({44: ".", 46: ","}), "%d.%m.%Y", ("t", "f")),
    "swiss": ("\t", lambda value: grouped(value).replace(",", "'"), "%d.%m.%Y", ("yes", "no")),
    "packed": (";", repr, "%Y%m%d", ("1", "0")),
}
SAID = {  # what the cells alone cannot tell: 1.234 is a thousand, 01/02 in January
    "american": Reading(dates={"joined_on": "month"}),
    "german": Reading(decimal=","),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")
ABOVE = ("", "\n\n", "# sold in May\n\n", "Customers of the shop\n")
NAMES = {  # in code pages: words as people have them, from which the page is guessed
    "cp1252": ["Zoë Müller", "François Åberg", "señor Peña"],
    "cp850": ["Düsseldorf Köln", "François Müller", "Zoë Größe"],
    "cp1250": ["Łódź Kraków", "Świętek Żółć", "Miłosz"],
    "cp1251": ["Иванов", "Москва", "Петров Олег"],
    "cp866": ["Иванов", "Москва", "Петров Олег"],
    "cp437": ["Düsseldorf Köln", "François Müller", "Peña"],
    "mac-roman": ["Düsseldorf Köln", "François Müller", "Zoë Größe"],
    "cp1254": ["Işık Yılmaz", "Doğan Şahin"],
    "cp1257": ["Žukauskas Šarūnas", "Kęstutis"],
    "cp1253": ["Αθήνα", "Ελένη Πάτρα"],
    "iso8859-2": ["Świętek Łukasz", "Żak Wójcik"],
}


def read(path, folder, reading=Reading()):  # noqa: B008 (frozen)
    """Kind by column and the accepted rows, as Python values."""
    with (
        opened(path, folder, 1 << 30) as found,
        staged(found.path, detect(found.path, reading=reading), folder) as staging,
    ):
        counts = facts(staging)
        planned = plan(staging, counts, key=0)
        checked = validate(staging, planned, counts, "update")
        rows = [row for batch in typed_batches(staging, planned, checked) for row in batch.to_pylist()]
        return (
            {column.name: column.kind for column in planned.columns},
            sorted(rows, key=lambda r: r["_position"]),
            checked,
        )


def test_a_sample_is_of_the_whole_file_also_where_few_rows_have_a_value(tmp_path, monkeypatch):
    path = tmp_path / "long.csv"
    path.write_text("id,seldom\n" + "".join(f"{number},{'' if number % 9 else number}\n" for number in range(8_000)))
    with staged(path, detect(path), tmp_path) as staging:
        facts(staging)
        samples = [sampling.sample_of(staging, place) for place in (0, 1)]
        assert [len(set(sample)) for sample in samples] == [sampling.SAMPLE, 889]
        assert staging.rows_of("SELECT count(*) < 7_000 FROM sampled") == [(True,)]
        monkeypatch.setattr(sampling, "SPREAD", 8_000)  # nothing is set apart of so few rows
        assert [sampling.sample_of(staging, place) for place in (0, 1)] == samples


def test_columns_of_few_and_of_many_rows_are_counted_alike(tmp_path, monkeypatch):
    path = tmp_path / "few.csv"
    path.write_text("id,mixed,empty,number\na,1_000,,1\nb,inf,,.5\nc,7,,-3e2\nd,,,1\n,x,,\n")
    monkeypatch.setattr(sampling, "TOGETHER", 3)
    with staged(path, detect(path), tmp_path) as staging:
        found = facts(staging)
        assert [(each.filled, each.numbers, each.distinct) for each in found] == [
            (4, 0, 4),
            (4, 1, 4),
            (0, 0, 0),
            (4, 4, 3),
        ]
        assert sorted(sampling.sample_of(staging, 3)) == ["-3e2", ".5", "1", "1"]
        monkeypatch.setattr(sampling, "SAMPLE", 1)
        assert facts(staging) == found


def test_a_file_of_hundreds_of_columns_and_few_rows_is_asked_few_questions(tmp_path, monkeypatch):
    path = tmp_path / "wide.csv"
    cells = [
        ("id", "C1", "C2"),
        *((f"n{at}", "7", "0.5") for at in range(150)),
        *((f"t{at}", "a", "b") for at in range(150)),
    ]
    path.write_text("".join(",".join(row) + "\n" for row in zip(*cells, strict=True)))
    asked = []
    for name in ("rows_of", "table", "run"):
        original = getattr(Staging, name)
        monkeypatch.setattr(Staging, name, lambda *given, original=original: asked.append(given[1]) or original(*given))
    kinds, rows, _ = read(path, tmp_path)
    assert [kinds["n7"], kinds["t7"], rows[1]["n7"], rows[1]["t7"]] == ["number", "text", 0.5, "b"]
    assert len(asked) < 30


def write(path, rows, way, encoding, quoting=csv.QUOTE_MINIMAL, above="", end="\r\n"):
    delimiter, number, date, (yes, no) = WAYS[way]
    if way == "european":  # an exponent beside a decimal comma is in no file: write it out
        yes, no = "yes", "no"
        number = decimal_comma
    text = io.StringIO()
    text.write(above)
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["id", "income", "joined_on", "consent", "comment"])
    for place, (income, joined, consent, note) in enumerate(rows):
        cells = [
            "" if income is None else number(income),
            "" if joined is None else joined.strftime(date),
            "" if consent is None else (yes if consent else no),
            "" if note is None else note,
        ]
        writer.writerow([f"k{place}", *cells])
    body = text.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(body, 1) if path.suffix == ".gz" else body)


def grouped(value):
    return format(Decimal(repr(value)), ",f")


def decimal_comma(value):
    return format(Decimal(repr(value)), "f").replace(".", ",")


def check(kinds, found, checked, rows):
    assert checked.rejected == 0, checked.problems
    assert [row["customer_key"] for row in found] == [f"k{place}" for place in range(len(rows))]
    for name, place in (("income", 0), ("joined_on", 1), ("consent", 2), ("comment", 3)):
        assert [row[name] for row in found] == [row[place] for row in rows], kinds
    if any(row[0] is not None for row in rows):
        assert kinds["income"] == "number"


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(NUMBERS, DATES, FLAGS, TEXTS), min_size=1, max_size=30),
    way=st.sampled_from(sorted(WAYS)),
    encoding=st.sampled_from(ENCODINGS),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    above=st.sampled_from(ABOVE),
    end=st.sampled_from(["\n", "\r\n"]),
    name=st.sampled_from(["table.csv", "table.csv.gz"]),
)
def test_any_table_is_read_back_equal(tmp_path, rows, way, encoding, quoting, above, end, name):
    path = tmp_path / name
    write(path, rows, way, encoding, quoting, above, end)
    check(*read(path, tmp_path / "staging", SAID.get(way, Reading())), rows)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), way=st.sampled_from(sorted(WAYS)), encoding=st.sampled_from(sorted(NAMES)))
def test_any_table_in_a_code_page_is_read_back_equal(tmp_path, data, way, encoding):
    notes = st.sampled_from(NAMES[encoding])
    rows = data.draw(st.lists(st.tuples(NUMBERS, DATES, FLAGS, notes), min_size=4, max_size=20))
    rows += [(None, None, None, name) for name in NAMES[encoding]]  # one letter alone is one of several pages
    path = tmp_path / "table.csv"
    write(path, rows, way, encoding)
    check(*read(path, tmp_path / "staging", SAID.get(way, Reading())), rows)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(THOUSANDTHS, DATES, FLAGS, TEXTS), min_size=1, max_size=12))
def test_any_workbook_is_read_back_equal(tmp_path, rows):
    book = openpyxl.Workbook()
    book.active.append(["id", "income", "joined_on", "consent", "comment"])
    for place, (income, joined, consent, note) in enumerate(rows):
        book.active.append([f"k{place}", income, joined, consent, None])
        if note is not None:
            book.active.cell(place + 2, 5).value = note
            book.active.cell(place + 2, 5).data_type = "s"
    path = tmp_path / "table.xlsx"
    book.save(path)
    check(*read(path, tmp_path / "staging"), rows)


def day(year, month, number):
    return datetime(year, month, number)  # noqa: DTZ001


@pytest.fixture
def column(tmp_path):
    """Kind, values and problems of one column with these cells."""

    def kind_of(cells, header="thing"):
        path = tmp_path / "one.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", header])
            writer.writerows([f"k{place}", cell] for place, cell in enumerate(cells))
        kinds, rows, checked = read(path, tmp_path / "staging")
        ((name, kind),) = kinds.items()
        return kind, [row[name] for row in rows], [(each.row, each.value) for each in checked.problems]

    return kind_of


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "2.5", "-3"], "number", [1.0, 2.5, -3.0]),
        (["1e3", ".5", "+7"], "number", [1000.0, 0.5, 7.0]),
        (["$1,234.50", "$99.00", "$5"], "number", [1234.5, 99.0, 5.0]),
        (["12.691,51", "1,5", "3"], "number", [12691.51, 1.5, 3.0]),
        (["10%", "12.5 %", "-3%"], "number", [10.0, 12.5, -3.0]),
        (["5-", "7", "1.5-", "1,234.50-"], "number", [-5.0, 7.0, -1.5, -1234.5]),
        (["\u22125", "7", "\u20133 €"], "number", [-5.0, 7.0, -3.0]),
        (["12,34,567", "1,23,456.50", "5,000"], "number", [1234567.0, 123456.5, 5000.0]),
        (["\\N", "7", "8\x1a"], "number", [None, 7.0, 8.0]),
        (["0", "1", "1"], "flag", [False, True, True]),
        (["Yes", "no", "YES"], "flag", [True, False, True]),
        (["T", "f", ""], "flag", [True, False, None]),
        (["yes", "no", "perhaps"] * 8, "category", ["yes", "no", "perhaps"] * 8),
        (["0012", "0345", "6789"] * 3, "category", ["0012", "0345", "6789"] * 3),
        (["NA", "n/a", "NULL", "nan", "7", "8"], "number", [None, None, None, None, 7.0, 8.0]),
        (["31-12-2023", "01-02-2024"], "date", [datetime(2023, 12, 31), datetime(2024, 2, 1)]),  # noqa: DTZ001
        (["6/16/2014", "05-11-2014"], "date", [datetime(2014, 6, 16), datetime(2014, 5, 11)]),  # noqa: DTZ001
        (["2024-01-31 10:30:00", "2024-02-01"], "date", [datetime(2024, 1, 31, 10, 30), datetime(2024, 2, 1)]),  # noqa: DTZ001
        (["20240131", "20231231"], "number", [20240131.0, 20231231.0]),
        (["first words", "second words", "third words"], "text", ["first words", "second words", "third words"]),
        (["", "", ""], "text", [None, None, None]),
    ],
)
def test_kinds(column, cells, kind, values):
    assert column(cells) == (kind, values, [])


def test_a_date_without_marks_is_one_where_the_name_says_so(column):
    assert column(["20240131", "20231231"], "signup_date")[0] == "date"


PACKED_DAYS = ["20240131", "20231231", "20240229"] * 2


@pytest.mark.parametrize("header", ["thing", "seit", "Kunde seit", "joined"])
def test_numbers_that_are_all_days_are_dates(column, header):
    kind, values, problems = column(PACKED_DAYS, header)
    assert (kind, values[:3], problems) == ("date", [day(2024, 1, 31), day(2023, 12, 31), day(2024, 2, 29)], [])


@pytest.mark.parametrize(
    ("cells", "header"),
    [
        ([*PACKED_DAYS, "20240132"], "thing"),  # no such day
        ([*PACKED_DAYS, "5"], "thing"),
        (PACKED_DAYS, "order no"),
        (PACKED_DAYS, "branchId"),
        (PACKED_DAYS, "amount"),
        (PACKED_DAYS, "income"),
        ([f"2024{number:04}" for number in range(101, 140)], "thing"),  # numbered on and on
    ],
)
def test_numbers_of_which_one_is_no_day_and_ids_and_amounts_stay_numbers(column, cells, header):
    assert column(cells, header)[0] == "number"


def test_four_ways_of_writing_a_date_are_read_cell_by_cell(column):
    cells = ["2024-01-31", "31.01.2024", "Jan 31, 2024", "31 Jan 2024", "20240131"]
    for header in ("joined_date", "thing"):
        kind, values, problems = column(cells * 4, header)
        assert (kind, set(values)) == ("date", {day(2024, 1, 31)})
        assert [row for row, _ in problems] == [n for n, cell in enumerate(cells * 4, 1) if cell != "2024-01-31"]


def test_a_day_above_twelve_settles_the_rest_of_a_mixed_column(column):
    _, values, _ = column(["2024-01-31"] * 6 + ["04/13/2024", "04/05/2024"], "joined_date")
    assert values[6:] == [day(2024, 4, 13), day(2024, 4, 5)]
    _, values, _ = column(["2024-01-31"] * 6 + ["13/04/2024", "04/05/2024"], "joined_date")
    assert values[6:] == [day(2024, 4, 13), day(2024, 5, 4)]


BOTH_ORDERS = ["31/01/2024", "01/31/2024", "05/05/2024", "04/05/2024"] * 3


def test_dates_of_both_orders_are_read_where_only_one_of_them_fits(column):
    kind, values, problems = column(BOTH_ORDERS, "joined_date")
    assert (kind, values) == ("date", [day(2024, 1, 31), day(2024, 1, 31), day(2024, 5, 5)] * 3)
    refused = [row for row, cell in problems if cell == "04/05/2024"]
    assert refused == [4, 8, 12]


def test_a_date_that_nothing_settles_is_refused_by_its_row(column):
    _, values, problems = column(["2024-01-31"] * 6 + ["04/05/2024"], "joined_date")
    assert (len(values), problems) == (6, [(7, "04/05/2024")])


def test_one_word_among_twenty_numbers_is_a_problem_of_its_row(column):
    kind, values, problems = column([str(n) for n in range(2, 21)] + ["oops"])
    assert (kind, len(values), problems) == ("number", 19, [(20, "oops")])


def test_many_words_among_numbers_are_a_category_or_text(column):
    assert column(["1", "2", "3", "a", "b", "c"] * 4)[0] == "category"


def test_a_number_without_a_percent_sign_among_those_with_one_is_refused(column):
    kind, values, problems = column(["10%", "20%", "30%", "40%", "0.5"])
    assert (kind, values, problems) == ("number", [10.0, 20.0, 30.0, 40.0], [(5, "0.5")])


def test_a_name_that_says_number_outvotes_a_few_words(column):
    kind, values, problems = column(["30", "31", "old"], "age")
    assert (kind, values, problems) == ("number", [30.0, 31.0], [(3, "old")])


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1_000", "1e999", "0x10", "12abc"])
def test_what_only_looks_like_a_number_is_none(column, cell):
    kind, values, problems = column(["1", "2", "3", "4", cell])
    assert kind == "number"
    assert all(math.isfinite(value) for value in values)
    assert problems == [(5, cell)]


def test_dates_that_fit_both_orders_are_remarked_on(tmp_path):
    path = tmp_path / "dates.csv"
    path.write_text("id,joined_on\n1,04/05/2021\n2,06/07/2021\n")
    _kinds, rows, checked = read(path, tmp_path / "staging")
    assert [row["joined_on"].day for row in rows] == [4, 6]
    assert [(each.cause, each.severity) for each in checked.problems] == [("ambiguous_date", "warning")]
    assert checked.rejected == 0


def test_dates_sorted_by_day_are_read_in_the_order_that_a_late_one_settles(column):
    days = [datetime(2024, 1, 1) + timedelta(days=place // 40) for place in range(4800)]  # noqa: DTZ001
    assert column([f"{day:%m/%d/%Y}" for day in days]) == ("date", days, [])


@pytest.mark.parametrize("cells", [["9007199254740993", "9007199254740995"], ["-12345678901234567890", "17"]])
def test_ids_too_long_for_a_number_keep_their_digits(column, cells):
    kind, values, problems = column(cells)
    assert (kind in ("text", "category"), values, problems) == (True, cells, [])


@pytest.mark.parametrize("cell", ["12345-01-01", "0999-12-31", "epoch", "infinity", "-infinity"])
def test_a_day_of_no_calendar_year_is_none(column, cell):
    kind, values, problems = column(["2024-01-31", "2024-02-01", "2024-02-02", "2024-02-03", cell])
    assert (kind, len(values), problems) == ("date", 4, [(5, cell)])


@pytest.mark.parametrize("cell", ["5'6", "1 3", "1 2345", "5 $ 6", "12'34"])
def test_separate_numbers_are_not_joined(column, cell):
    grouped = ["1'234.5", "1 234", "$ 1,234", "(1,234.5 kr.)", "-€2", "EUR 12,345,678"]
    values = [1234.5, 1234.0, 1234.0, -1234.5, -2.0, 12345678.0]
    assert column([*grouped, cell]) == ("number", values, [(7, cell)])


@pytest.mark.parametrize(
    ("other", "values"), [("2,50", [800.0, 1234.0, 12500.0, 2000.0]), ("2.50", [800.0, 1.234, 12.5, 2.0])]
)
def test_points_part_thousands_where_another_column_has_decimal_commas(tmp_path, other, values):
    path = tmp_path / "two.csv"
    cells = ["800", "1.234", "12.500", "2.000"]
    path.write_text("id;turnover;price\n" + "".join(f"k{place};{cell};{other}\n" for place, cell in enumerate(cells)))
    _kinds, rows, checked = read(path, tmp_path / "staging")
    assert ([row["turnover"] for row in rows], checked.problems) == (values, [])


def test_keys_that_a_spreadsheet_rounded_are_refused(tmp_path):
    path = tmp_path / "keys.csv"
    path.write_text("id;age\n1,23457E+11;30\n1E+11;31\n2.5E+12;32\nE+11;33\n")
    _kinds, rows, checked = read(path, tmp_path / "staging")
    assert ([row["customer_key"] for row in rows], checked.counts) == (["E+11"], {"rounded_key": 3})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("id;spend\na;1.234\nb;2.500\n", "read as 1.234. If 1,234 is meant: --decimal comma"),
        ('id,spend\na,"1,234"\nb,"2,500"\n', "read as 1,234. If 1.234 is meant: --decimal comma"),
        ("id;spend\na;1,234\nb;2,500\n", "read as 1.234. If 1,234 is meant: --decimal point"),
        ("id;spend;price\na;1.234;0.5\nb;2.500;7\n", None),
        ("id,spend\na,1.234\nb,2.500\n", None),
        ("id;spend\na;0.234\nb;2.500\n", None),
    ],
)
def test_numbers_of_which_nothing_tells_decimals_from_thousands_are_remarked_on(tmp_path, body, told):
    path = tmp_path / "numbers.csv"
    path.write_text(body)
    checked = read(path, tmp_path / "staging")[2]
    assert checked.counts == ({"ambiguous_number": 1} if told else {})
    assert all(each.expected.endswith(told) for each in checked.problems)


@pytest.mark.parametrize("few", [True, False])
def test_codes_among_numbers_are_remarked_on_where_they_are_damaged(column, monkeypatch, few):
    monkeypatch.setattr(sampling, "SAMPLE", 2000 if few else 100)
    cells = [str(number) for number in range(500)]
    assert column([*cells, "12345678901234567", "10000000000000000000"])[2] == [(501, "12345678901234567")]
    assert column([*cells, "0123", "0456", "0"])[2] == [(501, "0123"), (502, "0456")]


def test_formulas_without_a_value_are_counted(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "price", "spend"], ["a", 2, "=B2*2"], ["b", 3, "=B3*2"]):
        book.active.append(row)
    path = tmp_path / "formulas.xlsx"
    book.save(path)
    with opened(path, tmp_path / "staging", 1 << 30) as found:
        assert (found.empty_formulas, found.first_formula) == (2, "C2")


@pytest.mark.parametrize(
    ("first", "cells", "values"),
    [
        ("year", ["24/12/31", "23/01/15", "2022-05-06"], [day(2024, 12, 31), day(2023, 1, 15), day(2022, 5, 6)]),
        ("month", ["25/12/2024", "12/25/2024", "01/02/2024"], [day(2024, 12, 25), day(2024, 1, 2)]),
        ("day", ["12/25/2024", "x", "01/02/2024"], [day(2024, 2, 1)]),
    ],
)
def test_the_order_of_dates_that_was_said_holds_for_every_row(tmp_path, first, cells, values):
    path = tmp_path / "said.csv"
    path.write_text("id,joined\n" + "".join(f"k{place},{cell}\n" for place, cell in enumerate(cells)))
    kinds, rows, checked = read(path, tmp_path / "staging", Reading(dates={"joined": first}))
    assert (kinds["joined"], [row["joined"] for row in rows]) == ("date", values)
    assert checked.rejected == len(cells) - len(values)


@pytest.mark.parametrize("cells", [["12 Wintermonat 2024", "1 Brumaire"], ["241231", "250115"]])
def test_a_column_called_a_date_that_is_stored_as_something_else_is_remarked_on(column, cells):
    kind, _, problems = column(cells, "signup date")
    assert (kind != "date", problems) == (True, [(1, cells[0])])
    assert column(cells, "thing")[2] == []
