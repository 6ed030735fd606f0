"""`owner=`: sessions that have only the rows of one user, whatever SQL is sent."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import product
from typing import cast

import pytest
from sqlalchemy import URL, Connection, NullPool, create_engine, event, text
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InvalidRequestError,
    PendingRollbackError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session

import trackercore.database
from tests.services.support import person
from tests.support.fixtures import OpenDatabase
from tests.support.kinds import together
from tests.support.names import named, named_sql
from tests.support.pgbouncer import needs_pgbouncer, transaction_pooler
from tests.support.postgresql import Server
from tests.support.row_security import Secured, execute, new_roles
from tests.support.rows import TABLES, count_of, insert, insert_everything, owner_column
from tests.support.statements import count_statements
from trackercore import (
    Category,
    CategoryCreate,
    Database,
    NoRowLevelSecurity,
    NotFound,
    NotSecured,
    SessionHasOwner,
    UserCreate,
    categories,
    configure,
    get_session,
    run,
    users,
)
from trackercore.row_level_security import secure
from trackercore.testing import rolled_back

NO_USER_HAS = (0, -1, 2**63, True)
WHO = text("SELECT current_user, current_setting('trackercore.user_id', true)")


@dataclass
class People:
    """A database as the application opens it, and the ids of two users with rows in all tables."""

    database: Database
    ada: int
    eve: int
    secured: Secured


@pytest.fixture
def people(secured: Secured, open_database: OpenDatabase) -> People:
    engine = create_engine(secured.url, poolclass=NullPool)
    with engine.begin() as connection:
        ids = [
            insert_everything(connection, f"{name}@example.com")["users"]["id"]
            for name in ("ada", "eve")
        ]
    database = open_database(
        secured.login_url,
        owner_role=secured.role,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.1,
    )
    ada, eve = ids
    return People(database, ada, eve, secured)


def who(session: Session) -> tuple[str, str | None]:
    """The role of the session, and the id that the policies compare with."""
    role, owner = session.execute(WHO).one()
    return role, owner


# The wall


@contextmanager
def savepoint(connection: Connection) -> Generator[None]:
    nested = connection.begin_nested()
    try:
        yield
    finally:
        nested.rollback()


def leaks(connection: Connection, eve: int, tables: Iterable[str] = TABLES) -> set[str]:
    """The tables of which this transaction, of another user, reads or writes rows of Eve's."""
    leaking: set[str] = set()
    for name in tables:
        owner = owner_column(name)
        for statement in (
            f"SELECT FROM {name} WHERE {owner} = :eve",
            f"UPDATE {name} SET {owner} = {owner} WHERE {owner} = :eve",
            f"DELETE FROM {name} WHERE {owner} = :eve",
            f"INSERT INTO {name} ({owner}) VALUES (:eve)",
        ):
            with savepoint(connection):
                try:
                    is_leak = connection.execute(named_sql(statement), {"eve": eve}).rowcount > 0
                except ProgrammingError as error:
                    is_leak = "row-level security" not in str(error)
                except IntegrityError:  # of another column, once the owner is accepted
                    is_leak = True
            if is_leak:
                leaking.add(name)
    return leaking


@pytest.mark.both_kinds
def test_sql_has_the_owner_s_rows_of_every_table_and_no_others(people: People) -> None:
    with people.database.session(owner=people.ada) as session:
        connection = session.connection()
        assert who(session)[0] == people.secured.role
        assert set(count_of(connection, people.ada).values()) == {1}
        assert set(count_of(connection, people.eve).values()) == {0}
        assert leaks(connection, people.eve) == set()
        for name in TABLES:
            (number,) = connection.execute(named_sql(f"SELECT count(*) FROM {name}")).one()
            assert number == 1, name


