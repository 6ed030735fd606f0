"""What `import trackercore` costs, what it pulls in, and what it does not do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import trackercore

HEAVY = {"alembic", "pandas", "numpy", "matplotlib", "psycopg2", "aiosqlite", "psycopg"}


def run(code: str, folder: Path, **environment: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    environment["PYTHONPATH"] = ":".join(filter(None, sys.path))
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("what", ["import trackercore", "from trackercore import *"])
def test_importing_pulls_in_nothing_heavy_and_touches_nothing(what: str, tmp_path: Path) -> None:
    code = f"import sys\n{what}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    imported = set(run(code, tmp_path, DATABASE_URL="garbage").split())
    assert "trackercore" in imported
    assert imported & HEAVY == set()
    assert list(tmp_path.iterdir()) == []


def test_what_is_for_asyncio_is_imported_when_it_is_used(tmp_path: Path) -> None:
    code = (
        "import sys, trackercore\n"
        "trackercore.init_db('sqlite://').dispose()\n"
        "names = {'sqlalchemy.ext.asyncio', 'aiosqlite'}\n"
        "print(len(names & sys.modules.keys()))\n"
        "_ = trackercore.AsyncDatabase('sqlite://').engine\n"
        "print(len(names & sys.modules.keys()))"
    )
    assert run(code, tmp_path).split() == ["0", "2"]


def test_importing_loads_nothing_but_sqlalchemy_and_pydantic(tmp_path: Path) -> None:
    """The other modules are loaded when their names are used; docs/benchmarks has the times."""
    code = (
        "import sys, sqlalchemy.orm, pydantic\n"
        "before = {*sys.modules}\n"
        "import trackercore\n"
        "print(*({*sys.modules} - before))"
    )
    assert run(code, tmp_path).split() == ["trackercore"]


def test_every_public_name_is_there() -> None:
    for name in trackercore.__all__:
        assert getattr(trackercore, name) is not None
    assert set(trackercore.__all__) <= set(dir(trackercore))
    assert trackercore.__all__ == sorted(trackercore.__all__)


def test_a_name_that_does_not_exist_is_an_error_like_anywhere() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        getattr(trackercore, "Nonsense")  # noqa: B009 - no type checker would let it
