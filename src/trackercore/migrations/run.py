"""Running the revisions, and comparing tables with the models. Imports Alembic."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import (
    AdaptedConnection,
    CheckConstraint,
    Column,
    Connection,
    DefaultClause,
    Table,
    inspect,
)
from sqlalchemy.engine import Inspector
from sqlalchemy.engine.interfaces import ReflectedColumn

from trackercore.backends import backend_of
from trackercore.backends.owned_key import OwnedKey
from trackercore.errors import AlembicIsRunning, RevisionRefused
from trackercore.migrations import distribution, row_security, state
from trackercore.migrations.state import VERSION_TABLE
from trackercore.models import Base

_FOLDER = Path(__file__).parent
_ALEMBIC = threading.Lock()  # its `context` and `op` are globals
_VERBS = {"add": "missing", "remove": "not in the models"}


def upgrade(
    connection: Connection, revision: str | None = None, *, more_versions: Iterable[Path] = ()
) -> None:
    """Bring the tables to a revision, in the connection's transaction; secured ones stay so.

    Args:
        connection: in a transaction of `changing`.
        revision: where to stop; None is the newest.
        more_versions: folders with further revisions.
    """
    with _alembic_alone(connection), distribution.kept_distributed(connection):
        _run(_config(more_versions, connection=connection), revision or state.HEAD)
    row_security.renew(connection)


def script(dialect: str, start: str | None = None, schema: str | None = None) -> str:
    """The SQL that brings an empty database, or one at revision `start`, to the newest revision."""
    config = _config(dialect=dialect, schema=schema, is_new=start is None)
    config.output_buffer = written = io.StringIO()
    with _ALEMBIC:
        _run(config, f"{start or 'base'}:{state.HEAD}", sql=True)
    return written.getvalue()


def differences(connection: Connection) -> list[str]:
    """How the tables differ from the models, one line each."""
    options = {"version_table": VERSION_TABLE, "include_name": _is_modelled}
    compared = _compared(MigrationContext.configure(connection, opts=options))
    found = {*compared, *_not_compared_by_alembic(connection)}
    found -= {distribution.expected_difference(connection)}
    found.update(distribution.differences(connection), row_security.differences(connection))
    return sorted(found)


@contextmanager
def _alembic_alone(connection: Connection) -> Generator[None]:
    is_async = connection.dialect.is_async
    while not _ALEMBIC.acquire(blocking=not is_async):
        # A task of this thread may have the lock: let it run.
        driver = cast("AdaptedConnection", connection.connection.dbapi_connection)
        driver.run_async(lambda _: asyncio.sleep(0.01))
    try:
        yield
    finally:
        _ALEMBIC.release()


def _run(config: Config, revision: str, *, sql: bool = False) -> None:
    if getattr(context, "_proxy", None) is not None:
        raise AlembicIsRunning
    try:
        command.upgrade(config, revision, sql=sql)
    except CommandError as error:  # raised by a revision
        raise RevisionRefused(str(error)) from error


def _config(more_versions: Iterable[Path] = (), **attributes: object) -> Config:
    config = Config()
    folders = [state.VERSIONS, *more_versions]
    for option, value in {
        "script_location": str(_FOLDER),
        "path_separator": "newline",
        "version_locations": "\n".join(map(str, folders)),
    }.items():
        config.set_main_option(option, value.replace("%", "%%"))
    config.attributes.update(attributes)
    return config


def _is_modelled(name: str | None, type_: str, _parents: object) -> bool:
    return type_ != "table" or name in Base.metadata.tables


def _compared(migrations: MigrationContext) -> Iterator[str]:
    differences: list[Any] = compare_metadata(migrations, Base.metadata)
    for difference in differences:
        if not isinstance(difference[0], str):  # what is modified about one column
            for what, _, table, column, _, is_now, should_be in difference:
                aspect = what.removeprefix("modify_")
                if aspect == "default":
                    continue  # see below; Alembic before 1.18 looks for identities on SQLite
                yield f"column {table}.{column}: {aspect} is {is_now!r}, not {should_be!r}"
        else:
            what, *details = difference
            verb, _, kind = what.partition("_")
            yield f"{kind} {_name(details)} is {_VERBS[verb]}"


def _name(details: list[Any]) -> str:
    item = details[-1]
    table = details[1] if len(details) > 1 else getattr(item, "table", None)
    return f"{item.name}" if table is None else f"{table}.{item.name}"


def _not_compared_by_alembic(connection: Connection) -> Iterator[str]:
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    for name, table in Base.metadata.tables.items():
        if name not in present:
            continue
        yield from _about_keys(inspector, table)
        found = {check["name"]: check for check in inspector.get_check_constraints(name)}
        wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        yield from (f"check {name}.{check} is missing" for check in wanted - found.keys())
        yield from (f"check {name}.{check} is not in the models" for check in found.keys() - wanted)
        for check, details in found.items():
            if details.get("dialect_options", {}).get("not_valid"):
                yield f"check {name}.{check} is not validated"
        for column in inspector.get_columns(name):
            if column["name"] in table.columns:
                yield from _about_values(connection, name, column, table.columns[column["name"]])


def _about_keys(inspector: Inspector, table: Table) -> Iterator[str]:
    expected = table.primary_key.columns.keys()
    if inspector.dialect.name == "sqlite" and isinstance(table.primary_key, OwnedKey):
        unique = inspector.get_unique_constraints(table.name)
        if expected not in (constraint["column_names"] for constraint in unique):
            yield f"constraint UNIQUE ({', '.join(expected)}) of {table.name} is missing"
        expected = ["id"]
    key = inspector.get_pk_constraint(table.name)["constrained_columns"]
    if key != expected:
        yield f"primary key of {table.name} is {key}, not {expected}"


def _about_values(
    connection: Connection, table: str, found: ReflectedColumn, wanted: Column[Any]
) -> Iterator[str]:
    """Values that the database fills in."""
    name = f"column {table}.{wanted.name}"
    default = wanted.server_default
    text = str(default.arg) if isinstance(default, DefaultClause) else None
    expected = None if text is None else backend_of(connection).default_as_reflected(text)
    if (has := found["default"]) != expected:
        should = "" if text is None else f", not '{text}'"
        yield f"{name} has {'no default' if has is None else f'a default, {has}'}{should}"
    identity = found.get("identity")
    if wanted.identity is None or connection.dialect.name == "sqlite":
        return
    if identity is None:
        yield f"{name} is not GENERATED BY DEFAULT AS IDENTITY"
    elif identity["always"]:
        yield f"{name} is GENERATED ALWAYS, not BY DEFAULT"
