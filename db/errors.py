"""The root of the product's errors, and those of the store.

A message is one line: what, where, which value, and what to do.
"""


class KindredError(Exception):
    """Something the user can put right; the message is shown as it is."""


class DatabaseAddressError(KindredError):
    """The configured database address cannot be used."""


class SchemaError(KindredError):
    """The schema is not the one this version of the code was written for."""


class StoreError(KindredError):
    """The database refuses for now: full, read-only, locked for long, or gone."""


def as_store_error(error: BaseException) -> StoreError | None:
    """What a database says that refuses to work, as one line to act on; None: the fault lies elsewhere.

    Only complaints about the store as a whole are taken, and of those the first line: neither quotes a customer.
    """
    from sqlalchemy.exc import OperationalError

    if not isinstance(error, OperationalError) or getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR":
        return None
    first = str(error.orig).strip().splitlines()[0]
    if "disk is full" in first or "No space left" in first:
        return StoreError(f"the disk of the database is full ({first}); free some space, then try again")
    return StoreError(
        f"the database cannot be used ({first}); see to its disk space, its rights and KINDRED_DATABASE_URL, "
        "then try again"
    )
