"""A database whose every change is rolled back: what a test writes, no other test sees."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import ClassVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import TimeoutError as NoTurn
from sqlalchemy.orm import Session, SessionTransaction

from trackercore.database import Database
from trackercore.migrations.state import HEAD

TURN_TIMEOUT = 10.0
"""Seconds that a session waits for the one before it to be closed."""


class ScratchDatabase(Database):
    """A database within one transaction that is never committed: see `rolled_back`.

    A session's commit ends a savepoint, so the sessions after it see what it wrote. They take turns
    on one connection, up to 10 s, and whichever thread they are of; only the `enclosing_session`
    stays open around them.

    `engine` is the engine underneath: connections of its own are outside the transaction.
    """

    __test__: ClassVar[bool] = False

    def __init__(self, shared: Database, connection: Connection) -> None:
        super().__init__(shared.engine)
        self._shared = shared
        self._connection = connection
        self._turn = threading.Lock()  # no RLock: frameworks close a session in another thread
        self._enclosing: Session | None = None

    @contextmanager
    def session(self, *, read_only: bool = False) -> Generator[Session]:
        """A session that commits at the end of the block, or rolls back if the block raises.

        Args:
            read_only: the database refuses writes.

        Raises:
            sqlalchemy.exc.TimeoutError: another session stayed open.
        """
        with self._alone(), self._joined() as session:
            if read_only:
                event.listen(session, "after_begin", _refuse_writes)
            try:
                yield session
                session.commit()
            finally:
                if read_only and self._connection.dialect.name == "sqlite":
                    session.close()
                    self._connection.exec_driver_sql("PRAGMA query_only=OFF")

    @contextmanager
    def enclosing_session(self) -> Generator[Session]:
        """A session that stays open around those of `session`, and is rolled back in the end.

        They see what was added to it, and it sees what they wrote: it is flushed when one of them
        begins, and its objects are read anew after each.
        """
        with self._joined() as session:
            self._enclosing = session
            try:
                yield session
            finally:
                self._enclosing = None

    def revision(self) -> str | None:
        """The revision that the tables are at: this version's, for `init` has seen to it."""
        return HEAD

    def _writing_and_reading(self) -> tuple[Engine, Engine]:
        # Checked already; in memory there is no second connection to check with.
        return self._shared._writing_and_reading()

    @contextmanager
    def _joined(self) -> Generator[Session]:
        session = Session(
            self._connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        try:
            with session:
                yield session
        finally:
            session.bind = None  # as in Database.session

    @contextmanager
    def _alone(self) -> Generator[None]:
        if not self._turn.acquire(timeout=TURN_TIMEOUT):
            raise NoTurn(
                f"another session of this database has been open for {TURN_TIMEOUT:.0f} s: sessions"
                " take turns, so pass one on rather than open a second one inside it"
            )
        try:
            if self._enclosing is not None:
                self._enclosing.flush()
                self._enclosing.connection()  # its savepoint is begun before those within it
            yield
        finally:
            if self._enclosing is not None:
                self._enclosing.expire_all()
            self._turn.release()


@contextmanager
def rolled_back(database: Database) -> Generator[ScratchDatabase]:
    """Within the block, a database like this one; after it, nothing has happened.

        with rolled_back(database) as scratch, scratch.session() as session:
            ...

    Args:
        database: with tables; its rows are seen, and none of them is changed.
    """
    with database.engine.connect() as connection:
        connection.begin()  # closing the connection rolls it back
        yield ScratchDatabase(database, connection)


def _refuse_writes(
    _session: Session, _transaction: SessionTransaction, connection: Connection
) -> None:
    sqlite = connection.dialect.name == "sqlite"
    # PostgreSQL takes it back when the savepoint ends.
    connection.exec_driver_sql("PRAGMA query_only=ON" if sqlite else "SET TRANSACTION READ ONLY")
