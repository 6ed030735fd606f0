"""The table prefix: with `tracker_`, the table of users is `tracker_users`.

The models are built with it, so a process has one, and it is given before they are loaded. This
module does not import SQLAlchemy.
"""

import os
import re

from trackercore.errors import InvalidTablePrefix, ModelsAlreadyLoaded

VARIABLE = "TRACKERCORE_TABLE_PREFIX"
"""The environment variable with the prefix."""

LONGEST_NAME = "ix_tasks_user_id_completed_completed_at_id"
"""The longest name of a table, constraint, index or sequence, without a prefix."""

MAX_LENGTH = 63 - len(LONGEST_NAME)
"""Of a prefix: PostgreSQL cuts longer names off, so that two may become the same."""

# Names of these characters are never quoted, and mean the same on every database.
_VALID = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED = ("pg_", "sqlite_")

_given: str | None = None
_in_use: str | None = None


def set_table_prefix(prefix: str) -> None:
    """Begin the names of all tables, constraints and indexes with a prefix, such as `tracker_`.

    Call it before anything of trackercore is used, best in your package's `__init__.py`. It wins
    over the environment variable `TRACKERCORE_TABLE_PREFIX`, which does the same, for the command
    line too. By default there is no prefix.

    Args:
        prefix: lower-case ASCII letters, digits and underscores, the first no digit; "" for none.

    Raises:
        InvalidTablePrefix: it has other characters, is too long, or begins with `pg_` or `sqlite_`,
            which the databases keep for themselves.
        ModelsAlreadyLoaded: the models have another prefix already.
    """
    global _given
    _check(prefix)
    if _in_use is not None and prefix != _in_use:
        raise ModelsAlreadyLoaded(_in_use, prefix)
    _given = prefix


def table_prefix() -> str:
    """The prefix, which cannot change from now on.

    Raises:
        InvalidTablePrefix: that of the environment variable is not valid.
    """
    global _in_use
    if _in_use is None:
        _in_use = _of_environment() if _given is None else _given
    return _in_use


def prefixed(name: str) -> str:
    """The name of a table in the database."""
    return table_prefix() + name


def _of_environment() -> str:
    prefix = os.environ.get(VARIABLE, "")
    _check(prefix, VARIABLE)
    return prefix


def _check(prefix: str, variable: str | None = None) -> None:
    is_valid = prefix == "" or _VALID.fullmatch(prefix)
    if not is_valid or prefix.startswith(_RESERVED) or len(prefix) > MAX_LENGTH:
        raise InvalidTablePrefix(prefix, MAX_LENGTH, variable)
