"""The root of the product's errors, and those of the store.

A message is one line: what, where, which value, and what to do.
"""


class KindredError(Exception):
    """Something the user can put right; the message is shown as it is."""


class DatabaseAddressError(KindredError):
    """The configured database address cannot be used."""


class SchemaError(KindredError):
    """The schema is not the one this version of the code was written for."""
