"""Which tables Citus distributes, by which column, and how they get there.

`users` is distributed by `id` and every other table by `user_id`, so all rows of a user are on one
worker. The tables of the revision and of rejected rows stay local.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    Table,
    event,
    func,
    inspect,
    select,
    table,
    text,
)

from trackercore.backends.user_emails import is_distributed, user_emails
from trackercore.errors import (
    CitusNotFound,
    DistributedOtherwise,
    KeysWithoutOwner,
    TablesReferToOurs,
    UnmanagedSchema,
)
from trackercore.migrations import emails
from trackercore.models import Base, User
from trackercore.table_prefix import table_prefix

_log = logging.getLogger("trackercore.citus")

_USERS = User.__tablename__

_HAS_CITUS = text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')")

# To change keys and distribute tables in one transaction takes one connection to each worker.
_ONE_BY_ONE = text("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'")

_DISTRIBUTE = text(
    "SELECT create_distributed_table(:name, :column, colocate_with => :together_with)"
)
_TRUNCATE = text("SELECT truncate_local_data_after_distributing_table(:name)")

# A local table may be among Citus' tables too, as one that refers to a reference table.
_PLACES = text(
    """
    SELECT relname AS name, colocationid AS colocation,
        CASE WHEN partmethod = 'h' THEN column_to_column_name(logicalrelid, partkey) END AS column
    FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = COALESCE(:schema, current_schema()) AND relname = ANY (:names)
    AND NOT (partmethod = 'n' AND repmodel = 's' AND colocationid = 0)
    """
)

_SCHEMA_IF_SHARD = text(
    """
    SELECT nspname FROM pg_dist_schema JOIN pg_namespace ON pg_namespace.oid = schemaid
    WHERE nspname = current_schema()
    """
)

# The group of the coordinator is 0.
_SHARDS = text(
    """
    SELECT count(DISTINCT shardid) AS shards,
        count(DISTINCT groupid) FILTER (WHERE groupid <> 0) AS workers
    FROM pg_dist_shard JOIN pg_dist_placement USING (shardid)
    WHERE logicalrelid = CAST(:name AS regclass)
    """
)

_OTHERS_KEYS = text(
    """
    SELECT conrelid::regclass || '.' || quote_ident(conname) FROM pg_constraint
    WHERE contype = 'f' AND confrelid = ANY (CAST(:names AS regclass[]))
    AND conrelid <> ALL (CAST(:names AS regclass[])) AND conparentid = 0 ORDER BY 1
    """
)

_KEYS_WITHOUT = text(
    """
    SELECT owned.relname || '.' || key.relname FROM pg_index
    JOIN pg_class AS owned ON owned.oid = indrelid JOIN pg_class AS key ON key.oid = indexrelid
    JOIN pg_attribute ON attrelid = indrelid AND attname = :column
    WHERE indisunique AND indrelid = CAST(:name AS regclass) AND attnum <> ALL (indkey)
    AND key.relname <> :allowed ORDER BY 1
    """
)


class Distributed(NamedTuple):
    """A table and the column by which it is distributed."""

    table: Table
    column: str


def order() -> tuple[Distributed, ...]:
    """Every table of the models, those that others refer to first."""
    return tuple(
        Distributed(each, "id" if each.name == _USERS else "user_id")
        for each in Base.metadata.sorted_tables
    )


class Done(NamedTuple):
    """What `distribute` did: the attributes of `citus.DistributeReport`."""

    rows: dict[str, int]
    emails_added: int
    emails_removed: int
    shards: int
    workers: int


class _Place(NamedTuple):
    """How Citus keeps a table: by which column, if it is one, and with which others."""

    column: str | None
    colocation: int


def has_citus(connection: Connection) -> bool:
    """Whether the database has Citus."""
    return connection.dialect.name == "postgresql" and bool(connection.scalar(_HAS_CITUS))


def distributed(
    connection: Connection, names: Collection[str], schema: str | None = None
) -> list[str]:
    """Those tables of a schema, by default the current one, that Citus distributes in any way."""
    return sorted(_places(connection, names, schema)) if has_citus(connection) else []


def check(connection: Connection) -> None:
    """Check that the tables can be distributed.

    Raises:
        CitusNotFound: the database has no Citus.
        DistributedOtherwise: they are, but not by the user.
        TablesReferToOurs: other tables have foreign keys to them.
        KeysWithoutOwner: they have unique keys that do not hold the user.
        UnmanagedSchema: there is another table of the name `user_emails`.
    """
    if not has_citus(connection):
        raise CitusNotFound(connection.dialect.name)
    places = _places(connection)
    columns = _columns(connection)
    wrong = [name for name, place in places.items() if place.column != columns.get(name)]
    if wrong:
        raise DistributedOtherwise(tuple(wrong), connection.scalar(_SCHEMA_IF_SHARD))
    local = [each for each in _present(connection) if each.table.name not in places]
    names = [each.table.name for each in local]
    if keys := connection.scalars(_OTHERS_KEYS, {"names": names}).all():
        raise TablesReferToOurs(tuple(keys), _USERS)
    keys = [key for each in local for key in _keys_without(connection, each)]
    if keys:
        raise KeysWithoutOwner(tuple(keys))
    addresses = user_emails().name
    if inspect(connection).has_table(addresses) and addresses not in places:
        raise UnmanagedSchema((addresses,), True, table_prefix())


def distribute(connection: Connection) -> Done:
    """Distribute the tables that are local; and keep the users' addresses unique."""
    connection.execute(_ONE_BY_ONE)
    if inspect(connection).has_table(user_emails().name):
        rows = dict[str, int]()
        added, removed = emails.mend(connection)
    else:
        rows = _distribute_emails(connection)
        added = removed = 0
    rows = distribute_missing(connection) | rows
    shards, workers = connection.execute(_SHARDS, {"name": _USERS}).one()
    return Done(rows, added, removed, shards, workers)


