"""Jobs that need no rows: making tables in memory, and importing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from sqlalchemy import create_engine

from tests.benchmarks.harness import OURS, Entry, Goal, Job
from tests.benchmarks.scale import Scale
from trackercore import Base, Database, prepare_engine

_DEPENDENCIES = "import sqlalchemy.orm, pydantic"
_TABLES = "create_all of the same tables"


def init_in_memory(scale: Scale) -> Iterator[Job]:
    """A new database for a test, and its tables."""
    rounds = max(3, scale.rounds)
    goals = [Goal(1.5, _TABLES)]
    entries = [Entry(_TABLES, _create_all), Entry(OURS, _init)]
    yield Job("init_db in memory", entries, goals, rounds)


def imports(scale: Scale) -> Iterator[Job]:
    """Whole processes, from start to end; `every name` loads all modules but Alembic's."""
    entries = [
        Entry(_DEPENDENCIES, lambda: _process(_DEPENDENCIES)),
        Entry(OURS, lambda: _process("import trackercore, sqlalchemy.orm, pydantic")),
        Entry(f"{OURS}, every name", lambda: _process("from trackercore import *")),
    ]
    goals = [Goal(1.15, _DEPENDENCIES), Goal(1.15, _DEPENDENCIES, f"{OURS}, every name")]
    yield Job("import", entries, goals, max(3, scale.rounds // 2))


def _create_all() -> None:
    engine = prepare_engine(create_engine("sqlite://"))
    Base.metadata.create_all(engine)
    engine.dispose()


def _init() -> None:
    database = Database("sqlite://")
    database.init()
    database.dispose()


def _process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)
