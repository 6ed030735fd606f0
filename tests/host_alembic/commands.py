"""What a process does that runs one command for a host: see project.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from alembic.config import main as alembic

from tests.migrations import two_revisions
from trackercore.__main__ import main as trackercore


def run(command: list[str], folder: Path, url: str, output: Path, out_of_date: bool) -> None:
    """Run the command as a shell in the folder would, and exit with its code."""
    if out_of_date:
        two_revisions.install()
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(written, descriptor)
    os.chdir(folder)
    os.environ["DATABASE_URL"] = url
    match command:
        case ["alembic", *arguments]:
            alembic(arguments, prog="alembic")
        case ["python", "-m", "trackercore", *arguments]:
            sys.exit(trackercore(arguments))
        case _:
            sys.exit(f"{command} is not a command of these pages")
