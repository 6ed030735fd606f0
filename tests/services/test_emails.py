"""Email addresses: each is one user's, in any letter case, also where no constraint can say so.

A distributed database keeps them in the table `user_emails`. What tells it from others is that
table, and that the unique constraint of `users` is gone: PostgreSQL alone can have both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.support.databases import empty
from tests.support.fixtures import OpenDatabase
from tests.support.kinds import together
from tests.support.names import named, named_sql
from tests.support.postgresql import Server
from tests.support.statements import count_statements
from trackercore import Database, EmailTaken, User, UserCreate, UserUpdate, users
from trackercore.backends.sql_names import quoted
from trackercore.backends.user_emails import user_emails
from trackercore.migrations.transaction import set_search_path

DATABASES = ("sqlite", "postgresql", "distributed")
EMAILS = named_sql("SELECT email, user_id FROM user_emails ORDER BY email")


def like_distributed(connection: Connection) -> None:
    """Make of a new database without users what ours takes for a distributed one."""
    connection.execute(named_sql("ALTER TABLE users DROP CONSTRAINT uq_users_email"))
    user_emails().create(connection)


@pytest.fixture(scope="module")
def like_distributed_database(server: Server) -> Iterator[Database]:
    with server.database() as url:
        database = Database(url)
        database.init()
        with database.engine.begin() as connection:
            like_distributed(connection)
        yield database
        database.dispose()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    shared: Callable[[str], Database] = request.getfixturevalue("shared_database")
    if request.param == "distributed":
        database: Database = request.getfixturevalue("like_distributed_database")
    else:
        database = shared(request.param)
    yield database
    empty(database)


def create(session: Session, email: str) -> User:
    return users.create(session, UserCreate(email=email))


def check_claims(session: Session, *stored: User) -> None:
    """Check that `user_emails` has the addresses of these users, if there is one."""
    if session.get_bind().dialect.name == "sqlite":
        return
    there = session.scalar(text("SELECT to_regclass(:name)"), {"name": named("user_emails")})
    if there is not None:
        expected = sorted((user.email, user.id) for user in stored)
        assert [tuple(row) for row in session.execute(EMAILS)] == expected


def test_an_address_is_taken_in_any_letter_case(session: Session) -> None:
    ada = create(session, "ada@example.com")
    with pytest.raises(EmailTaken) as caught:
        create(session, "ADA@Example.com")
    assert caught.value.email == "ada@example.com"
    eve = create(session, "eve@example.com")  # the session stays usable
    with pytest.raises(EmailTaken):
        users.update(session, eve.id, UserUpdate(email="ada@example.com"))
    assert eve.email == "eve@example.com"
    check_claims(session, ada, eve)


def test_of_two_who_want_an_address_at_once_one_gets_it(database: Database) -> None:
    def attempt(_: int) -> str:
        try:
            with database.session() as session:
                return create(session, "ada@example.com").email
        except EmailTaken as error:
            return type(error).__name__

    assert sorted(together(2, attempt)) == ["EmailTaken", "ada@example.com"]
    with database.session() as session:
        (ada,) = users.find(session)
        check_claims(session, ada)


def test_an_address_that_is_given_up_is_free(session: Session) -> None:
    ada, eve = create(session, "ada@example.com"), create(session, "eve@example.com")
    users.update(session, ada.id, UserUpdate(email="lovelace@example.com"))
    users.update(session, eve.id, UserUpdate(email="ada@example.com"))
    check_claims(session, ada, eve)
    users.delete(session, eve.id)
    bob = create(session, "ada@example.com")
    check_claims(session, ada, bob)


def test_a_savepoint_that_is_rolled_back_frees_the_address(session: Session) -> None:
    with session.begin_nested() as savepoint:
        create(session, "ada@example.com")
        savepoint.rollback()
    check_claims(session, create(session, "ada@example.com"))


def test_an_address_finds_its_user_in_any_letter_case(session: Session) -> None:
    ada = create(session, "ada@example.com")
    create(session, "eve@example.com")
    for email in ("ada@example.com", "ADA@EXAMPLE.COM", " Ada@Example.com "):
        assert users.find_by_email(session, email) is ada
    for email in ("bob@example.com", "ada@example.co", "ada_example.com", "%", "x" * 300):
        assert users.find_by_email(session, email) is None
    users.update(session, ada.id, UserUpdate(email="lovelace@example.com"))
    assert users.find_by_email(session, "ada@example.com") is None
    assert users.find_by_email(session, "lovelace@example.com") is ada


def test_the_orm_keeps_addresses_too(session: Session) -> None:
    ada, eve = (
        User(email=f"{name}@example.com", time_zone="UTC", week_starts_on=1, day_starts_at=0)
        for name in ("ada", "eve")
    )
    session.add_all([ada, eve])
    session.flush()
    check_claims(session, ada, eve)
    session.expire_all()
    ada.email = "lovelace@example.com"
    session.flush()
    check_claims(session, ada, eve)
    session.expire_all()
    session.delete(eve)
    session.flush()
    check_claims(session, ada)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(User(email="lovelace@example.com", time_zone="UTC"))


@pytest.mark.parametrize("is_deleted", [False, True])
def test_the_orm_frees_the_address_that_is_stored(database: Database, is_deleted: bool) -> None:
    """Not the one that an object has, which was not written, or was read before another change."""
    with database.session() as session:
        ada, eve = create(session, "ada@example.com"), create(session, "eve@example.com")
        session.commit()
        with database.session() as other:
            users.update(other, ada.id, UserUpdate(email="lovelace@example.com"))
        eve.email = "eve@example.org"
        if is_deleted:
            session.delete(ada)
            session.delete(eve)
        else:
            ada.email = "ada@example.org"
        session.flush()
        check_claims(session, *(() if is_deleted else (ada, eve)))


@pytest.mark.parametrize("email", ["ada@example.com", "lovelace@example.com"])
def test_the_orm_puts_a_user_in_the_place_of_another(session: Session, email: str) -> None:
    ada = create(session, "ada@example.com")
    session.delete(ada)
    other = User(id=ada.id, email=email)
    session.add(other)
    session.flush()  # which is one UPDATE
    check_claims(session, other)


@pytest.mark.parametrize("database", ["distributed"], indirect=True)
def test_a_distributed_database_is_asked_for_one_user(database: Database) -> None:
    with database.session() as session:
        ada = create(session, "ada@example.com").id
    with database.session() as session:
        users.find_by_email(session, "eve@example.com")  # what kind it is, is remembered
        with count_statements(session) as statements:
            found = users.find_by_email(session, "ada@example.com")
    assert found is not None
    assert found.id == ada
    emails, user = statements
    assert named("FROM user_emails") in emails
    assert named("WHERE users.id = ") in user


def test_a_process_that_missed_the_distribution_claims_addresses(
    server: Server, open_database: OpenDatabase
) -> None:
    with server.database() as url:
        database = open_database(url, pool_size=1, max_overflow=0)
        database.init()
        with database.session() as session:
            create(session, "ada@example.com")
            assert users.find_by_email(session, "ada@example.com") is not None
        other = open_database(url)
        with other.engine.begin() as connection:
            like_distributed(connection)
            insert = "INSERT INTO user_emails (email, user_id) SELECT email, id FROM users"
            connection.execute(named_sql(insert))
        with database.session() as session:
            with pytest.raises(EmailTaken):
                create(session, "ada@example.com")
            ada = users.find_by_email(session, "ada@example.com")
            assert ada is not None
            check_claims(session, ada, create(session, "eve@example.com"))


def test_a_transaction_that_began_before_the_distribution_claims_addresses(
    server: Server, open_database: OpenDatabase
) -> None:
    with server.database() as url:
        database = open_database(url, isolation_level="REPEATABLE READ")
        database.init()
        with database.session() as session:
            session.execute(text("SELECT 1"))  # from now on, it sees no changes of others
            with open_database(url).engine.begin() as connection:
                like_distributed(connection)
            check_claims(session, create(session, "ada@example.com"))


def test_a_database_may_be_distributed_once_a_savepoint_has_let_go_of_the_users(
    server: Server, open_database: OpenDatabase
) -> None:
    with server.database() as url:
        database, other = open_database(url), open_database(url)
        database.init()
        with database.session() as session:
            with session.begin_nested() as savepoint:
                create(session, "ada@example.com")
                savepoint.rollback()
            with other.engine.begin() as connection:
                connection.execute(text("SET LOCAL lock_timeout TO '10s'"))
                like_distributed(connection)
            check_claims(session, create(session, "ada@example.com"))


@pytest.mark.parametrize("distributed", ['The "acme"', "public"])
def test_another_schema_of_the_search_path_may_be_of_the_other_kind(
    distributed: str, server: Server, open_database: OpenDatabase
) -> None:
    """Unqualified names are looked for in one schema after the other."""
    schemas = ('The "acme"', "public")
    with server.database() as url:
        for schema in schemas:
            database = open_database(url, schema=schema)
            database.init()
            if schema == distributed:
                with database.engine.begin() as connection:
                    connection.execute(set_search_path(schema))
                    like_distributed(connection)
        for path in (schemas, schemas[::-1]):
            with open_database(url).session() as session:
                names = ",".join(map(quoted, path))
                session.execute(select(func.set_config("search_path", names, True)))
                ada = create(session, "ada@example.com")
                with pytest.raises(EmailTaken):
                    create(session, "ada@example.com")
                assert users.find_by_email(session, "ada@example.com") is ada
                if path[0] == distributed:
                    check_claims(session, ada)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_table_of_the_hosts_of_that_name_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(named_sql("CREATE TABLE user_emails (address text)"))
    try:
        with database.session() as session:
            ada = create(session, "ada@example.com")
            assert users.find_by_email(session, "ada@example.com") is ada
            users.delete(session, ada.id)
    finally:
        with database.engine.begin() as connection:
            connection.execute(named_sql("DROP TABLE user_emails"))