def distribute_missing(connection: Connection) -> dict[str, int]:
    """Distribute those tables of the models that are local, in a distributed database.

    Returns:
        How many rows each of these tables has.
    """
    places = _places(connection)
    local = [each for each in _present(connection) if each.table.name not in places]
    rows = {each.table.name: _distribute(connection, each) for each in local}
    for each in reversed(local):  # a table is emptied after those that refer to it
        connection.execute(_TRUNCATE, {"name": each.table.name})
    return rows


@contextmanager
def kept_distributed(connection: Connection) -> Generator[None]:
    """Distribute each table that the block creates, if the database is distributed.

    It is too if `Base.metadata.drop_all` has left nothing but `user_emails`.
    """
    if not has_citus(connection):
        yield
        return
    if not is_distributed(connection):
        was_distributed = _has_only_emails(connection)
        yield
        if was_distributed:
            distribute(connection)
        return
    order_by_name = {each.table.name: each for each in order()}

    def distribute_at_once(table: Table, by: Connection, **_: object) -> None:
        # The keys of a local table would refer to the local remainders of distributed ones.
        if by is connection and table.name in order_by_name:
            _distribute(connection, order_by_name[table.name])

    connection.execute(_ONE_BY_ONE)
    event.listen(Table, "after_create", distribute_at_once)
    try:
        yield
    finally:
        event.remove(Table, "after_create", distribute_at_once)
    distribute_missing(connection)


def differences(connection: Connection) -> Iterator[str]:
    """What is not as it should be in a distributed database, or in one that is no longer."""
    if not _keeps_emails(connection):
        return
    addresses = user_emails().name
    if not has_citus(connection):  # a dump was restored
        yield (
            f"table {addresses} is of a distributed database, and this one has no Citus: drop it, "
            f"and add the unique constraint {_USERS}.{emails.UNIQUE_EMAIL}"
        )
        return
    places = _places(connection)
    columns = _columns(connection)
    home = places.get(_USERS)
    if not inspect(connection).has_table(addresses):
        yield f"table {addresses} is missing"
    for name, column in columns.items():
        place = places.get(name)
        if place is None:
            yield f"table {name} is not distributed"
        elif place.column != column:
            yield f"table {name} is distributed by {place.column}, not by {column}"
        elif name != addresses and home is not None and place.colocation != home.colocation:
            yield f"table {name} is not colocated with {_USERS}"


def expected_difference(connection: Connection) -> str | None:
    """What a distributed database lacks, in the words of `run.differences`."""
    if not _keeps_emails(connection):
        return None
    return f"constraint {_USERS}.{emails.UNIQUE_EMAIL} is missing"


def _has_only_emails(connection: Connection) -> bool:
    return user_emails().name in _places(connection) and not _present(connection)


def _keeps_emails(connection: Connection) -> bool:
    """Whether the addresses are, or should be, in `user_emails`."""
    if connection.dialect.name != "postgresql":
        return False
    return is_distributed(connection) or (
        has_citus(connection) and any(place.column for place in _places(connection).values())
    )


def _distribute(connection: Connection, each: Distributed) -> int:
    name = each.table.name
    neighbour = _USERS if each.column == "user_id" else "none"
    _log.info("distributing %s by %s", name, each.column)
    connection.execute(
        _DISTRIBUTE, {"name": name, "column": each.column, "together_with": neighbour}
    )
    rows: int = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
    return rows


def _distribute_emails(connection: Connection) -> dict[str, int]:
    table = emails.make(connection)
    rows = _distribute(connection, Distributed(table, "email"))
    connection.execute(_TRUNCATE, {"name": table.name})
    return {table.name: rows}


def _present(connection: Connection) -> list[Distributed]:
    there = set(inspect(connection).get_table_names())
    return [each for each in order() if each.table.name in there]


def _columns(connection: Connection) -> dict[str, str]:
    """By which column each table that is there is to be distributed."""
    columns = {each.table.name: each.column for each in _present(connection)}
    addresses = user_emails().name
    return {**columns, addresses: "email"} if inspect(connection).has_table(addresses) else columns


def _places(
    connection: Connection, names: Collection[str] | None = None, schema: str | None = None
) -> dict[str, _Place]:
    names = names or [*Base.metadata.tables, user_emails().name]
    rows = connection.execute(_PLACES, {"names": list(names), "schema": schema})
    return {row.name: _Place(row.column, row.colocation) for row in rows}


def _keys_without(connection: Connection, each: Distributed) -> list[str]:
    values = {"name": each.table.name, "column": each.column, "allowed": emails.UNIQUE_EMAIL}
    return list(connection.scalars(_KEYS_WITHOUT, values))
