"""The email addresses of users on a distributed database, where no shard knows those of others.

The table `user_emails`, which is distributed by the address, keeps them unique in place of the
unique constraint of `users`. So a database is distributed if it has the one and not the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    SQLColumnExpression,
    Table,
    Text,
    and_,
    delete,
    false,
    insert,
    select,
    text,
)

from trackercore.backends.sql_names import qualified, quoted, schema_of
from trackercore.table_prefix import prefixed

# The three are in one schema, which need not be the first of the search path; its name is quoted
# already. As these functions read no table, they see what others have committed also in a
# transaction that began before.
IS_DISTRIBUTED = text("""(
    SELECT to_regclass(home || :emails) IS NOT NULL AND to_regclass(home || :unique_email) IS NULL
    FROM (
        SELECT schema || '.' AS home
        FROM pg_identify_object(CAST('pg_class' AS regclass), to_regclass(:users), 0) AS users
    ) AS found
)""")
"""The condition that the tables are distributed."""

_IS_DISTRIBUTED = select(IS_DISTRIBUTED)
_BY_CONNECTION = "trackercore_distributed"


@cache
def user_emails() -> Table:
    """The table: who has which address."""
    name = prefixed("user_emails")
    return Table(
        name,
        MetaData(),
        # Text: Citus finds the shard of a varchar(255) only for values that fit into it.
        Column("email", Text, nullable=False),
        Column("user_id", BigInteger, nullable=False),
        PrimaryKeyConstraint("email", name=f"pk_{name}"),
    )


def is_distributed(connection: Connection, schema: str | None = None) -> bool:
    """Whether the tables in a schema, by default the connection's, are distributed.

    It sees what others have committed also in a transaction that began before.
    """
    names = distribution_names(schema or schema_of(connection))
    return bool(connection.scalar(_IS_DISTRIBUTED, names))


def distribution_names(schema: str | None) -> dict[str, str]:
    """The parameters of `IS_DISTRIBUTED`, if the tables are in this schema."""
    users = prefixed("users")
    return {
        "users": qualified(users, schema),
        "emails": quoted(prefixed("user_emails")),
        "unique_email": quoted(f"uq_{users}_email"),  # its index
    }


def claim_email(connection: Connection, user_id: int, *, old: str | None, new: str | None) -> None:
    """What `Backend.claim_email` does on a distributed database."""
    # Not remembered: who missed the change would store addresses that nobody keeps unique.
    if not is_distributed(connection):
        return
    emails = user_emails()
    if old is not None:
        theirs = (emails.c.email == old, emails.c.user_id == user_id)
        if connection.execute(delete(emails).where(*theirs)).rowcount == 0:
            # Somebody else has changed it since it was read: each shard is asked for the other.
            connection.execute(delete(emails).where(emails.c.user_id == user_id))
    if new is not None:
        connection.execute(insert(emails), {"email": new, "user_id": user_id})


def has_email(
    connection: Connection,
    user_id: SQLColumnExpression[int],
    email: SQLColumnExpression[str],
    spellings: Sequence[str],
) -> ColumnElement[bool]:
    """What `Backend.has_email` returns on PostgreSQL."""
    if not _was_distributed(connection):
        return email.in_(spellings)
    emails = user_emails()
    for spelling in spellings:  # one shard after the other
        owner = connection.scalar(select(emails.c.user_id).where(emails.c.email == spelling))
        if owner is not None:
            return and_(user_id == owner, email == spelling)
    return false()


def _was_distributed(connection: Connection) -> bool:
    # Remembered: who missed the change finds users too, but looks into every shard.
    answers: dict[str | None, bool] = connection.info.setdefault(_BY_CONNECTION, {})
    schema = schema_of(connection)
    if schema not in answers:
        answers[schema] = is_distributed(connection)
    return answers[schema]
