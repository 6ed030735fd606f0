"""The built site: nothing public is missing from it. "nox -s docs" builds it and runs this."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from types import ModuleType

import pytest

import trackercore

SITE = os.environ.get("TRACKERCORE_SITE")

pytestmark = pytest.mark.skipif(SITE is None, reason="TRACKERCORE_SITE names no built site")


@pytest.fixture(scope="module")
def documented() -> set[str]:
    """The names in the inventory, by which other projects' documentation links to this one."""
    content = Path(str(SITE), "objects.inv").read_bytes()
    compressed = content.split(b"\n", 4)[4]
    return {line.split(" ", 1)[0] for line in zlib.decompress(compressed).decode().splitlines()}


def test_every_public_name_is_in_the_reference(documented: set[str]) -> None:
    names = {f"trackercore.{name}" for name in trackercore.__all__}
    assert names - documented == set()


def test_every_service_function_is_in_the_reference(documented: set[str]) -> None:
    modules = {name: getattr(trackercore, name) for name in trackercore.__all__}
    functions = {
        f"trackercore.{name}.{function}"
        for name, module in modules.items()
        if isinstance(module, ModuleType)
        for function in module.__all__
    }
    assert len(functions) > 60
    assert functions - documented == set()


def test_the_methods_of_a_database_are_in_the_reference(documented: set[str]) -> None:
    names = {name for name in vars(trackercore.Database) if not name.startswith("_")}
    assert {f"trackercore.Database.{name}" for name in names} - documented == set()
