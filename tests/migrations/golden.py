"""The offline SQL of every revision, in files: python -m tests.migrations.golden writes them.

Until 0.1.0 is released, every change to the tables changes the first revision and its files.
"""

from __future__ import annotations

import re
from pathlib import Path

from trackercore.migrations import run

FOLDER = Path(__file__).parents[1] / "data" / "migrations"
BACKENDS = ("sqlite", "postgresql")

_START = re.compile(r"^-- Running upgrade .*-> (\w+)$", re.MULTILINE)


def scripts(backend: str) -> dict[str, str]:
    """What each revision adds to the script, the oldest first."""
    _, *parts = _START.split(run.script(backend).removesuffix("COMMIT;\n\n"))
    return {
        revision: _tidy(script) for revision, script in zip(parts[::2], parts[1::2], strict=True)
    }


def _tidy(script: str) -> str:
    # Not a matter of the revision, but of Alembic's and SQLAlchemy's versions.
    lines = (line.rstrip() for line in script.splitlines())
    return "".join(f"{line}\n" for line in lines if line)


def path_of(revision: str, backend: str) -> Path:
    return FOLDER / f"{revision}.{backend}.sql"


if __name__ == "__main__":
    for backend in BACKENDS:
        for revision, script in scripts(backend).items():
            path_of(revision, backend).write_text(script, encoding="utf-8")
