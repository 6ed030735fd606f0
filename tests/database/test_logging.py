"""What is logged: nothing by sessions and services, whatever the level."""

from __future__ import annotations

import logging

import pytest

from tests.support.fixtures import OpenDatabase
from trackercore import Database, HabitCreate, NotFound, UserCreate, habits, overview, users

SECRET = "the-hash"  # noqa: S105


def test_sessions_and_services_log_nothing_and_sqlalchemy_hides_secrets_or_all_values(
    database: Database, open_database: OpenDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy.engine")
    for hidden, email in ((False, "ada@example.com"), (True, "bob@example.com")):
        caplog.clear()
        db = open_database(database.engine.url, hide_parameters=hidden)
        db.init()
        with db.session() as session:
            new = UserCreate(email=email, hashed_password=SECRET)
            owner = users.create(session, new).id
            run = habits.create(session, owner, HabitCreate(name="Run", frequency="daily"))
            habits.check_in(session, owner, run.id)
            overview(session, owner)
            with pytest.raises(NotFound):
                habits.get(session, owner, run.id + 1)
        names = {record.name.partition(".")[0] for record in caplog.records}
        assert "sqlalchemy" in names
        assert "trackercore" not in names
        assert SECRET not in caplog.text
        statements = [text for text in caplog.messages if "INSERT INTO" in text]
        values = [text for text in caplog.messages if "SQL parameters hidden" in text]
        assert statements
        assert bool(values) == hidden
