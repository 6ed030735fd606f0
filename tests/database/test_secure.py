"""`secure`: the role and the policies of row-level security, and what is said of missing ones."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import URL, NullPool, create_engine, inspect, select, text
from sqlalchemy.exc import PendingRollbackError, ProgrammingError
from sqlalchemy.orm import Session

from tests.services.test_emails import like_distributed
from tests.support.databases import empty
from tests.support.fixtures import OpenDatabase
from tests.support.postgresql import Server
from tests.support.row_security import RIGHTS, Roles, execute, new_roles
from tests.support.rows import TABLES
from tests.support.shell import Shell
from trackercore import (
    Database,
    LoginRestricted,
    NoRowLevelSecurity,
    RoleNotRestricted,
    TablesMissing,
    UserCreate,
    users,
)
from trackercore.row_level_security import secure
from trackercore.table_prefix import prefixed

pytestmark = pytest.mark.slow

_UNSECURE = """\
DO $$
DECLARE statement text;
BEGIN
    FOR statement IN
        SELECT format('REASSIGN OWNED BY %1$I TO CURRENT_USER; DROP OWNED BY %1$I', rolname)
        FROM pg_roles WHERE rolname = 'the_role'
        UNION ALL
        SELECT format('DROP POLICY trackercore_everyone ON %I', tablename)
        FROM pg_policies WHERE policyname = 'trackercore_everyone'
        UNION ALL
        SELECT format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', relname)
        FROM pg_class WHERE relrowsecurity
    LOOP
        EXECUTE statement;
    END LOOP;
END $$"""


@dataclass
class Place:
    """A database with tables and none of the roles; the application's login may do all it needs."""

    url: URL
    roles: Roles

    @contextmanager
    def database(self, *, schema: str | None = None, login: bool = False) -> Generator[Database]:
        url = self.roles.url(self.url) if login else self.url
        database = Database(url, schema=schema, owner_role=self.roles.owner)
        try:
            yield database
        finally:
            database.dispose()

    def secure(self, *, dry_run: bool = False) -> list[str]:
        with self.database() as database:
            return secure(database, logins=[self.roles.login], dry_run=dry_run)

    def differences(self) -> list[str]:
        with self.database() as database:
            return database.differences()


@pytest.fixture
def empty_place(server: Server) -> Iterator[Place]:
    with new_roles(server) as roles, server.database() as url:
        yield Place(url, roles)


@pytest.fixture(scope="module")
def shared_tables(server: Server) -> Iterator[URL]:
    """Tables that are made once, as that takes longer than most tests."""
    with server.database() as url:
        database = Database(url)
        database.init()
        database.dispose()
        yield url


@pytest.fixture
def place(shared_tables: URL, server: Server) -> Iterator[Place]:
    """One whose tables a test may only secure: afterwards they are as before."""
    with new_roles(server) as roles:
        yield Place(shared_tables, roles)
        execute(shared_tables, [_UNSECURE.replace("the_role", roles.owner)])


def test_a_second_call_finds_that_nothing_is_missing(place: Place) -> None:
    planned = place.secure(dry_run=True)
    assert place.secure() == planned
    assert place.secure() == place.secure(dry_run=True) == []
    assert place.differences() == []
    for name in TABLES:
        quoted = f'"public"."{prefixed(name)}"'
        assert sum(quoted in statement for statement in planned) == 4, name
    # Another login of the same application, later.
    with place.database() as database:
        execute(place.url, [f"CREATE ROLE {place.roles.login}_2"])
        try:
            taker = f'GRANT "{place.roles.owner}_logins" TO "{place.roles.login}_2"'
            assert secure(database, logins=[f"{place.roles.login}_2"]) == [taker]
        finally:
            execute(place.url, [f"DROP ROLE {place.roles.login}_2"])


