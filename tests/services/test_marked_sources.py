"""Which statements and conditions have to be sent: what tests/support/marked_sources.py marks."""

from __future__ import annotations

from typing import Any

from tests.support.marked_sources import (
    conditions_in,
    mark_source,
    places_in,
    without_condition,
)

SOURCE = '''"""A service."""
from __future__ import annotations
from sqlalchemy import Integer, column, exists, select, table
from sqlalchemy import update as sql_update
OWNER = column("owner", Integer)
tasks = table("tasks", column("user_id", Integer), column("id", Integer))
query = select(tasks).where(tasks.c.user_id == OWNER, tasks.c.id == 1)
write = sql_update(tasks).where(tasks.c.id == 1, exists().where(tasks.c.user_id == OWNER))
'''
WRITTEN = {
    "query": {"tasks.py:7:9", "tasks.py:7:29"},
    "write": {"tasks.py:8:9", "tasks.py:8:50", "tasks.py:8:65"},
}


def compiled() -> dict[str, str]:
    marked, _ = mark_source(SOURCE, "tasks.py")
    names: dict[str, Any] = {}
    exec(marked, names)  # noqa: S102
    return {name: str(names[name]) for name in WRITTEN}


def test_statements_and_conditions_on_the_owner_are_marked() -> None:
    _, places = mark_source(SOURCE, "tasks.py")
    assert places == set().union(*WRITTEN.values())


def test_what_is_sent_says_where_it_is_written() -> None:
    assert {name: places_in([sql]) for name, sql in compiled().items()} == WRITTEN


def test_a_condition_can_be_deleted() -> None:
    sql = compiled()["query"]
    assert "tasks.user_id = owner" in sql
    assert conditions_in(sql) == [("tasks.py:7:29", "tasks")]
    assert "tasks.user_id = owner" not in without_condition(sql, "tasks.py:7:29")
    assert without_condition(sql, "tasks.py:7:30") == sql
