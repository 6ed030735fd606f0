"""Twenty processes that start at once on an empty database, again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.database import racer
from tests.faults.conftest import Figures, Scale
from tests.migrations import two_revisions
from tests.support.databases import new_database
from tests.support.fixtures import OpenDatabase
from tests.support.postgresql import Server
from trackercore import UserCreate, users
from trackercore.migrations import state


def test_every_process_may_create_the_tables_at_once(
    backend: str,
    tmp_path: Path,
    server: Server,
    scale: Scale,
    figures: Figures,
    open_database: OpenDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two_revisions.install(monkeypatch)
    with racer.processes() as processes:
        for number in range(scale.rounds):
            folder = tmp_path / f"{number}"
            folder.mkdir()
            with new_database(backend, folder, server) as url:
                address = url.render_as_string(hide_password=False)
                outcomes = racer.all_at_once(processes, "Database", address, None, "init")
                assert outcomes == ["done"] * racer.PROCESSES
                database = open_database(url)
                assert database.revision() == state.HEAD
                assert database.differences() == []
                with database.session() as session:
                    users.create(session, UserCreate(email="ada@example.com"))
                if number == scale.rounds - 1:
                    figures(
                        "init_db from many processes",
                        database,
                        processes=racer.PROCESSES,
                        rounds=scale.rounds,
                        errors=0,
                    )
