"""Rows as they are staged: trimmed, numbered, the blank left out and the torn kept aside."""

import pytest

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
