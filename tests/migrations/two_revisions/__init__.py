"""A past and a newest revision, for tests of what happens to tables that are out of date.

trackercore_0001 makes the tables as they might have been, without what is listed here;
trackercore_0002 leads from there to those of the models. SQLite has to rebuild `sessions` for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Column, Constraint, ForeignKeyConstraint, MetaData, Table

from trackercore import Base, Database
from trackercore.migrations import run, state
from trackercore.migrations.transaction import changing
from trackercore.table_prefix import prefixed

VERSIONS = Path(__file__).parent / "versions"
OLDEST, NEWEST = REVISIONS = ("trackercore_0001", "trackercore_0002")

NEW_TABLES = tuple(map(prefixed, ("habit_pauses", "timers", "study_goals", "session_tags")))
HABITS, SESSIONS = prefixed("habits"), prefixed("sessions")
NEW_ON_HABITS = "archived_on"
NEW_ON_SESSIONS = ("started_at", "ended_at", "part_of")


def install(patch: pytest.MonkeyPatch | None = None) -> None:
    """Let trackercore have these revisions, until the patch is undone or the process ends."""
    patch = patch or pytest.MonkeyPatch()
    patch.setattr(state, "VERSIONS", VERSIONS)
    patch.setattr(state, "REVISIONS", REVISIONS)
    patch.setattr(state, "HEAD", NEWEST)


def make_old_tables(database: Database) -> None:
    with changing(database.engine) as connection:
        run.upgrade(connection, OLDEST)


def modelled(name: str) -> Table:
    """A copy of a table of the models."""
    copy = MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(copy)
    return copy.tables[name]


def is_new(item: Column[object] | Constraint) -> bool:
    """Whether a column or constraint of `sessions` comes with the second revision."""
    if isinstance(item, Column):
        return item.name in NEW_ON_SESSIONS
    if isinstance(item, CheckConstraint):
        return any(name in str(item.sqltext) for name in NEW_ON_SESSIONS)
    return isinstance(item, ForeignKeyConstraint) and "part_of" in item.column_keys


def indexes(table: Table) -> dict[str, list[str]]:
    """The columns of each index, by name."""
    ordered = sorted(table.indexes, key=lambda index: str(index.name))
    return {str(index.name): index.columns.keys() for index in ordered}


def indexes_of_sessions(*, new: bool) -> dict[str, list[str]]:
    """Those that come with the second revision, or those that do not."""
    return {
        name: columns
        for name, columns in indexes(modelled(SESSIONS)).items()
        if new == any(column in columns for column in NEW_ON_SESSIONS)
    }


def items(table: Table) -> Iterator[Column[object] | Constraint]:
    """Columns and constraints, as a revision has them."""
    yield from table.columns
    for item in sorted(table.constraints, key=lambda item: str(item.name)):
        if isinstance(item, ForeignKeyConstraint):  # refers to tables by name, also to its own
            names = [element.target_fullname for element in item.elements]
            yield ForeignKeyConstraint(
                item.column_keys, names, name=item.name, ondelete=item.ondelete
            )
        else:
            yield item