def test_what_is_missing_is_a_difference_that_another_call_repairs(place: Place) -> None:
    place.secure()
    role = place.roles.owner
    changed, alike, undone = prefixed("tasks"), prefixed("tags"), prefixed("timers")
    words = {
        f"ALTER POLICY {role} ON {changed} USING (true)": (
            f"policy {changed}.{role} is another one than trackercore's"
        ),
        f"DROP POLICY trackercore_everyone ON {alike}": (
            f"policy {alike}.trackercore_everyone is missing"
        ),
        f"ALTER TABLE {undone} DISABLE ROW LEVEL SECURITY": (
            f"row-level security of {undone} is off"
        ),
        f"REVOKE DELETE ON {undone} FROM {role}": f"role {role} may not use {undone}",
        f"REVOKE {role} FROM {role}_logins": f"role {role}_logins may not take the role {role}",
    }
    for name in set(map(prefixed, TABLES)) - {changed}:
        words[f"DROP POLICY {role} ON {name}"] = f"policy {name}.{role} is missing"
    execute(place.url, [*words])
    assert place.differences() == sorted(words.values())
    assert place.secure() != []
    assert place.differences() == []


def test_two_roles_are_restricted_each(place: Place, server: Server) -> None:
    with new_roles(server) as others:
        place.secure()
        with place.database() as database:
            secure(database, role=others.owner, logins=[])
        execute(place.url, [f"DROP POLICY {place.roles.owner} ON {prefixed('tasks')}"])
        found = place.differences()
        execute(place.url, [f"DROP OWNED BY {others.owner}"])
    assert found == [f"policy {prefixed('tasks')}.{place.roles.owner} is missing"]


def test_a_schema_may_have_the_tables(empty_place: Place) -> None:
    schema = "our % tables"
    roles = empty_place.roles
    execute(empty_place.url, ["CREATE TABLE users (id int)"])
    with empty_place.database(schema=schema) as database:
        database.init()
        with database.session() as session:
            ada = users.create(session, UserCreate(email="ada@example.com")).id
            users.create(session, UserCreate(email="eve@example.com"))
        secure(database, logins=[roles.login])
        assert secure(database, logins=[roles.login]) == []
        with database.engine.begin() as connection:
            path = connection.scalar(text("SHOW search_path"))
            assert secure(connection, role=roles.owner, logins=[roles.login]) == []
            assert connection.scalar(text("SHOW search_path")) == path
            assert users.count(Session(connection)) == 2
        assert database.differences() == []
    execute(empty_place.url, [f'GRANT USAGE ON SCHEMA "{schema}" TO {roles.login}'])
    with empty_place.database(schema=schema, login=True) as database:
        assert database.run(users.count, owner=ada) == 1


@pytest.mark.parametrize("driver", ["psycopg2", pytest.param("psycopg", marks=pytest.mark.slow)])
def test_a_host_secures_the_tables_in_a_transaction_of_its_own(driver: str, place: Place) -> None:
    url = place.url.set(drivername=f"postgresql+{driver}")
    engine = create_engine(url, poolclass=NullPool)
    role, login = place.roles.owner, place.roles.login
    with engine.connect() as connection:
        connection.begin()
        assert secure(connection, role=role, logins=[login]) != []
        connection.rollback()
        with connection.begin():
            assert secure(connection, role=role, logins=[login]) != []
    assert place.secure() == []


def test_the_application_s_own_login_may_do_it_if_it_may_create_roles(empty_place: Place) -> None:
    """It owns the tables, and policies do not restrict their owner: the role is what matters."""
    url, login = empty_place.url, empty_place.roles.login
    execute(url, [f"ALTER ROLE {login} CREATEROLE", f"GRANT ALL ON SCHEMA public TO {login}"])
    with empty_place.database(login=True) as database:
        database.init()
        with database.session() as session:
            ada = users.create(session, UserCreate(email="ada@example.com")).id
            users.create(session, UserCreate(email="eve@example.com"))
        secure(database)
        assert secure(database) == []
        assert database.run(users.count, owner=ada) == 1
        assert database.run(users.count) == 2


def test_the_role_must_be_one_that_policies_restrict(place: Place) -> None:
    role = place.roles.owner
    execute(place.url, [f"CREATE ROLE {role} BYPASSRLS"])
    with pytest.raises(RoleNotRestricted, match=role):
        place.secure()
    execute(place.url, [f"ALTER ROLE {role} NOBYPASSRLS"])
    execute(place.url, [f"ALTER TABLE {prefixed('tasks')} OWNER TO {role}"])
    with pytest.raises(RoleNotRestricted, match=role):
        place.secure()
    assert place.differences() == []


