"""The tables of docs/examples/host_app, by the host's Alembic."""

from __future__ import annotations

from pathlib import Path

import pytest

from host_app import models
from tests.host_alembic.project import Project
from tests.host_alembic.test_two_version_tables import BOTH, ENV
from trackercore import Database
from trackercore.migrations import state


@pytest.mark.slow  # starts processes
def test_autogenerate_makes_them_and_then_sees_no_difference(
    project: Project, tracker: Database
) -> None:
    source = Path(models.__file__).read_text(encoding="utf-8")
    (project.folder / "shop" / "models.py").write_text(source, encoding="utf-8")
    project.edit(ENV)
    project.follow(BOTH)  # ends with `alembic check`, which exits with 0
    (revision,) = project.revisions().values()
    assert revision.count("op.create_table") == len(models.Base.metadata.tables)
    assert tracker.revision() == state.HEAD
    assert tracker.differences() == []
