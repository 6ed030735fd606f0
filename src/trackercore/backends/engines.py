"""The engines of `Database` and `AsyncDatabase`: their URLs, drivers and settings."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from trackercore.backends import backend_of
from trackercore.errors import BackendNotSupported, DriverNotSupported

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# SQLAlchemy 2.1 reads "postgresql" as psycopg 3, and does not know "postgres" at all.
DRIVERS: Mapping[str, str] = {
    "postgres": "postgresql+psycopg2",
    "postgresql": "postgresql+psycopg2",
    "postgresql+psycopg2": "postgresql+psycopg2",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "sqlite+aiosqlite": "sqlite",
}
"""The drivers of `Database`, by the start of the URL. It also takes the URL of `AsyncDatabase`."""

ASYNC_DRIVERS: Mapping[str, str] = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg2": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "postgresql+psycopg_async": "postgresql+psycopg_async",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+pysqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}
"""The drivers of `AsyncDatabase`, which also takes the URL of `Database`."""

_SECRETS: Sequence[str] = (
    "oauth_client_secret",
    "passfile",
    "password",
    "scram_client_key",
    "scram_server_key",
    "sslpassword",
)
"""libpq's settings that say how to sign in, or where that is written."""

EngineT = TypeVar("EngineT", Engine, "AsyncEngine")


def parse_url(url: str | URL, drivers: Mapping[str, str] = DRIVERS) -> URL:
    """The URL with its driver.

    Raises:
        DatabaseNotSupported: neither SQLite nor PostgreSQL, or the driver is not in `drivers`.
        sqlalchemy.exc.ArgumentError: not a URL.
    """
    try:
        parsed = make_url(url)
    except ValueError:  # its text may contain a part of the password
        raise ArgumentError("the port in the database URL is not a number") from None
    except ArgumentError as error:
        if not isinstance(url, str | PathLike) or "@" in str(url):  # a password, perhaps
            raise
        raise ArgumentError(f"{error}. A SQLite file has the URL sqlite:///{url}") from None
    name, _, driver = parsed.drivername.partition("+")
    if name not in {known.partition("+")[0] for known in drivers}:
        raise BackendNotSupported(name)
    if parsed.drivername not in drivers:
        known = (its.partition("+") for its in drivers.values())
        names = dict.fromkeys(its or "pysqlite" for backend, _, its in known if backend == name)
        raise DriverNotSupported(driver, tuple(names))
    return parsed.set(drivername=drivers[parsed.drivername])


def without_secrets(url: URL) -> str:
    """The URL as it may be shown: secrets are "***", also in its query."""
    hidden = dict.fromkeys(_SECRETS & url.query.keys(), "***")
    shown = url.update_query_dict(hidden).render_as_string(hide_password=True)
    return shown.replace(quote("***"), "***")


def _create_engine(url: URL, **options: object) -> Engine:
    try:
        return create_engine(url, **options)
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise ModuleNotFoundError(
            "the driver psycopg is not installed: pip install 'psycopg[binary]'", name=error.name
        ) from error


def build_engine(
    url: URL,
    options: Mapping[str, object],
    *,
    create: Callable[..., Engine] = _create_engine,
    wal: bool = True,
) -> Engine:
    """An engine with our settings; `options` for `create` override them.

    Without `wal`, a SQLite file keeps its journal mode.
    """
    return backend_of(url).create_engine(url, options, create, wal=wal)


def prepare_engine(engine: EngineT) -> EngineT:
    """Give your own SQLite engine what `Database` needs; a PostgreSQL engine needs nothing.

    Every new connection of this engine gets foreign keys, and write-ahead logging for files. Every
    transaction begins with BEGIN IMMEDIATE: the driver's own BEGIN comes too late, so that a
    transaction that reads before it writes loses updates, and savepoints leak. Call it before the
    engine's first connection; a second call changes nothing.

    Returns:
        The same engine.
    """
    sync_engine = cast("Engine", getattr(engine, "sync_engine", engine))
    backend_of(sync_engine).prepare_engine(sync_engine)
    return engine
