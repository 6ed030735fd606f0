"""A password hash is shown by nothing but `User.hashed_password` itself."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy import bindparam, insert, make_url, null, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from tests.support.fixtures import OpenDatabase
from tests.support.names import named, named_sql
from trackercore import Conflict, Database, NotFound, User, UserCreate, UserRead, UserUpdate, users
from trackercore.types import SecretString

pytestmark = pytest.mark.both_kinds

SECRET = "s3cr3t-h4sh"  # noqa: S105
ADA = UserCreate(email="ada@example.com", hashed_password=SECRET)
BOB = UserCreate(email="bob@example.com", hashed_password=SECRET)


def everything_shown(error: BaseException) -> str:
    """An error as logs and programs show it, with all that led to it."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None:
        chain.append(link)
        link = link.__cause__ or link.__context__
    shown = [f"{link} {link!r} {link.args}" for link in chain]
    details = [
        f"{link.errors()} {link.json()}" for link in chain if isinstance(link, ValidationError)
    ]
    return "".join([*traceback.format_exception(error), *shown, *details])


def fields_of(model: type[BaseModel]) -> set[str]:
    schema: dict[str, Any] = model.model_json_schema(mode="serialization")
    return set(model.model_fields) | set(schema["properties"])


def test_a_user_does_not_show_it(session: Session) -> None:
    user = users.create(session, ADA)
    assert user.hashed_password == SECRET
    assert SECRET not in f"{user!r} {user} {[user]}"


def test_its_repr_is_hidden_from_its_assignment_on(session: Session) -> None:
    """As a debugger or a traceback with local variables shows it."""
    user = users.create(session, ADA)
    shown = [repr(user.hashed_password), repr(vars(user))]
    users.update(session, user.id, UserUpdate(hashed_password=SECRET + "!"))
    shown += [repr(user.hashed_password), repr(vars(user))]
    user.hashed_password = SECRET
    shown += [repr(user.hashed_password), repr(User(hashed_password=SECRET).hashed_password)]
    session.flush()
    session.refresh(user)
    shown += [repr(user.hashed_password), repr(ADA.hashed_password), repr(ADA.model_dump())]
    assert all("***" in text and SECRET not in text for text in shown)
    assert user.hashed_password == str(user.hashed_password) == f"{user.hashed_password}" == SECRET
    assert ADA.model_dump_json() == ADA.model_validate_json(ADA.model_dump_json()).model_dump_json()
    assert SECRET in ADA.model_dump_json()


@pytest.mark.parametrize("data", [ADA, UserUpdate(hashed_password=SECRET)], ids=["new", "changes"])
def test_input_does_not_show_it(data: UserCreate | UserUpdate) -> None:
    assert data.hashed_password == SECRET
    assert SECRET not in f"{data!r} {data} {[data]}"


def test_output_does_not_have_it(session: Session) -> None:
    user = UserRead.model_validate(users.create(session, ADA))
    assert SECRET not in f"{user!r} {user} {user.model_dump()} {user.model_dump_json()}"
    assert "hashed_password" in fields_of(UserCreate)
    assert "hashed_password" not in fields_of(UserRead)


