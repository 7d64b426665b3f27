"""Which row names the columns, and what stands above and below it."""

import pytest

from segmentation.ingest.layout import lay_out

ROWS = "".join(f"{number},{number}{number},{number}00\n" for number in range(2, 10))


@pytest.mark.parametrize("first", ["1,NULL,NULL", "1,#N/A,#N/A", "x,unknown,none", "C1,some,words", "1,a,b"])
def test_a_first_customer_without_values_is_no_second_header(first):
    rows = ROWS if not first.startswith("C") else "".join(f"C{row}\n" for row in ROWS.splitlines())
    found = lay_out(f"id,age,income\n{first}\n{rows}")
    assert (found.header_row, found.second_header, found.description) == (1, False, "")


def test_a_second_header_is_told_with_its_words():
    found = lay_out(f"id,age,income\nnumber,years,euros\n{ROWS}")
    assert (found.header_row, found.second_header, found.description) == (2, True, "number,years,euros")
    assert lay_out(f"id,age,income\nnumber,years,euros\n{ROWS}", second_header=True).description == ""


@pytest.mark.parametrize("mark", [",", ";", "|", "\t"])
def test_a_line_that_tells_the_separator_names_no_columns(mark):
    for width in (2, 3):
        names = ("id", "age", "city")[:width]
        body = "".join(mark.join(("1", "30", "Ghent")[:width]) + "\n" for _ in range(3))
        found = lay_out(f"sep={mark}\n{mark.join(names)}\n{body}")
        assert (found.delimiter, found.header, found.header_row) == (mark, names, 2)


def test_a_sentence_as_wide_as_the_table_names_no_columns():
    assert lay_out("Customers of the shop, May 2024\nid,age\n1,30\n2,40\n").header == ("id", "age")
    assert lay_out("id, age\n1,30\n2,40\n").header == ("id", "age")
