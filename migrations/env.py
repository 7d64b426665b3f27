"""Alembic's entry: one connection, one transaction, the tables of ``db.models``."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from db import models  # noqa: F401  (registers the tables)
from db.base import Base, UtcDateTime
from db.session import make_engine, normalised_url

MADE_AT_RUN_TIME = (
    "customers_",
    "customer_before_",
    "transactions_",
)  # a dataset's own tables: not Alembic's to compare
UPGRADE_LOCK = 5_463_646  # any constant: two hosts that upgrade at once take turns


def include_name(name: str | None, type_: str, _parent_names: Any) -> bool:
    return not (type_ == "table" and name is not None and name.startswith(MADE_AT_RUN_TIME))


def render_item(type_: str, item: Any, _autogen_context: Any) -> str | Literal[False]:
    """A revision stands on its own: it names library types only."""
    return "sa.DateTime(timezone=True)" if type_ == "type" and isinstance(item, UtcDateTime) else False


engine = make_engine(
    normalised_url(str(context.config.get_main_option("sqlalchemy.url"))),
    foreign_keys=False,
)
with engine.execution_options(writes=True).connect() as connection:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=include_name,
        render_item=render_item,
        render_as_batch=True,
        compare_server_default=True,
        autogenerate_plugins=[
            "alembic.autogenerate.*",
            "alembic.ext.checkconstraint_byname",
        ],
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
