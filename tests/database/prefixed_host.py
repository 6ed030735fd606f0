"""A host's process that uses trackercore with a table prefix: see test_table_prefix.py.

It gets the URL, the schema or "", what creates the tables, and a prefix to set by a call or "". It
prints the tables as JSON.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress

from trackercore import set_table_prefix

url, schema, creates, prefix = sys.argv[1:]
if prefix:
    set_table_prefix(prefix)

from alembic.autogenerate import compare_metadata  # noqa: E402 - the models have the prefix
from alembic.migration import MigrationContext  # noqa: E402
from sqlalchemy import BigInteger, ForeignKey, MetaData  # noqa: E402
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship  # noqa: E402

from tests.migrations import catalogue  # noqa: E402
from trackercore import Conflict, Database, User, UserCreate, users  # noqa: E402
from trackercore.migrations import include_name, state  # noqa: E402
from trackercore.migrations.transaction import reading  # noqa: E402
from trackercore.table_prefix import table_prefix  # noqa: E402


class Host(DeclarativeBase):
    """The host's own."""

    metadata = MetaData()


class Account(Host):
    """Somebody who signs in."""

    __tablename__ = f"{table_prefix()}accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(User.id, ondelete="CASCADE"))
    user: Mapped[User] = relationship(User)


database = Database(url, schema=schema or None)
if creates == "init":
    database.init()
database.upgrade()
assert database.revision() == state.HEAD
assert database.differences() == []

with database.session() as session:
    users.create(session, UserCreate(email="grace@example.com"))
    with suppress(Conflict):  # by the name of the constraint
        users.create(session, UserCreate(email="grace@example.com"))

if not schema:
    Host.metadata.create_all(database.engine)
    with database.session() as session:
        grace = users.find_by_email(session, "grace@example.com")
        session.add(Account(user=grace))
    with database.session() as session:
        assert session.get_one(Account, 1).user.email == "grace@example.com"
    assert database.differences() == []
    with database.engine.connect() as connection:
        # What else is there is another host's, so only what is ours would be a fault.
        options = {"include_name": include_name}
        context = MigrationContext.configure(connection, opts=options)
        changes = [str(change) for change in compare_metadata(context, Host.metadata)]
    assert not [change for change in changes if f"'{table_prefix()}" in change], changes

with reading(database.engine, schema or None) as connection:
    tables = catalogue.describe(connection)
database.dispose()
sys.stdout.write(json.dumps(tables))