def test_each_table_leaks_without_the_condition_of_its_policy(people: People) -> None:
    """So the test above fails if any policy gets lost, or lets anything through."""
    secured = people.secured
    engine = create_engine(secured.url, poolclass=NullPool)
    with engine.connect() as connection:
        for name, condition in product(TABLES, ("USING (true)", "WITH CHECK (true)")):
            connection.begin()
            connection.execute(text(f"ALTER POLICY {secured.role} ON {named(name)} {condition}"))
            connection.execute(text(f"SET LOCAL trackercore.user_id TO '{people.ada}'"))
            connection.execute(text(f"SET LOCAL ROLE {secured.role}"))
            assert leaks(connection, people.eve, [name]) == {name}
            connection.rollback()


def test_rows_of_others_cannot_be_written_and_the_error_says_why(people: People) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security") as caught,
        people.database.session(owner=people.ada) as session,
    ):
        session.add(Category(user_id=people.eve, name="Garden"))  # written at the end of the block
    (note,) = caught.value.__notes__
    assert note.startswith(f"This session was opened with owner={people.ada}: it has only the rows")


def test_tables_of_the_host_take_a_right_of_their_own(people: People) -> None:
    execute(people.secured.url, ["CREATE TABLE notes (text text)"])
    try:
        with (
            pytest.raises(ProgrammingError, match="permission denied for table notes") as caught,
            people.database.session(owner=people.ada) as session,
        ):
            session.execute(text("SELECT * FROM notes"))
        assert "of your own tables those to which its role has rights" in caught.value.__notes__[0]
        execute(people.secured.url, [f"GRANT SELECT ON notes TO {people.secured.role}"])
        with people.database.session(owner=people.ada) as session:
            session.execute(text("SELECT * FROM notes"))
    finally:
        execute(people.secured.url, ["DROP TABLE notes"])


def test_neither_the_revision_nor_what_adopt_rejected_can_be_read(people: People) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        people.database.session(owner=people.ada) as session,
    ):
        session.execute(named_sql("SELECT * FROM trackercore_version"))


# How long it holds


@pytest.mark.both_kinds
def test_it_holds_in_every_transaction_of_the_session(people: People) -> None:
    restricted = (people.secured.role, str(people.ada))
    with people.database.session(owner=people.ada) as session:
        with session.begin_nested():  # the first use of the session
            assert who(session) == restricted
        with suppress(ZeroDivisionError), session.begin_nested():
            assert who(session) == restricted
            raise ZeroDivisionError
        assert who(session) == restricted
        with session.begin_nested() as point:
            point.rollback()
        assert who(session) == restricted
        session.commit()
        assert who(session) == restricted
        session.rollback()
        assert who(session) == restricted
        session.rollback()
        with session.begin_nested():
            categories.create(session, people.ada, CategoryCreate(name="Garden"))
        session.commit()
        assert who(session) == restricted


@pytest.mark.both_kinds
def test_nothing_of_it_is_left_in_the_pool(people: People) -> None:
    database, role = people.database, people.secured.role
    assert database.engine.url.username != role

    def unrestricted() -> bool:
        with database.session() as session:
            return who(session) in ((database.engine.url.username, value) for value in (None, ""))

    assert unrestricted()
    for owner in (people.ada, people.eve):
        with database.session(owner=owner) as session:
            assert who(session) == (role, str(owner))
        assert unrestricted()
        with suppress(ZeroDivisionError), database.session(owner=owner) as session:
            assert who(session) == (role, str(owner))
            raise ZeroDivisionError
        assert unrestricted()
        with suppress(DBAPIError), database.session(owner=owner) as session:
            session.execute(text("SELECT 1/0"))
        assert unrestricted()
        with database.session(owner=owner):
            pass  # never used
        assert unrestricted()


@pytest.mark.both_kinds
def test_the_role_has_no_rows_until_an_owner_is_set(people: People) -> None:
    """Once a connection has used the setting, it is '' there, and not NULL."""
    role = text(f"SET LOCAL ROLE {people.secured.role}")
    with people.database.session() as session:
        for _ in range(2):
            session.execute(role)
            for name in TABLES:
                rows = session.scalar(named_sql(f"SELECT count(*) FROM {name}"))
                assert rows == 0, name
            session.commit()
            session.execute(text("SELECT set_config('trackercore.user_id', '1', true)"))
            session.commit()
        assert who(session)[1] == ""


