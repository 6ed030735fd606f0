"""Calling the commands of `python -m trackercore`, and their output."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NamedTuple

import pytest
from sqlalchemy import URL, make_url

from trackercore.__main__ import main

PASSWORD = "s3cr3t"  # noqa: S105


class Output(NamedTuple):
    code: int
    out: str
    err: str


class Shell:
    """Calls `main` in this process, as if from a shell.

    Attributes:
        database: what the last command said on stderr about which database it used.
    """

    database: str = ""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Output:
        self._capsys.readouterr()
        code = main(arguments)
        out, err = self._capsys.readouterr()
        self.database, err = split_database(err)
        return Output(code, out.removesuffix("\n"), err)

    def error(self, *arguments: str) -> str:
        """The one line on which a command reports an error."""
        (line,) = self.errors(*arguments)
        return line

    def errors(self, *arguments: str) -> list[str]:
        """The lines on which a command reports an error that has several reasons."""
        output = self(*arguments)
        assert (output.code, output.out) == (2, "")
        assert output.err.endswith("\n")
        assert PASSWORD not in output.err
        lines = output.err.splitlines()
        assert all(line.startswith("trackercore: error: ") for line in lines)
        return [line.removeprefix("trackercore: error: ").strip() for line in lines]


def split_database(err: str) -> tuple[str, str]:
    """The database that stderr names on its first line, and what follows."""
    first, _, rest = err.partition("\n")
    beginning = "trackercore: database "
    if not first.startswith(beginning):
        return "", err
    assert PASSWORD not in first
    return first.removeprefix(beginning), rest


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, where a warning is an error.

    What it says about which database it used is left out of its stderr.
    """
    command = [sys.executable, "-W", "error", "-m", "trackercore", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    _, done.stderr = split_database(done.stderr)
    return done


def with_options(url: str, options: str) -> str:
    """The URL of the same database, with settings of the session."""
    changed: URL = make_url(url).update_query_dict({"options": options})
    return changed.render_as_string(hide_password=False)
