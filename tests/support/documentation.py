"""A pytest plugin that runs the Python blocks of Markdown pages, each page in a folder of its own.

pytest -p tests.support.documentation README.md docs
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

import trackercore


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


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    path=str(Path(__file__).parents[2]),
    pattern="*.md",
    fixtures=["page_folder"],
).pytest()
