"""Names as the database has them: the suite runs with a table prefix too, by `nox -s prefix`."""

from __future__ import annotations

import re

from sqlalchemy import TextClause, text

from trackercore.migrations import state
from trackercore.table_prefix import table_prefix


def short(name: str) -> str:
    """The name of a table of ours without the prefix."""
    return name.removeprefix(table_prefix())


_SHORT = "|".join(sorted(map(short, state.OUR_TABLES)))
# The place in a name where the prefix goes.
_BEFORE = re.compile(
    rf"\b(?:(?:ck|fk|ix|pk|uq)_(?=(?:{_SHORT})(?:_|\b))|(?=(?:{_SHORT})(?:_id_seq|_pkc)?\b))"
)


def named(text: str) -> str:
    """SQL, or what is printed, in which our tables, constraints and indexes have the prefix."""
    return _BEFORE.sub(lambda match: match[0] + table_prefix(), text)


def named_sql(statement: str) -> TextClause:
    """A statement that is written with the names without the prefix."""
    return text(named(statement))
