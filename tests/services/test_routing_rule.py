"""What it takes to equate the owner: the rule of tests/support/routing.py, by examples."""

from __future__ import annotations

import pytest

from tests.support.names import named, short
from tests.support.routing import Statement, read_statement

OWNER = 10**9
ROUTED = """
SELECT id FROM tasks WHERE tasks.user_id = :owner
SELECT id FROM tasks WHERE :owner = user_id AND (id = 1 AND completed)
SELECT id FROM tasks WHERE user_id = CAST(:owner AS bigint)
SELECT id FROM tasks WHERE (user_id, id) = (:owner, 7)
SELECT 1 FROM tasks AS t JOIN users AS u ON u.id = t.user_id WHERE u.id = :owner
SELECT 1 FROM tasks AS t JOIN users AS u ON u.id = t.user_id AND u.id = :owner
SELECT 1 FROM users AS u LEFT JOIN tasks AS t ON t.user_id = u.id WHERE u.id = :owner
SELECT 1 FROM tasks AS t RIGHT JOIN users AS u ON t.user_id = u.id WHERE u.id = :owner
SELECT (SELECT count(*) FROM tags WHERE user_id = :owner) FROM tasks WHERE user_id = :owner
WITH own AS (SELECT id FROM tasks WHERE user_id = :owner) SELECT id FROM own
SELECT 1 FROM tasks WHERE user_id = :owner UNION SELECT 1 FROM habits WHERE user_id = :owner
INSERT INTO tasks (title, user_id) VALUES ('x', :owner), ('y', :owner)
INSERT INTO tasks (title, user_id) SELECT x, :owner FROM json_to_recordset('') AS r (x text)
INSERT INTO tasks (user_id) SELECT user_id FROM tags WHERE user_id = :owner
INSERT INTO tasks (user_id) SELECT a::bigint FROM (VALUES (:owner)) AS new (a)
INSERT INTO users (email) VALUES ('ada@example.com')
WITH x AS (DELETE FROM tags WHERE user_id = :owner) UPDATE tasks SET id = 1 WHERE user_id = :owner
UPDATE tasks SET title = tags.name FROM tags WHERE tags.user_id = :owner AND tasks.user_id = :owner
DELETE FROM tasks USING tags WHERE tags.user_id = tasks.user_id AND tags.user_id = :owner
"""
NOT_ROUTED = """
tasks: SELECT id FROM tasks
tasks: SELECT id FROM tasks WHERE user_id = :other
tasks: SELECT id FROM tasks WHERE id = :owner
tasks: SELECT id FROM tasks WHERE user_id >= :owner
tasks: SELECT id FROM tasks WHERE user_id IN (:owner, :other)
tasks: SELECT id FROM tasks WHERE user_id = :owner OR completed
tasks: SELECT id FROM tasks WHERE NOT user_id = :owner
tasks: SELECT id FROM tasks WHERE user_id + 0 = :owner
tasks: SELECT id FROM tasks WHERE (user_id, id) > (:owner, 7)
tags: SELECT 1 FROM tasks, tags WHERE tasks.user_id = :owner
tasks: SELECT 1 FROM tasks LEFT JOIN users ON users.id = :owner
tasks: SELECT 1 FROM tasks AS t LEFT JOIN users AS u ON u.id = t.user_id AND u.id = :owner
tags: SELECT 1 FROM tasks AS t FULL JOIN tags ON tags.user_id = t.user_id WHERE t.user_id = :owner
tags: SELECT (SELECT 1 FROM tags WHERE user_id = t.user_id) FROM tasks AS t WHERE user_id = :owner
tags: SELECT (SELECT 1 FROM tags WHERE id = t.id) FROM tasks AS t WHERE user_id = :owner
tags: SELECT 1 FROM tasks WHERE user_id = :owner AND id IN (SELECT id FROM tags)
tasks: SELECT 1 FROM tasks WHERE user_id IN (SELECT user_id FROM tags WHERE user_id = :owner)
tasks: SELECT 1 FROM (SELECT user_id FROM tasks LIMIT 1) AS x WHERE user_id = :owner
tasks: WITH x AS (SELECT user_id FROM tasks) SELECT 1 FROM x WHERE user_id = :owner
tasks: WITH x AS (SELECT :owner AS id) SELECT 1 FROM x JOIN tasks ON tasks.user_id = x.id
habits: SELECT 1 FROM tasks WHERE user_id = :owner UNION SELECT 1 FROM habits
tasks: SELECT 1 FROM (VALUES (:owner)) AS x (id), LATERAL (SELECT 1 FROM tasks) AS y
tasks: INSERT INTO tasks (title, user_id) VALUES ('x', :owner), ('y', :other)
tasks: INSERT INTO tasks (title) VALUES ('x')
tags: INSERT INTO tasks (user_id) SELECT :owner FROM tags
users: INSERT INTO users (id) VALUES (:other)
tasks: UPDATE tasks SET title = (SELECT name FROM tags WHERE user_id = :owner)
tags: UPDATE tasks SET title = (SELECT name FROM tags) WHERE user_id = :owner
tasks: WITH x AS (DELETE FROM tasks RETURNING id) SELECT id FROM x
"""


def read(sql: str) -> Statement:
    sql = named(sql).replace(":owner", "%(owner)s").replace(":other", "%(other)s")
    return read_statement(sql, {"owner": OWNER, "other": 5}, OWNER)


@pytest.mark.parametrize("sql", ROUTED.strip().splitlines())
def test_the_owner_is_equated_and_is_not_without_any_one_condition(sql: str) -> None:
    statement = read(sql)
    assert statement.not_routed() == []
    for equality in statement.equalities():
        put_back = equality.delete()
        assert statement.not_routed(), str(equality)
        put_back()
    assert statement.not_routed() == []


@pytest.mark.parametrize("line", NOT_ROUTED.strip().splitlines())
def test_the_owner_is_not_equated_for_one_table(line: str) -> None:
    table, sql = line.split(": ", 1)
    assert [*map(short, read(sql).not_routed())] == [table]


def test_a_statement_that_locks_rows_is_known_by_it() -> None:
    assert read("SELECT 1 FROM tasks FOR UPDATE").is_locking
    assert read("WITH x AS (SELECT 1 FROM tasks FOR KEY SHARE) SELECT 1 FROM x").is_locking
    assert not read("UPDATE tasks SET id = 1").is_locking
