"""An upgrade of tables that are secured secures those that it adds."""

from __future__ import annotations

import pytest

from tests.migrations.support import Tracker, on_postgresql
from tests.migrations.two_revisions import OLDEST
from tests.support.row_security import Roles
from trackercore import SchemaOutOfDate
from trackercore.backends import row_security
from trackercore.migrations.row_security import OWNER_COLUMNS
from trackercore.row_level_security import secure

pytestmark = [pytest.mark.usefixtures("two_revisions"), on_postgresql]


def secure_old_tables(tracker: Tracker, role: str) -> None:
    """As the version of trackercore that made them did, which knew no others."""
    with tracker.changing() as connection:
        schema = tracker.schema or "public"
        row_security.run(connection, row_security.missing(connection, role, schema, OWNER_COLUMNS))


@pytest.mark.parametrize("schema", [None, pytest.param("My tracker", marks=pytest.mark.slow)])
def test_an_upgrade_secures_what_it_adds(roles: Roles, tracker: Tracker) -> None:
    tracker.bring_to(OLDEST)
    secure_old_tables(tracker, roles.owner)
    database = tracker.database()
    found = database.differences()
    assert not any("policy" in words for words in found)  # of tables that are not there yet
    database.upgrade()
    assert database.differences() == []
    assert secure(database, role=roles.owner, dry_run=True) == []


def test_tables_that_are_out_of_date_are_upgraded_first(roles: Roles, tracker: Tracker) -> None:
    tracker.bring_to(OLDEST)
    with pytest.raises(SchemaOutOfDate):
        secure(tracker.database(), role=roles.owner)
