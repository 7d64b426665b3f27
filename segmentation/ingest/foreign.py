"""Files that are no text tables, told by how they begin."""

import re

from segmentation.errors import BadFileError

_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a SQLite database"),
    (b"{\\rtf", "a document of a word processor (RTF)"),
)
_MARKUP = (
    (re.compile(rb"<(!doctype html|html|head|body|meta|table|style|script)\b", re.IGNORECASE), "a web page (HTML)"),
    (re.compile(rb"<\?xml\b"), "an XML document"),
    (re.compile(rb'\[\s*[\[{]|\{\s*"[^"\n]*"\s*:'), "JSON"),
)


def refuse_foreign(head: bytes, shown: str) -> None:
    """BadFileError where a file that begins like this is a document or archive of another kind; messages say `shown`.

    >>> refuse_foreign(b'[{"id": 1}]', "a.csv")
    Traceback (most recent call last):
    ...
    segmentation.errors.BadFileError: a.csv is JSON, not a table of text; save the table as CSV (UTF-8) and import that
    """
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise BadFileError(f"{shown} is {what}, not text; save the table as CSV (UTF-8) and import that")
    text = head[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    for beginning, what in _MARKUP:
        if beginning.match(text):
            raise BadFileError(f"{shown} is {what}, not a table of text; save the table as CSV (UTF-8) and import that")
