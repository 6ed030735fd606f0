"""Killed at whatever moment, a writer leaves whole transactions, and nothing to repair."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from tests.faults import victims
from tests.faults.conftest import Figures, Scale
from tests.faults.victims import IMPORT, SMALL, Size, Whose
from tests.migrations import catalogue, two_revisions
from tests.migrations.support import Tracker
from tests.migrations.two_revisions import OLDEST
from tests.support.fixtures import OpenDatabase
from tests.support.processes import Child, wait_for_the_server
from trackercore import (
    Category,
    CheckIn,
    Database,
    StudySession,
    Task,
    UserCreate,
    habits,
    users,
)
from trackercore.migrations import state

MOMENTS = Random(1)  # noqa: S311


def kill_soon(child: Child, longest: float) -> list[object]:
    """Kill it within so many seconds; what it sent."""
    time.sleep(MOMENTS.uniform(0, longest))
    return child.kill()


def stored(session: Session, whose: Whose) -> dict[int, Size]:
    """What is there of each transaction, by its number."""
    tasks = Counter(
        session.scalars(
            select(Category.name)
            .join(Task, (Task.category_id == Category.id) & (Task.user_id == Category.user_id))
            .where(Category.user_id == whose.user)
        )
    )
    query = select(StudySession.notes).where(StudySession.user_id == whose.user)
    sessions = Counter(session.scalars(query))
    days = Counter(session.scalars(select(CheckIn.note).where(CheckIn.user_id == whose.user)))
    names = session.scalars(select(Category.name).where(Category.user_id == whose.user)).all()
    assert len(set(names)) == len(names)
    marks = {*names, *tasks, *sessions, *days}
    return {int(str(mark)): Size(tasks[str(mark)], sessions[mark], days[mark]) for mark in marks}


def assert_sound(session: Session) -> None:
    """The database finds nothing wrong with its own files."""
    if session.get_bind().dialect.name == "sqlite":
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []


@pytest.mark.parametrize(
    ("size", "longest"), [(SMALL, 0.5), (IMPORT, 1.5)], ids=["transaction", "import"]
)
def test_a_killed_writer_leaves_every_acknowledged_transaction_and_no_part_of_another(
    size: Size,
    longest: float,
    database: Database,
    scale: Scale,
    figures: Figures,
    open_database: OpenDatabase,
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    acknowledged = unacknowledged = 0
    for kill in range(scale.kills):
        with database.session() as session:
            whose = victims.begin(session, f"{kill}")
        child = Child(victims.write, url, whose, size)
        sent = [0, *kill_soon(child, longest)]

        # The next process starts at once, and works.
        following = open_database(url)
        following.init()
        with following.session() as session:
            users.create(session, UserCreate(email=f"after-{kill}@example.com"))
        following.dispose()
        database.dispose()
        wait_for_the_server(url)

        with database.session() as session:
            found = stored(session, whose)
            assert_sound(session)
            assert habits.rebuild_streaks(session, whose.user).corrected == 0
            users.delete(session, whose.user)
        assert sent == list(range(len(sent)))
        # The kill may come between the commit and its message.
        assert sorted(found) in (sent, [*sent, len(sent)])
        assert set(found.values()) <= {size}
        acknowledged += len(sent)
        unacknowledged += len(found) - len(sent)
    figures(
        "a writer killed in an import" if size == IMPORT else "a writer killed in a transaction",
        database,
        kills=scale.kills,
        acknowledged=acknowledged,
        of_them_missing=0,
        stored_but_not_acknowledged=unacknowledged,
        half_stored=0,
    )


def look_at(tracker: Tracker) -> list[str]:
    """Trackercore's tables and their rows."""
    with tracker.reading() as connection:
        there = state.OUR_TABLES & set(inspect(connection).get_table_names())
        rows = [row for name in sorted(there) for row in catalogue.rows(connection, name)]
        return [*catalogue.describe(connection), *rows]


class Template:
    """A database of the oldest revision with rows, and copies of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        tracker = Tracker(url)
        tracker.bring_to(OLDEST)
        tracker.fill(OLDEST)
        self.before = look_at(tracker)
        with self.copy() as copy:
            copy.database().upgrade()
            self.after = look_at(copy)

    @contextmanager
    def copy(self) -> Generator[Tracker]:
        path = self.url.removeprefix("sqlite:///")
        if path != self.url:
            for old in Path(path).parent.glob("copy.db*"):
                old.unlink()
            shutil.copy(path, Path(path).with_name("copy.db"))
            yield Tracker(self.url.replace(Path(path).name, "copy.db"))
            return
        base, _, name = self.url.rpartition("/")
        name, _, options = name.partition("?")
        copied = f"{base}/{name}_copy?{options}"
        server = Tracker(f"{base}/postgres?{options}").engine.execution_options(
            isolation_level="AUTOCOMMIT"
        )
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}_copy TEMPLATE {name}"))
            try:
                yield Tracker(copied)
            finally:
                connection.execute(text(f"DROP DATABASE {name}_copy WITH (FORCE)"))


def test_a_killed_upgrade_has_happened_as_a_whole_or_not_at_all(
    empty_url: str, scale: Scale, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_revisions.install(monkeypatch)
    template = Template(empty_url)
    done: list[bool] = []
    longest = 1.0
    for _ in range(scale.kills):
        with template.copy() as copy:
            sent = kill_soon(Child(victims.upgrade, copy.url), longest)
            wait_for_the_server(copy.url)
            found = look_at(copy)
            assert found in ([template.after] if sent else [template.before, template.after])
            done.append(found == template.after)
            # Shorter, if it was too late, so that half of the kills come before the end.
            longest *= 0.9 if done[-1] else 1.1

            copy.database().upgrade()
            assert copy.database().revision() == state.HEAD
            assert look_at(copy) == template.after
            copy.database().init()
            with copy.database().session() as session:
                assert session.scalar(select(func.count()).select_from(Category)) == 2
    figures(
        "an upgrade killed",
        Tracker(empty_url).database(),
        kills=scale.kills,
        not_upgraded=done.count(False),
        upgraded=done.count(True),
        half_upgraded=0,
    )
