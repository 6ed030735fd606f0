"""Row-level security, by a revision of the host's."""

from __future__ import annotations

import pytest

from tests.host_alembic.project import Project
from tests.host_alembic.test_two_version_tables import BOTH, ENV, MODELS
from tests.support.row_security import Roles
from trackercore import Database, UserCreate, users
from trackercore.row_level_security import secure

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("backend", ["postgresql"])]

SECTION = "Row-level security"


def test_the_revision_of_the_page_secures_the_tables(
    roles: Roles, project: Project, tracker: Database
) -> None:
    # The role of the page belongs to all databases of the server.
    project.replaced["secure(op.get_bind()"] = f"secure(op.get_bind(), role={roles.owner!r}"
    project.follow(MODELS, ENV, BOTH, SECTION)
    assert secure(tracker, role=roles.owner, dry_run=True) == []
    assert tracker.differences() == []
    database = Database(project.url, owner_role=roles.owner)
    with database.session() as session:
        ada = users.create(session, UserCreate(email="ada@example.com")).id
        users.create(session, UserCreate(email="eve@example.com"))
    assert database.run(users.count, owner=ada) == 1
    database.dispose()
    project.run("alembic check")