MISSPELT: dict[str, Any] = {"email": "ada@example.com", "hashed_pasword": SECRET}
WRONG: dict[str, Callable[[], object]] = {
    "too long": lambda: UserCreate(email="ada@example.com", hashed_password=SECRET * 100),
    "NUL": lambda: UserCreate(email="ada@example.com", hashed_password=SECRET + "\0"),
    "surrogate": lambda: UserUpdate(hashed_password=SECRET + "\ud800"),
    "not text": lambda: UserUpdate.model_validate({"hashed_password": [SECRET]}),
    "wrong email": lambda: UserCreate(email="ada", hashed_password=SECRET),
    "email in its place": lambda: UserCreate.model_validate({"email": {"hash": SECRET}}),
    "no email": lambda: UserCreate.model_validate({"hashed_password": SECRET}),
    "misspelt": lambda: UserCreate.model_validate({"email": "a@b.de", "hashedpassword": SECRET}),
    "misspelt argument": lambda: UserCreate(**MISSPELT),
    "no object": lambda: UserCreate.model_validate(SECRET),
    "broken JSON": lambda: UserCreate.model_validate_json(f'{{"hashed_password": "{SECRET}"'),
    "wrong JSON": lambda: UserUpdate.model_validate_json(f'{{"hashed_password": ["{SECRET}"]}}'),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_validation_error_does_not_show_it(wrong: str) -> None:
    with pytest.raises(ValidationError) as caught:
        WRONG[wrong]()
    assert SECRET not in everything_shown(caught.value)


def test_a_validation_error_says_the_rest_as_usual() -> None:
    with pytest.raises(ValidationError, match="2 validation errors for UserCreate") as caught:
        UserCreate.model_validate({"email": "ada", "hashed_password": "\0"})
    email, password = caught.value.errors()
    assert (email["type"], email["loc"], email["input"]) == ("email", ("email",), "***")
    assert email["msg"].startswith("value is not a valid email address: An email address must")
    assert (password["type"], password["loc"]) == ("text_nul", ("hashed_password",))
    assert password["msg"] == "text must not contain NUL"


def test_a_conflict_and_what_caused_it_do_not_show_it(session: Session) -> None:
    users.create(session, ADA)
    bob = users.create(session, BOB)
    change = UserUpdate(email=ADA.email, hashed_password=SECRET + "!")
    refusals: list[Callable[[], object]] = [
        lambda: users.create(session, ADA),
        lambda: users.update(session, bob.id, change),
    ]
    for refused in refusals:
        with pytest.raises(Conflict) as caught:
            refused()
        assert caught.value.__cause__ is None  # the message says it; the statement adds nothing
        shown = everything_shown(caught.value)
        assert "users" in shown
        assert SECRET not in shown


def test_a_user_who_is_not_found_does_not_show_it(session: Session) -> None:
    with pytest.raises(NotFound) as caught:
        users.update(session, 99, UserUpdate(hashed_password=SECRET))
    assert SECRET not in everything_shown(caught.value)


REFUSED: dict[str, Callable[[Session, User], object]] = {
    "unique by the ORM": lambda session, _: session.add(User(**ADA.model_dump())),
    "unique by SQL": lambda session, _: session.execute(insert(User), [ADA.model_dump()]),
    "CHECK by the ORM": lambda session, user: setattr(user, "day_starts_at", 5000),
    "CHECK by SQL": lambda session, user: session.execute(update(User).values(day_starts_at=5000)),
    "NULL by the ORM": lambda session, user: setattr(user, "time_zone", None),
    "NULL by SQL": lambda session, user: session.execute(update(User).values(time_zone=null())),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_the_database_s_refusal_of_a_row_does_not_show_it(refused: str, session: Session) -> None:
    """The detail of PostgreSQL's message has the whole row."""
    user = users.create(session, ADA)
    with pytest.raises(IntegrityError) as caught, session.begin_nested():
        REFUSED[refused](session, user)
    shown = everything_shown(caught.value)
    assert "users" in shown
    assert SECRET not in shown


FAILING: dict[str, str] = {
    "no such column": "UPDATE users SET hash = :secret",
    "no such table": "INSERT INTO persons (hash) VALUES (:secret)",
    "no SQL": "UPDAET users SET hashed_password = :secret",
}


@pytest.mark.parametrize("failing", FAILING)
def test_a_statement_of_the_host_s_that_fails_does_not_show_it_where_it_is_typed(
    failing: str, session: Session
) -> None:
    """As every statement of trackercore's is."""
    statement = named_sql(FAILING[failing]).bindparams(bindparam("secret", type_=SecretString()))
    with pytest.raises(DBAPIError) as caught, session.begin_nested():
        session.execute(statement, {"secret": SECRET})
    assert SECRET not in everything_shown(caught.value)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_value_that_is_too_long_does_not_show_it(session: Session) -> None:
    user = users.create(session, ADA)
    with pytest.raises(DataError) as caught, session.begin_nested():
        user.hashed_password = SECRET * 100
    assert SECRET not in everything_shown(caught.value)


def test_a_connection_that_is_lost_does_not_show_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise database.engine.dialect.loaded_dbapi.OperationalError("server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(database.engine.dialect, "do_execute", lose)
        with pytest.raises(DBAPIError) as caught:
            database.run(lambda session: users.create(session, ADA))
    assert SECRET not in everything_shown(caught.value)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_advice_that_names_the_database_does_not_show_what_its_url_hides(
    empty_url: str, open_database: OpenDatabase
) -> None:
    url = make_url(empty_url).update_query_dict({"sslpassword": SECRET})
    with pytest.raises(DBAPIError) as caught, open_database(url).session() as session:
        users.find(session)
    assert "sslpassword=***" in caught.value.__notes__[0]
    assert SECRET not in everything_shown(caught.value)


@pytest.fixture(params=[logging.INFO, logging.DEBUG])
def logged(
    request: pytest.FixtureRequest,
    database: Database,
    open_database: OpenDatabase,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Database]:
    """At DEBUG, the rows that come back are logged too."""
    with caplog.at_level(request.param):
        echo = "debug" if request.param == logging.DEBUG else True
        yield open_database(database.engine.url, echo=echo, echo_pool=echo)


def test_the_log_of_statements_does_not_show_it(
    logged: Database, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with logged.session() as session:
        ada = users.create(session, ADA)
        with pytest.raises(Conflict):
            users.create(session, ADA)
        users.update(session, ada.id, UserUpdate(hashed_password=SECRET + "!"))
        session.execute(insert(User), [BOB.model_dump()])
        many = [{"email": f"{n}@example.com", "hashed_password": SECRET} for n in range(3)]
        session.execute(insert(User), many)
        session.execute(insert(User).values(many[0] | {"email": "grace@example.com"}))
        session.execute(update(User).values(hashed_password=SECRET))
        assert len(session.scalars(select(User).where(User.hashed_password == SECRET)).all()) == 6
        assert users.find_by_email(session, "grace@example.com") is not None
    output = capsys.readouterr()
    shown = caplog.text + output.out + output.err
    assert named("INSERT INTO users") in shown
    assert "grace@example.com" in shown
    assert "***" in shown
    assert SECRET not in shown
