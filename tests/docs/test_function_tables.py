"""The tables of functions in docs/reference say what the code says."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import trackercore

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path.stem for path in DOCS.glob("reference/*.md"))
NEEDED = {"extras": "matplotlib"}  # what a page's functions need, beyond the tests' own packages


def text_of(page: str) -> str:
    return DOCS.joinpath("reference", f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_of_functions_are_up_to_date(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if page in NEEDED:
        pytest.importorskip(NEEDED[page])
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])
    written = import_module("function_tables").page(text_of(page))
    assert text_of(page) == written, "regenerate them: python docs/function_tables.py"


def test_every_service_has_a_table() -> None:
    services = {
        name for name in trackercore.__all__ if isinstance(getattr(trackercore, name), ModuleType)
    }
    markers = "".join(map(text_of, PAGES))
    assert {name for name in services if f"<!-- functions: {name} -->" in markers} == services
