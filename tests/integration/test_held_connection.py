"""A connection held through several transactions lets the store go, however its work ends."""

import pytest
from sqlalchemy import event, text

from db.session import Database


def test_an_interrupted_statement_leaves_no_lock_behind(database):
    def interrupt(_cursor, statement, *_):
        if "interrupted here" in statement:
            raise KeyboardInterrupt

    def work():
        with database.held() as held, held.writing() as session:
            session.execute(text("CREATE TABLE half_done (id INTEGER)"))
            session.execute(text("SELECT 1 /* interrupted here */"))

    event.listen(database.engine, "do_execute", interrupt)
    with pytest.raises(KeyboardInterrupt) as kept:
        work()
    # `kept` keeps the frames, and what they hold, alive: as the command that closes its job does
    other = Database(database.url)
    with other.writing() as session:
        session.connection().exec_driver_sql(
            "PRAGMA busy_timeout=500" if other.is_sqlite else "SET LOCAL lock_timeout = '500ms'"
        )
        session.execute(text("CREATE TABLE half_done (id INTEGER)"))
    other.dispose()
    assert kept
