"""Calling the commands of `python -m trackercore`, and what they tell."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NamedTuple

import pytest
from sqlalchemy import URL, make_url

from trackercore.__main__ import main

PASSWORD = "s3cr3t"  # noqa: S105


class Told(NamedTuple):
    code: int
    out: str
    err: str


class Shell:
    """Calls `main` in this process, as if from a shell."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Told:
        self._capsys.readouterr()
        code = main(arguments)
        out, err = self._capsys.readouterr()
        return Told(code, out.removesuffix("\n"), err)

    def error(self, *arguments: str) -> str:
        """The one line in which a command tells what is wrong."""
        told = self(*arguments)
        assert (told.code, told.out) == (2, "")
        assert told.err.startswith("trackercore: error: ")
        assert told.err.count("\n") == 1
        assert told.err.endswith("\n")
        assert PASSWORD not in told.err
        return told.err.removeprefix("trackercore: error: ").strip()


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a real command, in which no warning goes unseen."""
    command = [sys.executable, "-W", "error", "-m", "trackercore", *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def with_options(url: str, options: str) -> str:
    """The URL of the same database, with settings of the session."""
    changed: URL = make_url(url).update_query_dict({"options": options})
    return changed.render_as_string(hide_password=False)
