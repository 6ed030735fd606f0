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
    """Calls `main` in this process, as if from a shell."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Output:
        self._capsys.readouterr()
        code = main(arguments)
        out, err = self._capsys.readouterr()
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


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, where a warning is an error."""
    command = [sys.executable, "-W", "error", "-m", "trackercore", *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def with_options(url: str, options: str) -> str:
    """The URL of the same database, with settings of the session."""
    changed: URL = make_url(url).update_query_dict({"options": options})
    return changed.render_as_string(hide_password=False)
