"""A file's encoding, delimiter and header are found from its bytes."""

import codecs

import pytest

from segmentation.errors import BadFileError
from segmentation.ingest.dialect import detect
from segmentation.ingest.reading import Reading


@pytest.fixture
def file(tmp_path):
    def write(body, encoding="utf-8"):
        path = tmp_path / "file.csv"
        path.write_bytes(body if isinstance(body, bytes) else body.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_that_cuts_every_row_alike_is_taken(file, delimiter):
    rows = [["id", "name", "spend"], ["1", "Ann", "2.5"], ["2", "Bob", "3.5"]]
    found = detect(file("\n".join(delimiter.join(row) for row in rows)))
    assert (found.delimiter, found.header, found.header_row) == (delimiter, ("id", "name", "spend"), 1)


def test_decimal_commas_and_quoted_commas_are_no_delimiters(file):
    assert detect(file('id;name;spend\n1;"Ann, B.";2,5\n2;Bob, C.;3,5\n')).delimiter == ";"


def test_one_column_is_a_table_too(file):
    found = detect(file("id\n1\n2\n"))
    assert found.header == ("id",)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_encodings_are_recognised(file, encoding, name):
    found = detect(file("id,Größe\n1,Gent é\n2,Zoë\n", encoding))
    assert (found.encoding, found.header) == (name, ("id", "Größe"))


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("cp1252", "id;name;umsatz\n1;Müller;€ 1.234,50\n2;Jäger;€ 12,00\n3;Anna;€ 5,10\n4;Otto;€ 7,00\n"),
        ("cp1252", "id,name,spend\n1,Smith,£20.50\n2,Jones,£3\n3,Miller,£ 4.10\n"),
        ("cp1252", "id;name;spend\n1;Smith;20,50 €\n2;Jones;3€\n"),
        ("cp1252", "id,note\n1,“fine” he said\n2,it’s ok\n3,O’Brien\n"),
        ("cp850", "id;name;umsatz\n1;Müller;12\n2;Jäger;5\n3;Groß;7\n"),
        ("cp850", "id;ville;note\n1;Orléans;à voir\n2;Bézier;été\n3;Nîmes;prêt à porter\n"),
        ("cp852", "id;miasto\n1;Łódź\n2;Kraków\n3;Świętek\n4;Żółć\n"),
        ("cp437", "id;name;betrag\n1;Müller;12\n2;François;5\n3;Peña;7\n"),
        ("cp1250", "id,név\n1,Kovács Győző\n2,Szűcs Ödön\n3,Tóth Ágnes\n"),
        ("cp1250", "id,ime\n1,Horvat\n2,Babić\n3,Đurić\n4,Šimić\n"),
        ("cp1254", "id,ad\n1,Yılmaz\n2,Işık\n3,Kaya\n"),
        ("cp1257", "id,vardas\n1,Žukauskas\n2,Kęstutis\n3,Šarūnas\n"),
        ("cp1257", "id,vārds\n1,Bērziņš\n2,Kalniņš\n3,Liepāja\n"),
        ("cp1252", "id,nafn\n1,Þór\n2,Guðmundsson\n3,Sigurður\n4,Ásta\n"),
        ("mac-roman", "id,name\n1,Müller\n2,François\n3,Zoë\n4,Peña\n5,Åsa\n"),
        ("iso8859-2", "id,nazwisko\n1,Łukasz\n2,Świętek\n3,Żak\n4,Wójcik\n"),
    ],
)
def test_signs_and_quotes_tell_the_code_page(file, encoding, body):
    found = detect(file(body, encoding))
    assert body.encode(encoding).decode(found.encoding) == body


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            "id,name\n1,Zoë\n2,Müller\n".encode() + b"3,Zo\xeb\n4,Ann\n",
            r"^line 4 of .* is not UTF-8 as the others are \('3,Zo�'\)",
        ),
        ("id,name\n1,Zoë\n2,Müller".encode()[:-5] + b"\xc3", "^line 3 "),
        ("id,name\n1,Zoë\n".encode() + b"2,Ann\n" * 200_000 + b"3,Zo\xeb\n", "^line 200,003 "),
    ],
    ids=["a line of another program", "cut within a letter", "far behind"],
)
def test_a_damaged_line_of_a_utf_8_file_is_named_and_no_other_code_page_taken(file, body, line):
    with pytest.raises(BadFileError, match=line):
        detect(file(body))


