"""Old databases whose text is not stored in UTF-8."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from tests.adoption import dirty, legacy, support
from tests.adoption.dirty import Legacy
from tests.adoption.legacy import ADA, Garbled, Row, Rows
from trackercore import AdoptReport, Database, adopt, users

pytestmark = pytest.mark.slow

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"])
each_utf_16 = pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])

NAMES: Rows = {
    "users": [{"id": 1, "email": "Ada@example.com"}, {"id": 2, "email": " JOSÉ@example.com"}],
    "categories": [
        {"id": 1, "name": " \tCafé\r\n", "user_id": 1},
        {"id": 2, "name": "CAFÉ", "user_id": 1},
        {"id": 3, "name": "Straße", "user_id": 1},
        {"id": 4, "name": " \n\x0b\x0c", "user_id": 1},
    ],
    "habits": [{"id": 1, "name": "Été ", "frequency": " Daily", "user_id": 2}],
    "topics": [{"id": 1, "name": "Größe"}, {"id": 2, "name": "GRÖSSE"}],
}


@contextmanager
def database_with(options: str, url: str) -> Generator[str]:
    """Another database on the same server, created with these options of PostgreSQL's."""
    there = make_url(url)
    name = f"{there.database}_other"
    engine = create_engine(there, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 {options}"))
        try:
            yield there.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@on_postgresql
@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_a_database_in_latin_1(driver: str, empty_url: str) -> None:
    with database_with("ENCODING 'LATIN1' LOCALE 'C'", empty_url) as url:
        support.put_rows(url, NAMES)
        report, stored, _moved = support.adopted(support.with_driver(url, driver), ADA)
        assert support.counts(report.rejected) == {
            ("categories", "the user has a category of this name"): 1,
            ("categories", "no name"): 1,
            ("topics", "the owner has a topic of this name"): 1,
        }
        assert {row["email"] for row in stored["users"].values()} == {ADA, "josé@example.com"}
        categories = {(row["name"], row["name_key"]) for row in stored["categories"].values()}
        assert categories == {("Café", "café"), ("Straße", "strasse")}
        assert (stored["habits"][1]["name"], stored["habits"][1]["frequency"]) == ("Été", "daily")
        assert stored["topics"][1]["name_key"] == "grösse"


def adopted(
    given: Legacy, path: Path, encoding: str
) -> tuple[AdoptReport, support.Stored, list[str]]:
    """The report, the rows that were kept and those that were moved."""
    url = f"sqlite:///{path}"
    with support.connect(url) as connection:
        connection.execute(text(f"PRAGMA encoding = '{encoding}'"))
        legacy.fill_loose(connection, given.rows, given.columns)
        assert connection.execute(text("PRAGMA encoding")).scalar_one() == encoding
    report, stored, moved = support.adopted(url, given.owner_email)
    with support.connect(url) as connection:
        assert connection.execute(text("PRAGMA encoding")).scalar_one() == encoding
    return report, stored, support.comparable(moved)


@each_utf_16
@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))])
def test_a_file_in_utf_16_is_adopted_like_one_in_utf_8(
    seed: int, encoding: str, tmp_path: Path
) -> None:
    given = dirty.generate(seed, "sqlite")
    for row in (row for rows in given.rows.values() for row in rows):
        # The same bytes are no text in one encoding, and some other text in the other.
        row.update({name: None for name, value in row.items() if isinstance(value, Garbled)})
    expected = adopted(given, tmp_path / "8.db", "UTF-8")
    assert adopted(given, tmp_path / "16.db", encoding) == expected


@on_sqlite
@each_utf_16
def test_a_hash_that_was_stored_as_bytes_can_be_checked(encoding: str, empty_url: str) -> None:
    """Bcrypt makes bytes, and bytes are UTF-8, whatever the file's text is in."""
    hashes = {1: b"$2b$12$ada", 2: "$2b$12$bob", 3: "$2b$é12".encode(), 4: b""}
    with support.connect(empty_url) as connection:
        connection.execute(text(f"PRAGMA encoding = '{encoding}'"))
        rows: list[Row] = [
            {"id": key, "email": f"{key}@example.com", "hashed_password": hashed}
            for key, hashed in hashes.items()
        ]
        legacy.fill_loose(connection, {"users": rows})
    assert adopt(empty_url).kept == {"users": len(hashes)}
    database = Database(empty_url)
    with database.session() as session:
        found = {key: users.get(session, key).hashed_password for key in hashes}
    database.dispose()
    assert found == {1: "$2b$12$ada", 2: "$2b$12$bob", 3: "$2b$é12", 4: ""}
