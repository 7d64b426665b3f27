"""The mark of customers that a whole file no longer names; a flag of the dataset like any other, but the product's own.

It says who is absent from a file, not who they are: models leave it out, profiles show it.
"""

from typing import Any

NAME, LABEL = "gone", "Gone"
HEADER = "gone (absent from a file)"  # in an export; a file that brings it back decides itself who is gone


def is_mark(attribute: Any) -> bool:
    """Is this attribute the mark?"""
    return getattr(attribute, "source_header", None) == HEADER and attribute.kind == "flag"