def test_quotation_marks_of_one_stroke_are_seen(file):
    found = detect(file("id,name,age\n'1','Ann, B','30'\n'2','Bob','40'\n"))
    assert (found.quote, found.header) == ("'", ("id", "name", "age"))
    assert detect(file("id,name\n1,O'Brien\n2,'t Hart\n")).quote == '"'


@pytest.mark.parametrize("body", ["1,Ann,30\n2,Bob,40\n", "Ann;2,5\nBob;3,5\n", "1,2024-01-31,x\n2,2024-02-01,y\n"])
def test_a_first_row_that_is_written_like_the_others_names_no_columns(file, body):
    found = detect(file(body))
    assert (found.header_row, found.header[0]) == (0, "column_1")


@pytest.mark.parametrize("header", ["city,2019,2020", "city,1,2", "city,2019", "city,2024-01,2024-02"])
def test_names_that_are_numbers_are_names(file, header):
    body = "".join(f"Ghent{',5' * header.count(',')}\n" for _ in range(3))
    assert detect(file(f"{header}\n{body}")).header == tuple(header.split(","))


def test_a_dos_code_page_is_not_taken_for_windows(file):
    found = detect(file("id,stadt\n" + "".join(f"{n},Düsseldorf Köln Zürich\n" for n in range(40)), "cp850"))
    assert found.encoding != "cp1252"


def test_headers_that_repeat_or_are_empty_get_names(file):
    assert detect(file("id,age,Age,,\n1,2,3,4,5\n")).header == ("id", "age", "Age_2", "column_4", "column_5")


def test_rows_of_numbers_alone_have_no_header(file):
    found = detect(file("1,20,3.5\n2,30,4.5\n"))
    assert (found.header, found.header_row) == (("column_1", "column_2", "column_3"), 0)


def test_blank_lines_above_the_header_are_passed_over(file):
    found = detect(file("\n\nid,age\n1,2\n"))
    assert (found.header, found.header_row) == (("id", "age"), 3)


def test_a_header_longer_than_the_sample_is_read_whole(file):
    names = tuple(f"name_{'x' * 60}_{number}" for number in range(5_000))
    row = ",".join("1" * len(names))
    for above in ("", "About this file\n"):
        assert detect(file(f"{above}{','.join(names)}\n{row}\n")).header == names
    name = "y" * 140_000
    assert detect(file(f"id,{name}\n1,2\n")).header == ("id", name)


@pytest.mark.parametrize("encoding", ["hex", "punycode", "undefined", "idna", "utf-9"])
def test_what_is_no_encoding_of_texts_is_refused(encoding):
    with pytest.raises(BadFileError, match=f"no encoding '{encoding}'"):
        Reading(encoding=encoding)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\x1f\x8babc", "is a gzip archive"),
        (b"%PDF-1.7", "is a PDF document"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html><td>id</td></html>\n", r"is a web page \(HTML\)"),
        (b'<?xml version="1.0"?>\n<rows/>\n', "is an XML document"),
        (b'[{"id": 1},\n {"id": 2}]\n', "is JSON"),
        (b'{"id": 1}\n{"id": 2}\n', "is JSON"),
        (b"{\\rtf1 id,name\\par}", "is a document of a word processor"),
        (b"id,a\n\x00\x01\x02", r"\.csv is not a text table .*a picture"),
        (codecs.BOM_UTF8, "is empty"),
        (b"  \n \n", "is empty"),
    ],
)
def test_what_is_no_table_is_refused(file, body, message):
    with pytest.raises(BadFileError, match=message):
        detect(file(body))
