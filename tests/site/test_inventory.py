"""The built site has every public name. `nox -s docs` builds it and runs this."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from types import ModuleType

import pytest

import trackercore
from trackercore import frames, plots, testing
from trackercore.testing import strategies

SITE = os.environ["TRACKERCORE_SITE"]
MODULES = {
    "trackercore": trackercore,
    **{
        f"trackercore.{name}": module
        for name in trackercore.__all__
        if isinstance(module := getattr(trackercore, name), ModuleType)
    },
    **{module.__name__: module for module in (frames, plots, testing, strategies)},
}
CLASSES = {
    "trackercore.AsyncDatabase": trackercore.AsyncDatabase,
    "trackercore.Database": trackercore.Database,
    "trackercore.testing.Factory": testing.Factory,
    "trackercore.testing.ScratchDatabase": testing.ScratchDatabase,
}


@pytest.fixture(scope="module")
def documented() -> set[str]:
    """The names in the inventory, by which other projects' documentation links to this one."""
    content = Path(SITE, "objects.inv").read_bytes()
    compressed = content.split(b"\n", 4)[4]
    return {line.split(" ", 1)[0] for line in zlib.decompress(compressed).decode().splitlines()}


def test_the_services_are_among_the_modules() -> None:
    assert {"trackercore.habits", "trackercore.study_sessions"} < MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_in_the_reference(module: str, documented: set[str]) -> None:
    names = {f"{module}.{name}" for name in MODULES[module].__all__}
    assert names
    assert names - documented == set()


@pytest.mark.parametrize("kind", CLASSES)
def test_every_public_method_is_in_the_reference(kind: str, documented: set[str]) -> None:
    names = {f"{kind}.{name}" for name in dir(CLASSES[kind]) if not name.startswith("_")}
    assert names
    assert names - documented == set()
