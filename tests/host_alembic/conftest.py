"""A host's project, new for every test, on an empty database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.host_alembic.project import Project
from tests.migrations.conftest import two_revisions
from trackercore import Database

__all__ = ["two_revisions"]


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `alembic init` writes, and an empty package."""
    folder = tmp_path_factory.mktemp("generated")
    Project(folder, "").run("alembic init migrations")
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").touch()
    return folder


@pytest.fixture
def project(generated: Path, tmp_path: Path, empty_url: str) -> Project:
    folder = tmp_path / "project"
    shutil.copytree(generated, folder)
    return Project(folder, empty_url)


@pytest.fixture
def out_of_date(project: Project, two_revisions: None) -> None:
    """Two revisions, so that the project's tables can be older ones."""
    project.out_of_date = True


@pytest.fixture
def tracker(project: Project) -> Iterator[Database]:
    """trackercore, on the project's database."""
    database = Database(project.url)
    yield database
    database.dispose()
