"""What the user chooses about the way a file is written, instead of what was detected."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segmentation.errors import BadFileError
from segmentation.ingest.layout import DELIMITERS
from segmentation.ingest.numbers import MARKS
from segmentation.ingest.repairs import QUOTES

_NO_TEXTS = frozenset({"punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape"})  # Python's own


@dataclass(frozen=True)
class Reading:
    """What the user chose instead of the guesses; None leaves the guess.

    ``header_row`` counts from 1 (0: no row names the columns); ``second_header`` says whether the row below describes
    the columns too. ``delimiter`` " " means runs of blanks; ``quote`` is '"', "'" or "none"; ``decimal`` "." or ",";
    ``thousands`` ",", ".", " ", "'" or "none"; ``dates`` says by header what comes first: "day", "month" or "year".
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    decimal: str | None = None
    quote: str | None = None
    thousands: str | None = None
    second_header: bool | None = None
    dates: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known: dict[str, tuple[object, ...]] = {
            "delimiter": (None, " ", *DELIMITERS),
            "decimal": (None, ".", ","),
            "quote": (None, *QUOTES),
        }
        known |= {"thousands": (None, *MARKS), "second_header": (None, True, False)}
        for name, values in known.items():
            if getattr(self, name) not in values:
                raise BadFileError(f"{name} {getattr(self, name)!r} is not possible; use one of {list(values[1:])}")
        if self.decimal is not None and self.decimal == self.thousands:
            raise BadFileError(
                f"{self.decimal!r} cannot mark both decimals and thousands; choose another for one of them"
            )
        if self.header_row == 0 and self.second_header:
            raise BadFileError("where no row names the columns there is no second header row; choose one of the two")
        if unknown := set(self.dates.values()) - {"day", "month", "year"}:
            raise BadFileError(f"a date cannot begin with {sorted(unknown)[0]!r}; use day, month or year")
        try:
            name = codecs.lookup(self.encoding or "utf-8").name
            "".encode("hex" if name in _NO_TEXTS else name)  # a LookupError where bytes are made of bytes
        except LookupError:
            raise BadFileError(
                f"there is no encoding {self.encoding!r} of texts; use utf-8, cp1252 or cp850, say"
            ) from None

    @classmethod
    def of(cls, choices: Mapping[str, Any] | None) -> "Reading":
        """From JSON; BadFileError names a key that is not one."""
        if unknown := set(choices or {}) - set(cls.__dataclass_fields__):
            raise BadFileError(f"{sorted(unknown)[0]!r} is no choice; possible: {', '.join(cls.__dataclass_fields__)}")
        return cls(**(choices or {}))


AS_DETECTED = Reading()
