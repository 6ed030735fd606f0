"""Rebuilding a table of SQLite, for the changes that its ALTER TABLE cannot make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import context, op
from alembic.util import CommandError
from sqlalchemy.schema import SchemaItem


def rebuild_table(
    name: str, columns: Sequence[str], *items: SchemaItem, indexes: Mapping[str, Sequence[str]]
) -> None:
    """Replace a table by a copy, for a revision on SQLite.

    No id is given out again, and indexes and triggers that a host made are kept. The steps are
    those of https://www.sqlite.org/lang_altertable.html#otheralter. A revision begins with this,
    because a host's Alembic may commit each statement.

    Args:
        name: of the table.
        columns: those that the revisions before have made. They are copied.
        items: columns and constraints of the new table, which has an `OwnedKey`.
        indexes: those of trackercore's, by name; the columns of each.

    Raises:
        CommandError: foreign keys are on, or a host has added columns.
    """
    of_host = [] if context.is_offline_mode() else _of_host(op.get_bind(), name, columns, indexes)
    new = f"trackercore_new_{name}"
    op.create_table(new, *items)
    copied = ", ".join(columns)
    for statement in (
        f"INSERT INTO {new} ({copied}) SELECT {copied} FROM {name}",
        # The last id that was given out; its row may have been deleted.
        f"DELETE FROM sqlite_sequence WHERE name = '{new}'",
        (
            "INSERT INTO sqlite_sequence (name, seq)"
            f" SELECT '{new}', seq FROM sqlite_sequence WHERE name = '{name}'"
        ),
        f"DROP TABLE {name}",
        # Otherwise RENAME fails if a view of the host's reads from the table.
        "PRAGMA legacy_alter_table=ON",
        f"ALTER TABLE {new} RENAME TO {name}",
        "PRAGMA legacy_alter_table=OFF",
    ):
        op.execute(statement)
    for index, indexed in indexes.items():
        op.create_index(index, name, list(indexed))
    for statement in of_host:
        op.get_bind().exec_driver_sql(statement)


def _of_host(
    connection: sa.Connection, name: str, columns: Sequence[str], indexes: Mapping[str, object]
) -> list[str]:
    """The SQL of a host's indexes and triggers; raises where something would get lost."""
    if connection.scalar(sa.text("PRAGMA foreign_keys")):
        raise CommandError(
            f"nothing was changed: with foreign keys on, SQLite would delete what refers to {name}"
            " while the table is rebuilt. Let Database.upgrade or `python -m trackercore upgrade`"
            " do it, or execute PRAGMA foreign_keys=OFF before Alembic begins its transaction"
        )
    present = connection.scalars(
        sa.text("SELECT name FROM pragma_table_xinfo(:name)"), {"name": name}
    )
    if unknown := sorted(set(present) - set(columns)):
        raise CommandError(
            f"nothing was changed: SQLite has to rebuild {name}, which would lose columns that"
            f" trackercore did not make: {', '.join(unknown)}. Move them to a table of your own"
        )
    statements = connection.execute(
        sa.text(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL"
            " AND type IN ('index', 'trigger') ORDER BY type, name"
        ),
        {"name": name},
    )
    return [sql for made, sql in statements if made not in indexes]
