"""Databases whose tables row-level security protects, and logins that own nothing."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import URL, NullPool, create_engine, text

from tests.support.postgresql import Server
from trackercore import Database
from trackercore.row_level_security import secure

RIGHTS = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA"


@dataclass(frozen=True)
class Roles:
    """Roles of one test. They belong to the whole server, so their names are new ones.

    Attributes:
        owner: what sessions with `owner=` take.
        login: what the application signs in as.
    """

    owner: str
    login: str

    def url(self, database: URL) -> URL:
        """The database, as the application opens it."""
        return database.set(username=self.login, password=self.login)


@contextmanager
def new_roles(server: Server) -> Generator[Roles]:
    """A login that has no rights, and the name of a role. Databases must be gone before them."""
    key = secrets.token_hex(8)
    roles = Roles(f"owner_{key}", f"login_{key}")
    execute(server.url, [f"CREATE ROLE {roles.login} LOGIN PASSWORD '{roles.login}'"])
    try:
        yield roles
    finally:
        names = (roles.owner, f"{roles.owner}_logins", roles.login)
        execute(server.url, [f"DROP ROLE IF EXISTS {name}" for name in names])


@dataclass(frozen=True)
class Secured:
    """A database with all tables, which are secured.

    Attributes:
        url: of the login that owns the tables.
        login_url: of one that owns nothing.
        role: what sessions with `owner=` take.
    """

    url: URL
    login_url: URL
    role: str


@contextmanager
def new_secured_database(server: Server) -> Generator[Secured]:
    """A new one, dropped afterwards."""
    with new_roles(server) as roles, server.database() as url:
        database = Database(url)
        database.init()
        execute(url, [f"GRANT {RIGHTS} public TO {roles.login}"])
        secure(database, role=roles.owner, logins=[roles.login])
        database.dispose()
        yield Secured(url, roles.url(url), roles.owner)


def execute(url: URL, statements: Sequence[str]) -> None:
    """Run SQL as the server's own user."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