def test_the_role_must_not_be_a_login(place: Place) -> None:
    """A login would be restricted in all its sessions, and have no rows without an owner."""
    role, login = place.roles.owner, place.roles.login
    with place.database() as database:
        for name, logins in ((login, [login]), (login, []), (role, [role])):
            with pytest.raises(LoginRestricted, match=f"the role {name} is a login"):
                secure(database, role=name, logins=logins)
        planned = place.secure(dry_run=True)
        execute(place.url, [f"CREATE ROLE {role}_logins LOGIN"])
        with pytest.raises(LoginRestricted, match=f"the role {role}_logins is a login"):
            place.secure()
        execute(place.url, [f"DROP ROLE {role}_logins"])
    assert place.secure(dry_run=True) == planned


@pytest.mark.parametrize("is_through_another", [False, True])
def test_logins_must_not_inherit_from_the_role(place: Place, is_through_another: bool) -> None:
    """They would be restricted in all their sessions; superusers and the tables' owners are not."""
    role, login = place.roles.owner, place.roles.login
    heir = f"{role}_logins" if is_through_another else login
    execute(place.url, [f"GRANT {RIGHTS} public TO {login}", f"CREATE ROLE {role}"])
    if is_through_another:
        execute(place.url, [f"CREATE ROLE {heir}", f"GRANT {heir} TO {login}"])
    before = place.secure(dry_run=True)
    execute(place.url, [f"CREATE ROLE {role}_2 SUPERUSER LOGIN", f"GRANT {role} TO {role}_2"])
    assert place.secure(dry_run=True) == before
    execute(place.url, [f"GRANT {role} TO {heir}"])
    with place.database() as database, pytest.raises(LoginRestricted):
        secure(database, logins=[])
    with pytest.raises(LoginRestricted) as caught:
        place.secure()
    assert caught.value.logins == (login,)
    assert f"no rows in their sessions without owner=: {login}. Run `REVOKE" in str(caught.value)
    execute(place.url, caught.value.statements)
    assert place.secure() == before
    assert place.secure() == place.differences() == []
    with place.database() as database:
        with database.session() as session:
            ada = users.create(session, UserCreate(email="ada@example.com")).id
            users.create(session, UserCreate(email="eve@example.com"))
        try:
            with place.database(login=True) as application:
                assert application.run(users.count) == 2
                assert application.run(users.count, owner=ada) == 1
            execute(place.url, [f"GRANT {role} TO {login}"])
            (words,) = place.differences()
            assert words.startswith(f"login {login} inherits from the role {role}")
        finally:
            empty(database)
            execute(place.url, [f"DROP ROLE {role}_2", f"DROP OWNED BY {login}"])


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("", "a role's name has 1 to 56 bytes, not ''"),
        ("ä" * 29, f"a role's name has 1 to 56 bytes, not '{'ä' * 29}'"),
        ("trackercore_everyone", "the policy for all other roles has this name"),
        ("shop_owner_logins", "only roles whose members are logins end so"),
    ],
)
def test_the_role_must_have_a_name_that_fits(
    role: str, words: str, file_url: str, shell: Shell, open_database: OpenDatabase
) -> None:
    for call in (
        lambda: Database(owner_role=role),
        lambda: secure(open_database(file_url), role=role),
    ):
        with pytest.raises(ValueError, match=f"{words}$"):
            call()
    open_database(file_url).init()
    assert shell.error("secure", "--url", file_url, "--role", role).endswith(words)


def test_a_login_that_is_missing_is_an_error_and_nothing_is_changed(place: Place) -> None:
    with place.database() as database, pytest.raises(ProgrammingError, match="does not exist"):
        secure(database, logins=["nobody_here"])
    assert place.secure(dry_run=True)[0].startswith("CREATE ROLE")


def test_there_must_be_tables(empty_place: Place) -> None:
    with pytest.raises(TablesMissing, match="there are no tables: create them"):
        empty_place.secure()
    with empty_place.database() as database:
        database.init()
    execute(empty_place.url, [f"DROP TABLE {prefixed('timers')}"])
    with pytest.raises(TablesMissing) as caught:
        empty_place.secure()
    assert caught.value.tables == (prefixed("timers"),)
    with empty_place.database() as database:
        with database.engine.begin() as connection:
            for place in (database, connection):
                with pytest.raises(TablesMissing, match="there are no tables"):
                    secure(place, schema="typo")
        assert not inspect(database.engine).has_schema("typo")


