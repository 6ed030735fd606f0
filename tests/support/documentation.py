"""A pytest plugin that runs the Python blocks of Markdown pages, each page in a folder of its own.

A block of the language "text" is what the Python block before it prints, word for word.

pytest -p tests.support.documentation README.md docs
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser, SkipParser

import trackercore

_PRINTED = "__printed__"
_run = PythonEvaluator()


@pytest.fixture(scope="module")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty working directory, so that the page's default database is new."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("page")
        patch.chdir(folder)
        patch.delenv("DATABASE_URL", raising=False)
        database = trackercore.configure("sqlite:///trackercore.db")
        yield folder
        database.dispose()


def run(example: Example) -> None:
    """Run a block, and remember what it prints."""
    with redirect_stdout(StringIO()) as printed:
        _run(example)
    example.namespace[_PRINTED] = printed.getvalue()


def compare(example: Example) -> None:
    """Check that the page shows what was printed."""
    lines = str(example.namespace[_PRINTED]).splitlines()
    assert [line.rstrip() for line in lines] == example.parsed.splitlines()


pytest_collect_file = Sybil(
    parsers=[CodeBlockParser("python", run), CodeBlockParser("text", compare), SkipParser()],
    path=str(Path(__file__).parents[2]),
    pattern="*.md",
    fixtures=["page_folder"],
).pytest()