def check_unusable(session: Session, refusal: type[Exception], match: str) -> None:
    """Check that a session with an owner does not begin, and goes no further if that is caught."""
    for _ in range(2):
        with pytest.raises(refusal, match=match):
            session.execute(WHO)
        for _ in range(2):
            with pytest.raises(SQLAlchemyError):
                session.execute(WHO)
        session.rollback()


@pytest.mark.both_kinds
@pytest.mark.parametrize("read_only", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_session_without_a_transaction_is_refused(
    read_only: bool, people: People, open_database: OpenDatabase
) -> None:
    secured, match = people.secured, "AUTOCOMMIT"
    for role, refusal, why in (
        (secured.role, InvalidRequestError, match),
        ("nobody_made_it", NotSecured, "nobody_made_it"),
    ):
        database = open_database(secured.login_url, owner_role=role, isolation_level="AUTOCOMMIT")
        with database.session(owner=people.ada, read_only=read_only) as session:
            check_unusable(session, refusal, why)
        assert database.run(users.count) == 2
    with people.database.session(owner=people.ada, read_only=read_only) as session:
        with pytest.raises(InvalidRequestError, match=match):
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        with pytest.raises(PendingRollbackError):
            session.execute(WHO)
        session.rollback()
        assert who(session) == (secured.role, str(people.ada))


def test_a_session_whose_role_was_not_sent_goes_no_further(people: People) -> None:
    def refuse(*_: object) -> None:
        raise InterruptedError("by the host's listener")

    with people.database.session(owner=people.ada) as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", refuse)
        check_unusable(session, InterruptedError, "listener")
        event.remove(engine, "before_cursor_execute", refuse)
        assert who(session) == (people.secured.role, str(people.ada))


@pytest.mark.both_kinds
def test_read_only_sessions_and_replicas_have_it_too(
    people: People, open_database: OpenDatabase
) -> None:
    secured = people.secured
    with_replica = open_database(
        secured.login_url, read_url=secured.login_url, owner_role=secured.role
    )
    for database in (people.database, with_replica):
        with database.session(read_only=True, owner=people.ada) as session:
            assert who(session) == (secured.role, str(people.ada))
            assert [user.id for user in users.find(session)] == [people.ada]
        with (
            pytest.raises(DBAPIError, match="read-only transaction"),
            database.session(read_only=True, owner=people.ada) as session,
        ):
            categories.create(session, people.ada, CategoryCreate(name="Garden"))
        assert database.run(users.count, read_only=True, owner=people.ada) == 1
        assert database.run(users.count, owner=people.eve) == 1
        assert database.run(users.count) == 2


def test_the_default_database_has_it(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackercore.database, "_default", None)
    configure(people.database)
    with get_session(owner=people.ada) as session:
        assert users.count(session) == 1
    with get_session(owner=people.ada, read_only=True) as session:
        assert users.count(session) == 1
    assert run(users.count, owner=people.eve) == 1
    assert run(users.count) == 2


@pytest.mark.parametrize("kind", ["Database"])  # `rolled_back` takes no other
def test_sessions_that_are_rolled_back_after_a_test_have_it(people: People) -> None:
    login, role = people.database.engine.url.username, people.secured.role
    with (
        rolled_back(people.database) as scratch,
        scratch.enclosing_session() as around,
    ):
        for owner in (people.ada, people.eve):
            with scratch.session(owner=owner) as session:
                assert who(session) == (role, str(owner))
                assert users.count(session) == 1
                session.commit()
                assert who(session) == (role, str(owner))
            assert who(around) == (login, "")
            with suppress(ZeroDivisionError), scratch.session(owner=owner) as session:
                assert users.count(session) == 1
                raise ZeroDivisionError
            assert users.count(around) == 2


def test_it_costs_one_statement_for_each_transaction(people: People) -> None:
    for owner, more in ((None, 0), (people.ada, 1)):
        with (
            count_statements(people.database.engine) as statements,
            people.database.session(owner=owner) as session,
        ):
            users.get(session, people.ada)
            with session.begin_nested():
                users.count(session)
        assert len(statements) == 2 + more, statements


# Sessions without an owner


def test_without_an_owner_a_login_that_owns_nothing_has_all_rows(people: People) -> None:
    with people.database.session() as session:
        connection = session.connection()
        for user in (people.ada, people.eve):
            assert set(count_of(connection, user).values()) == {1}
        bob = person(session, "bob@example.com")
        insert(connection, "categories", user_id=people.ada, name="Garden", name_key="garden")
        users.delete(session, people.eve)
        users.delete(session, bob.user)


def test_users_are_created_in_sessions_without_an_owner(people: People) -> None:
    with people.database.session(owner=people.ada) as session:
        with pytest.raises(SessionHasOwner, match="in a session without owner="):
            users.create(session, UserCreate(email="new@example.com"))
        assert users.find_by_email(session, "eve@example.com") is None
        assert users.find_by_email(session, "ada@example.com") is not None


# Refusals


def test_the_error_of_a_login_without_rights_says_where_they_are_described(
    unsecured: Unsecured, open_database: OpenDatabase
) -> None:
    execute(unsecured.url, [f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {unsecured.login}"])
    database = open_database(unsecured.login_url)
    with pytest.raises(ProgrammingError, match="permission denied for table") as caught:
        database.run(users.count)
    (note,) = caught.value.__notes__
    assert '"Rights on PostgreSQL"' in note


@pytest.mark.both_kinds
def test_an_id_that_no_user_can_have_is_refused_before_any_sql(
    database: Database,
) -> None:
    with count_statements(database.engine) as statements:
        for owner in NO_USER_HAS:
            with pytest.raises(NotFound), database.session(owner=owner):
                pass
            with pytest.raises(NotFound):
                database.run(users.count, owner=owner)
        for wrong in ("1", 1.0):
            with pytest.raises(TypeError), database.session(owner=cast("int", wrong)):
                pass
    assert statements == []


def test_an_owner_who_does_not_exist_has_no_rows(people: People) -> None:
    nobody = 2**63 - 1
    with people.database.session(owner=nobody) as session:
        assert set(count_of(session.connection(), people.ada).values()) == {0}
        with pytest.raises(NotFound):
            categories.create(session, nobody, CategoryCreate(name="Garden"))
        with pytest.raises(NotFound):
            users.get(session, nobody)


@pytest.mark.both_kinds
@pytest.mark.parametrize("backend", ["sqlite"])
def test_sqlite_refuses_an_owner_in_words(database: Database) -> None:
    for read_only in (False, True):
        with (
            pytest.raises(NoRowLevelSecurity, match="SQLite has no row-level security"),
            database.session(owner=1, read_only=read_only),
        ):
            pass
    with pytest.raises(NoRowLevelSecurity):
        database.run(users.count, owner=1)


def not_secured(database: Database) -> NotSecured:
    """The error of a session with an owner, which cannot be used after it either."""
    with database.session(owner=1) as session:
        check_unusable(session, NotSecured, "login")
    with pytest.raises(NotSecured) as caught, database.session(owner=1) as session:
        session.execute(WHO)
    return caught.value


@pytest.mark.parametrize("schema", [None, "our tables"])
def test_the_error_of_a_login_that_may_not_use_the_schema_says_so(
    schema: str | None, server: Server, open_database: OpenDatabase
) -> None:
    """`secure` grants the login nothing but the role."""
    name = f'"{schema or "public"}"'
    with new_roles(server) as roles, server.database() as url:
        owners = open_database(url, schema=schema)
        owners.init()
        execute(url, [f"REVOKE ALL ON SCHEMA {name} FROM PUBLIC"])
        database = open_database(roles.url(url), schema=schema, owner_role=roles.owner)
        for is_secured in (False, schema is not None):  # the current schema may be the role's
            if is_secured:
                secure(owners, role=roles.owner, logins=[roles.login])
            error = not_secured(database)
            assert (error.lacks, error.schema) == ("schema", schema)
            assert "may not use the schema" in str(error)
        secure(owners, role=roles.owner, logins=[roles.login])
        execute(url, [f"GRANT USAGE ON SCHEMA {name} TO {roles.login}"])
        assert database.run(users.count, owner=1) == 0
        owners.dispose()
        database.dispose()


@pytest.mark.parametrize("schema", [None, "our tables"])
def test_without_tables_the_error_names_the_commands_in_their_order(
    schema: str | None, server: Server, open_database: OpenDatabase
) -> None:
    with new_roles(server) as roles, server.database() as url:
        database = open_database(roles.url(url), schema=schema, owner_role=roles.owner)
        for statements in ([], [f"CREATE ROLE {roles.owner}"]):
            execute(url, statements)
            error = not_secured(database)
            assert error.lacks == "tables"
            upgrade, _, rest = str(error).partition(" and then ")
            assert "`python -m trackercore upgrade" in upgrade
            assert rest.startswith(f"`python -m trackercore secure --role {roles.owner} --login")
        database.dispose()


@dataclass
class Unsecured:
    """A database with tables and a login that may read them, and a role that is not there yet."""

    url: URL
    login: str
    login_url: URL
    role: str

    @contextmanager
    def database(self, role: str) -> Generator[Database]:
        database = Database(self.login_url, owner_role=role)
        yield database
        database.dispose()


@pytest.fixture
def unsecured(server: Server) -> Iterator[Unsecured]:
    with new_roles(server) as roles, server.database() as url:
        database = Database(url)
        database.init()
        database.dispose()
        execute(url, [f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {roles.login}"])
        yield Unsecured(url, roles.login, roles.url(url), roles.owner)


def refusal(database: Database, lacks: str, words: str) -> NotSecured:
    """That of a session with an owner, which cannot be used after it either."""
    with database.session(owner=1) as session:
        with pytest.raises(NotSecured) as caught:
            users.count(session)
        with pytest.raises(PendingRollbackError):
            users.count(session)
        session.rollback()
        with pytest.raises(NotSecured):
            users.count(session)
        session.rollback()
    assert database.run(users.count) == 0
    assert caught.value.lacks == lacks
    assert f"takes the role {database.owner_role}, which {words}: run" in str(caught.value)
    return caught.value


def test_where_the_tables_are_not_secured_a_session_with_an_owner_does_not_begin(
    unsecured: Unsecured,
) -> None:
    url, login, role = unsecured.url, unsecured.login, unsecured.role
    with unsecured.database(role) as database:
        error = refusal(database, "role", "does not exist")
        assert f'role "{role}" does not exist' in str(error.__cause__)
        assert f"run `python -m trackercore secure --role {role} --login NAME`" in str(error)
        execute(url, [f"CREATE ROLE {role}"])
        error = refusal(database, "right", "this login may not take")
        assert "permission denied" in str(error.__cause__)
        # It may do everything, but there is no wall.
        everything = f"ALL ON ALL TABLES IN SCHEMA public TO {role}"
        execute(url, [f"GRANT {role} TO {login}", f"GRANT {everything}"])
        unrestricted = "row-level security of the tables does not restrict"
        assert refusal(database, "policies", unrestricted).__cause__ is None
        execute(url, [f"REVOKE {role} FROM {login}"])
        owner = Database(url)
        secure(owner, role=role, logins=[login])
        owner.dispose()
        assert database.run(users.count, owner=1) == 0
        execute(url, [named("ALTER TABLE users DISABLE ROW LEVEL SECURITY")])
        assert refusal(database, "policies", unrestricted).__cause__ is None
    for other in ("none", login):
        with unsecured.database(other) as database:
            refusal(database, "policies", unrestricted)


def test_a_session_does_not_begin_on_tables_that_citus_distributes(people: People) -> None:
    """It would have everybody's rows, where a shard is on the coordinator."""
    url, function = people.secured.url, "citus_truncate_trigger()"
    body = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    on_users = f"AFTER TRUNCATE ON {named('users')} EXECUTE FUNCTION {function}"
    execute(url, [f"CREATE FUNCTION {function} {body}", f"CREATE TRIGGER truncate {on_users}"])
    try:
        with people.database.session(owner=people.ada) as session:
            check_unusable(session, NoRowLevelSecurity, "tables that Citus distributes")
    finally:
        execute(url, [f"DROP FUNCTION {function} CASCADE"])
    assert people.database.run(users.count, owner=people.ada) == 1


@pytest.mark.parametrize("lacks", ["role", "right"])
@pytest.mark.parametrize("kind", ["Database"])  # `rolled_back` takes no other
def test_one_that_is_refused_in_a_test_says_why(
    lacks: str, unsecured: Unsecured, open_database: OpenDatabase
) -> None:
    if lacks == "right":
        execute(unsecured.url, [f"CREATE ROLE {unsecured.role}"])
    database = open_database(unsecured.login_url, owner_role=unsecured.role)
    with rolled_back(database) as scratch, scratch.enclosing_session() as around:
        assert users.count(around) == 0
        with pytest.raises(NotSecured) as caught, scratch.session(owner=1) as session:
            users.count(session)
    assert caught.value.lacks == lacks


@pytest.mark.parametrize("kind", ["Database"])  # `rolled_back` takes no other
def test_errors_in_a_test_have_the_same_notes(people: People) -> None:
    for read_only, note in (
        (False, f"This session was opened with owner={people.ada}: it has only the rows"),
        (True, "This session was opened with read_only=True."),
    ):
        with (
            rolled_back(people.database) as scratch,
            pytest.raises(DBAPIError) as caught,
            scratch.session(owner=people.ada, read_only=read_only) as session,
        ):
            session.add(Category(user_id=people.eve, name="Garden"))
        assert [each[: len(note)] for each in caught.value.__notes__] == [note]


def test_it_says_which_schema_and_prefix_the_tables_have() -> None:
    text = str(NotSecured("owner", "role", "my schema", "app_"))
    assert "`python -m trackercore secure --role owner --login NAME --schema 'my schema'`" in text
    assert "TRACKERCORE_TABLE_PREFIX to app_" in text


# Behind a pooler of transactions


@needs_pgbouncer
@pytest.mark.parametrize(
    ("kind", "driver"),
    [
        ("Database", "psycopg2"),
        pytest.param("Database", "psycopg", marks=pytest.mark.slow),
        pytest.param("AsyncDatabase", "psycopg", marks=pytest.mark.slow),
    ],
)
def test_behind_pgbouncer_no_transaction_has_what_another_has_set(
    kind: str, driver: str, secured: Secured, open_database: OpenDatabase
) -> None:
    clients = 6  # on three connections
    with transaction_pooler(secured.login_url) as pooled:
        url = pooled.set(drivername=f"postgresql+{driver}")
        database = open_database(url, owner_role=secured.role)
        emails = [f"{number}@example.com" for number in range(clients)]
        with database.session() as session:
            ids = [users.create(session, UserCreate(email=email)).id for email in emails]

        def use_own(number: int) -> None:
            for _ in range(8):  # psycopg 3 would prepare what is sent for the sixth time
                with database.session(owner=ids[number]) as session:
                    assert [user.id for user in users.find(session)] == [ids[number]]
                    session.commit()
                    assert users.count(session) == 1
                assert database.run(users.count) == clients

        together(clients, use_own)
        database.dispose()