def test_tables_that_are_distributed_are_refused(empty_place: Place) -> None:
    """tests/citus has it on Citus; here, the tables only look like those."""
    with empty_place.database() as database:
        database.init()
        with database.engine.begin() as connection:
            like_distributed(connection)
    with pytest.raises(NoRowLevelSecurity, match="tables that Citus distributes"):
        empty_place.secure()
    with empty_place.database() as database:
        for role in ("missing", "there"):
            if role == "there":
                execute(empty_place.url, [f"CREATE ROLE {empty_place.roles.owner}"])
            with database.session(owner=1) as session:
                with pytest.raises(NoRowLevelSecurity, match="tables that Citus distributes"):
                    users.count(session)
                with pytest.raises(PendingRollbackError):
                    session.scalar(select(1))
                session.rollback()


def test_sqlite_has_none(file_url: str) -> None:
    database = Database(file_url)
    database.init()
    for schema in (None, "ours"):
        with pytest.raises(NoRowLevelSecurity):
            secure(database, schema=schema)
    with database.engine.begin() as connection, pytest.raises(NoRowLevelSecurity):
        secure(connection)
    database.dispose()


# The command


def test_the_command_secures_the_tables(place: Place, shell: Shell) -> None:
    url, roles = place.url.render_as_string(hide_password=False), place.roles
    options = ["secure", "--url", url, "--role", roles.owner, "--login", roles.login]
    dry = shell(*options, "--dry-run")
    assert shell.database == place.url.render_as_string()
    assert dry.code == 0
    assert dry.out.splitlines()[0] == f'CREATE ROLE "{roles.owner}" NOLOGIN;'
    statements = len(dry.out.splitlines())
    done = f"the tables are secured for the role {roles.owner}, taken by {roles.login}: "
    assert shell(*options) == (0, f"{done}{statements} statements", "")
    assert shell(*options, "--dry-run") == (0, "", "")
    assert shell(*options) == (0, f"{done}nothing was missing", "")
    execute(place.url, [f"DROP POLICY {roles.owner} ON {prefixed('tags')}"])
    missing = f"policy {prefixed('tags')}.{roles.owner} is missing"
    assert shell("check", "--url", url) == (1, missing, "")
    assert shell(*options) == (0, f"{done}1 statement", "")
    with place.database() as database:
        connected = str(database.engine.url.username)
    assert shell(*options[:-2]).out == done.replace(roles.login, connected) + "nothing was missing"


def test_the_command_checks_whether_a_login_has_all_that_it_needs(
    place: Place, shell: Shell
) -> None:
    """Without --login it is about the login of the URL; any login may run it."""
    url = place.roles.url(place.url).render_as_string(hide_password=False)
    options = ["secure", "--url", url, "--role", place.roles.owner, "--check"]
    execute(place.url, [f"GRANT SELECT ON {prefixed('trackercore_version')} TO PUBLIC"])
    result = shell(*options)
    lines = result.out.splitlines()
    assert (result.code, result.err) == (1, "")
    assert lines[0] == f"role {place.roles.owner} is missing"
    may_not = f"login {place.roles.login} may not take the role {place.roles.owner}"
    assert may_not in lines
    assert place.secure(dry_run=True) != []
    with place.database() as database:
        secure(database, logins=[])
    assert shell(*options) == (1, may_not, "")
    place.secure()
    assert shell(*options) == (0, "nothing is missing", "")
    assert shell(*options, "--login", "nobody_here").code == 1


def test_the_error_of_a_login_without_rights_says_who_may_do_it(place: Place, shell: Shell) -> None:
    url, advice = place.roles.url(place.url), "run `secure` as the login that owns the tables"
    assert advice in shell.error("secure", "--url", url.render_as_string(hide_password=False))
    with place.database(login=True) as database, pytest.raises(ProgrammingError) as caught:
        secure(database)
    (note,) = caught.value.__notes__
    assert note.startswith(advice)


def test_what_the_command_prints_can_be_run_by_hand(place: Place, shell: Shell) -> None:
    url, roles = place.url.render_as_string(hide_password=False), place.roles
    options = ["secure", "--url", url, "--role", roles.owner, "--login", roles.login]
    execute(place.url, [shell(*options, "--dry-run").out])
    assert place.secure() == []


def test_the_command_refuses_sqlite(
    file_url: str, shell: Shell, open_database: OpenDatabase
) -> None:
    open_database(file_url).init()
    assert shell.error("secure", "--url", file_url) == str(NoRowLevelSecurity("sqlite"))
