"""Reading databases before and after, without the package."""

from __future__ import annotations

import json
import secrets
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, make_url, select, text

from tests.adoption import legacy
from tests.adoption.dirty import Legacy
from tests.adoption.legacy import Row, Rows
from tests.adoption.oracle import ADOPTED, NO_ID, Rejected
from tests.migrations import catalogue
from tests.support.shell import with_options
from trackercore import AdoptReport, Base, CannotAdopt, Finding, RefusalReason, adopt

Stored = dict[str, dict[int, Row]]
"""The rows of the new tables, by id."""

TABLES = {table.name: table for table in Base.metadata.sorted_tables}
REJECTED = "trackercore_rejected"


@contextmanager
def host_engine(url: str) -> Generator[Engine]:
    """An engine as the old app had it: nothing of trackercore's settings."""
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://"), poolclass=NullPool
    )
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def connect(url: str) -> Generator[Connection]:
    """A transaction of the old app's."""
    with host_engine(url) as engine, engine.begin() as connection:
        yield connection


def stored(connection: Connection, since: datetime) -> Stored:
    """The new tables' rows by id; times after `since` read ADOPTED."""
    return {
        name: {row["id"]: row for row in _rows(connection, name, since)} for name in legacy.TABLES
    }


def _rows(connection: Connection, table: str, since: datetime) -> list[Row]:
    found = [dict(row) for row in connection.execute(select(TABLES[table])).mappings()]
    for row in found:
        for name in ("created_at", "updated_at"):
            if since <= row[name] <= datetime.now(UTC):
                row[name] = ADOPTED
    return found


def moved(connection: Connection) -> list[Rejected]:
    """The rows of trackercore_rejected, if it is there."""
    if REJECTED not in inspect(connection).get_table_names():
        return []
    result = connection.execute(
        text(
            "SELECT table_name, row_id, CAST(row AS text) AS old, reason, corrected"
            f" FROM {REJECTED}"
        )
    )
    rows: list[Rejected] = []
    for item in result:
        old = cast("Row", json.loads(item.old, parse_constant=_no_json))
        assert item.row_id == old["id"] or (item.row_id is None and item.reason == NO_ID)
        rows.append(Rejected(item.table_name, old, item.reason, bool(item.corrected)))
    return rows


def adopted(url: str, owner_email: str | None) -> tuple[AdoptReport, Stored, list[Rejected]]:
    """Adopt; the report, the new rows, and those of trackercore_rejected."""
    since = datetime.now(UTC)
    report = adopt(url, owner_email=owner_email)
    with connect(url) as connection:
        return report, stored(connection, since), moved(connection)


def counts(findings: Iterable[Finding]) -> dict[tuple[str, str], int]:
    """The rows of each finding, by table and reason."""
    return {(finding.table, finding.reason): finding.rows for finding in findings}


def _no_json(constant: str) -> object:
    raise ValueError(f"{constant} is not in JSON's grammar")


def comparable(rows: list[Rejected]) -> list[str]:
    """The rows of trackercore_rejected in one order and one spelling."""
    return sorted(
        json.dumps([item.table, item.reason, item.corrected, _comparable(item.row)], sort_keys=True)
        for item in rows
    )


def _comparable(row: Row) -> dict[str, object]:
    return {column: _comparable_value(value) for column, value in row.items()}


def _comparable_value(value: Any) -> object:
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "Inf" if value > 0 else "-Inf"
    if isinstance(value, str) and value[:4].isdigit():
        try:
            return datetime.fromisoformat(value).isoformat()
        except ValueError:
            return value
    return value


def dump_of(url: str) -> list[str]:
    """Everything in the database, or in its schema public, as text."""
    with connect(url) as connection:
        lines = catalogue.dump(connection, "public")
        if connection.dialect.name == "postgresql":
            lines += [str(row) for row in connection.execute(text(_SEQUENCES))]
        return lines


_SEQUENCES = """
SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1
"""


def renew(url: str) -> None:
    """Take everything out of the database that the example before left."""
    if url.startswith("sqlite"):
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{make_url(url).database}{suffix}").unlink(missing_ok=True)
        return
    with connect(url) as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def with_driver(url: str, driver: str) -> str:
    """The URL of the same database."""
    other = make_url(url).set(drivername=f"postgresql+{driver}")
    return other.render_as_string(hide_password=False)


def execute(url: str, *statements: str) -> None:
    with connect(url) as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextmanager
def unchanged(url: str) -> Generator[None]:
    """Check that the block changes nothing in the database."""
    before = dump_of(url)
    yield
    assert dump_of(url) == before


def reasons(
    url: str, owner_email: str | None = None, *, dry_run: bool = False
) -> list[RefusalReason]:
    """Check that the database cannot be adopted, and that each reason has a line; the reasons."""
    with unchanged(url), pytest.raises(CannotAdopt) as raised:
        adopt(url, owner_email=owner_email, dry_run=dry_run)
    found = list(raised.value.reasons)
    assert str(raised.value).splitlines() == [str(reason) for reason in found]
    return found


def refuse(url: str, *culprits: str, owner_email: str | None = None, dry_run: bool = False) -> None:
    """Check that the database cannot be adopted, for a reason that names the culprits."""
    text = "\n".join(map(str, reasons(url, owner_email, dry_run=dry_run)))
    assert [name for name in culprits if name not in text] == [], text


@contextmanager
def role_with(url: str, *grants: str) -> Generator[str]:
    """A new role; the URL for it. `{}` in the grants is its name."""
    role = f"trackercore_test_{secrets.token_hex(8)}"
    execute(url, f"CREATE ROLE {role}", *(grant.format(role) for grant in grants))
    yield with_options(url, f"-c role={role}")
    execute(url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def put(url: str, given: Legacy) -> Rows:
    """Make a database of these loose tables only; the rows as they are stored."""
    renew(url)
    with connect(url) as connection:
        legacy.fill_loose(connection, given.rows, given.columns, zoned=given.zoned)
        return legacy.fetch(connection)


def put_rows(url: str, rows: Rows, columns: Mapping[str, Iterable[str]] = legacy.COLUMNS) -> None:
    """Make loose tables with all columns, and these rows, in an empty database."""
    with connect(url) as connection:
        legacy.fill_loose(connection, rows, columns)


def fill(url: str, kind: str, rows: Rows) -> None:
    """Make a legacy database of one of the kinds, with rows, out of whatever it was."""
    renew(url)
    with connect(url) as connection:
        legacy.create(connection, kind)
        legacy.insert(connection, rows)
