"""A database that is rolled back after each test, so that no test sees the rows of another."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import ClassVar, NoReturn, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.exc import TimeoutError as NoTurn
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.attributes import instance_state

from trackercore.backends import backend_of
from trackercore.database import SESSION, Database, errors_explained, restrict_to_owner
from trackercore.migrations.state import HEAD
from trackercore.migrations.transaction import set_search_path

SessionT = TypeVar("SessionT", bound=Session)

TURN_TIMEOUT = 10.0
"""Seconds that a session waits for the one before it to be closed."""


class ScratchDatabase(Database):
    """A database within one transaction that is never committed: see `rolled_back`.

    A session's commit ends a savepoint, so later sessions see its rows. All sessions share one
    connection and take turns, also those of different threads; each waits up to 10 s for its turn.
    Only the `enclosing_session` stays open around the others.

    `engine` is the engine of the shared database: its connections are outside the transaction. A
    database in memory has no second connection, so to open one is an `InvalidRequestError`.
    """

    __test__: ClassVar[bool] = False

    def __init__(self, shared: Database, connection: Connection) -> None:
        super().__init__(shared.engine, owner_role=shared.owner_role)
        self._shared = shared
        self._connection = connection
        self._turn = threading.Lock()  # no RLock: frameworks close a session in another thread
        self._enclosing: Session | None = None

    @contextmanager
    def session(self, *, read_only: bool = False, owner: int | None = None) -> Generator[Session]:
        """A session that commits at the end of the block, or rolls back if the block raises.

        Args:
            read_only: the database refuses writes.
            owner: as of `Database.session`.

        Raises:
            sqlalchemy.exc.TimeoutError: another session stayed open.
        """
        with self._in_turn(), self._joined(Session, read_only=read_only, owner=owner) as session:
            if read_only:
                event.listen(session, "after_begin", _refuse_writes)
            restrict_to_owner(session, owner, self.owner_role)
            try:
                yield session
                session.commit()
            finally:
                session.close()
                # Who could not take the role has lost the connection, and knows why.
                if owner is not None and not self._connection.invalidated:
                    backend_of(self._connection).leave_owner(self._connection)
                if read_only:
                    backend_of(self._connection).allow_writes(self._connection)

    @contextmanager
    def enclosing_session(self) -> Generator[Session]:
        """A session that stays open around those of `session`, and is rolled back in the end.

        It is flushed when one of them begins, so they see its changes. When one of them ends, its
        unchanged objects are expired, so it sees theirs. Its `commit` and `rollback` are an
        `InvalidRequestError` while one of them is open.
        """
        around = self._enclosing
        with self._joined(_EnclosingSession) as session:
            session.turn = self._turn
            self._enclosing = session
            try:
                yield session
            finally:
                self._enclosing = around

    def revision(self) -> str | None:
        """The revision of the tables, which is this version's: `init` checked that."""
        return HEAD

    def differences(self) -> list[str]:
        """How the tables differ from the models, in words; empty if they do not."""
        from trackercore.migrations import run  # noqa: PLC0415 - imports Alembic

        with self._in_turn():
            savepoint = self._connection.begin_nested()
            try:
                if self._schema is not None:
                    self._connection.execute(set_search_path(self._schema))
                return run.differences(self._connection)
            finally:
                savepoint.rollback()  # the search_path too

    def _checked_engine(self, *, read_only: bool = False) -> Engine:
        if backend_of(self._url).is_in_memory(self._url):
            return _engine_in_use()
        return self._shared._checked_engine(read_only=read_only)

    @contextmanager
    def _joined(
        self, kind: type[SessionT], *, read_only: bool = False, owner: int | None = None
    ) -> Generator[SessionT]:
        session = kind(self._connection, join_transaction_mode="create_savepoint", **SESSION)
        engine = self._connection.engine
        with errors_explained(engine, read_only=read_only, owner=owner), session:
            yield session

    @contextmanager
    def _in_turn(self) -> Generator[None]:
        if not self._turn.acquire(timeout=TURN_TIMEOUT):
            raise NoTurn(
                f"another session of this database has been open for {TURN_TIMEOUT:.0f} s: sessions"
                " take turns, so pass one on rather than open a second one inside it"
            )
        try:
            if self._enclosing is not None:
                self._enclosing.flush()
                self._enclosing.connection()  # begins its savepoint before those within it
            yield
        finally:
            if self._enclosing is not None:
                _expire_unchanged(self._enclosing)
            self._turn.release()


class _EnclosingSession(Session):
    """A session that neither commits nor rolls back while another one is open within it."""

    turn: threading.Lock

    def commit(self) -> None:
        self._check_alone()
        super().commit()

    def rollback(self) -> None:
        self._check_alone()
        super().rollback()

    def _check_alone(self) -> None:
        if self.turn.locked():
            raise InvalidRequestError(
                "another session of this database is open within this one: commit or roll back"
                " before it is opened, or after it is closed"
            )


@contextmanager
def rolled_back(database: Database) -> Generator[ScratchDatabase]:
    """A database like this one, for the block: all its changes are rolled back at the end.

        with rolled_back(database) as scratch, scratch.session() as session:
            ...

    Args:
        database: one that has its tables. Its rows can be read; none is changed in the end.
    """
    with database.engine.connect() as connection:
        connection.begin()  # closing the connection rolls it back
        yield ScratchDatabase(database, connection)


def _refuse_writes(
    _session: Session, _transaction: SessionTransaction, connection: Connection
) -> None:
    backend_of(connection).refuse_writes(connection)


def _expire_unchanged(session: Session) -> None:
    rows = session.identity_map.values()
    changed = session.dirty
    for row in rows:
        session.expire(row, instance_state(row).unmodified)
    # get() looks only for rows that are expired as a whole. That cascades to changed rows, but not
    # along relationships that are expired already.
    for row in rows:
        if row not in changed:
            session.expire(row)


@cache
def _engine_in_use() -> Engine:
    return create_engine("sqlite://", creator=_refuse)


def _refuse() -> NoReturn:
    raise InvalidRequestError(
        "a database in memory has one connection, which this test's transaction is using: use"
        " session(), or test on a file"
    )
