"""Rows as they are staged: trimmed, numbered, the blank left out and the torn kept aside."""

import pytest

from segmentation.errors import BadFileError
from segmentation.ingest import dialect
from segmentation.ingest import staging as module
from segmentation.ingest.dialect import detect
from segmentation.ingest.staging import staged

ODD = 'id;name;spend\n1; Ann\u00a0;1,5\n2;\'=cmd;n/a\n\n3;torn\n4;"two\nlines";\n;;\n5;\u00a0;7\n'


@pytest.mark.parametrize("large", [0, 1 << 24], ids=["of a large file", "of a small file"])
def test_rows_are_staged_trimmed_and_numbered(tmp_path, monkeypatch, large):
    monkeypatch.setattr(module, "LARGE", large)
    path = tmp_path / "file.csv"
    path.write_text(ODD, encoding="utf-8")
    with staged(path, detect(path), tmp_path / "the analyst's folder") as staging:
        assert staging.rows_of("FROM staged ORDER BY row_number") == [
            (1, "1", "Ann", "1,5"),
            (2, "2", "=cmd", None),
            (5, "4", "two\nlines", None),
            (7, "5", None, "7"),
        ]
        assert (staging.rows, staging.blank_rows, staging.last_row) == (4, 2, 7)
        assert [(row.row, row.found) for row in staging.ragged] == [(4, 2)]
    assert not list((tmp_path / "the analyst's folder").iterdir())


def _noted(notes):
    return "id,age,note\n" + "".join(f"{n},{n + 20},{note}\n" for n, note in enumerate(notes, start=1))


def _run(tmp_path, body):
    path = tmp_path / "file.csv"
    path.write_text(body, encoding="utf-8")
    with staged(path, detect(path), tmp_path / "work") as staging:
        return staging.rows, [(row.row, row.lines) for row in staging.ragged]


def test_rows_swallowed_by_a_quotation_mark_are_set_aside(tmp_path):
    notes = ["fine", '"bad', *["fine"] * 17, '"ok"', *["fine"] * 39]
    assert _run(tmp_path, _noted(notes)) == (40, [(2, 19)])
    notes = [f'"note {n}"' for n in range(100)]
    notes[49] = '"note'
    assert _run(tmp_path, _noted(notes)) == (98, [(50, 2)])
    assert _run(tmp_path, _noted(["fine", '"bad', "fine", 'cut"', "fine"])) == (2, [(2, 3)])


def test_a_mark_never_closed_in_a_short_file_is_named(tmp_path):
    assert _run(tmp_path, 'id,name,age\n1,"Ann,30\n2,Bob,40\n3,Cy,50\n') == (0, [(1, 3)])


def test_delimiters_behind_the_last_cell_and_the_end_of_a_dos_file_are_no_cells(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b'id,name,age\n1,Ann,30\n2,"Bob, C",40,\n3,Cy,50, ,\n4,Di,60,x\n\x1a')
    with staged(path, detect(path), tmp_path / "work") as staging:
        assert staging.rows_of("FROM staged ORDER BY row_number") == [
            (1, "1", "Ann", "30"),
            (2, "2", "Bob, C", "40"),
            (3, "3", "Cy", "50"),
        ]
        assert [row.row for row in staging.ragged] == [4]


def test_genuine_texts_of_several_lines_stay(tmp_path):
    long = '"' + "Dear, all,\n" * 40 + 'he said ""yes"", so"'
    assert _run(tmp_path, _noted(["fine", '"Dear Ann\nthanks, yes, again\n4"" wide"', long])) == (3, [])
    middle = "id,note,age\n1,x,30\n2," + long + ",40\n"
    assert _run(tmp_path, middle) == (2, [])


@pytest.mark.parametrize(("end", "message"), [('"', "cell with line breaks of more than 16 MB"), ("", "never closed")])
def test_a_cell_too_long_is_not_called_unclosed(tmp_path, monkeypatch, end, message):
    monkeypatch.setattr(dialect, "LARGEST_CELL", 1 << 20)
    body = 'id,age,note\n1,30,fine\n2,40,"' + 'He said ""yes"".\n' * 700_000 + end
    with pytest.raises(BadFileError, match=message):
        _run(tmp_path, body)


def test_a_cell_of_ten_megabytes_in_an_early_row_is_read_whole(tmp_path):
    body = 'id;age;note\n1;30;fine\n2;40;"' + 'He said, ""yes"", so.\n' * 500_000 + '"\n3;50;fine\n4;60;fine\n'
    assert _run(tmp_path, body) == (4, [])


def test_heaps_of_a_wide_file_arrive_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WIDE", 1)
    monkeypatch.setattr(module, "WIDE_BYTES", 1)
    monkeypatch.setattr(module, "BLOCK", 64)
    path = tmp_path / "wide.csv"
    path.write_text("id,age\n" + "".join(f"C{row},{row}\n" for row in range(100)))
    with staged(path, detect(path), tmp_path) as staging:
        assert staging.rows_of("SELECT count(*), sum(CAST(c1 AS INT)), max(row_number) FROM staged") == [
            (100, 4950, 100)
        ]
