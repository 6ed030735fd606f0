"""The rules that every table keeps, read from the metadata and from the databases' catalogs."""

from __future__ import annotations

import pytest
from sqlalchemy import (
    BIGINT,
    INTEGER,
    Connection,
    Enum,
    Index,
    Table,
    UniqueConstraint,
    inspect,
    text,
)

from tests.support.names import named, short
from tests.support.rows import GOOD, TABLES, composite_keys
from trackercore import Base

OWNED = [table for name, table in TABLES.items() if name != "users"]
WITH_ID = [table for table in OWNED if "id" in table.columns]

each_owned = pytest.mark.parametrize("table", OWNED, ids=lambda table: short(table.name))
each_with_id = pytest.mark.parametrize("table", WITH_ID, ids=lambda table: short(table.name))
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"])
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])


def column_names(item: Index | UniqueConstraint) -> list[str]:
    return [column.name for column in item.columns]


def constraint_names(table: Table) -> set[str]:
    return {str(constraint.name) for constraint in table.constraints}


def test_the_tables_are_those_of_the_design() -> None:
    of_habits = {"habits", "habit_schedules", "habit_pauses", "check_ins"}
    of_study = {"topics", "sessions", "timers", "study_goals"}
    of_tasks = {"tasks", "task_occurrences"}
    of_tags = {"tags", "task_tags", "habit_tags", "session_tags"}
    design = {"users", "user_pauses", "categories", *of_tasks, *of_habits, *of_study, *of_tags}
    assert set(TABLES) == set(GOOD) == design


@each_owned
def test_a_table_other_than_users_has_an_owner(table: Table) -> None:
    assert not table.columns["user_id"].nullable


@each_with_id
def test_owner_and_id_are_the_primary_key(table: Table, connection: Connection) -> None:
    """SQLite gives out ids for a primary key of one column only, so there the two are unique."""
    key = ["user_id", "id"]
    (mapper,) = (mapper for mapper in Base.registry.mappers if mapper.local_table is table)
    assert [column.name for column in mapper.primary_key] == key
    inspector = inspect(connection)
    unique = [item["column_names"] for item in inspector.get_unique_constraints(table.name)]
    on_sqlite = connection.dialect.name == "sqlite"
    stored = inspector.get_pk_constraint(table.name)["constrained_columns"]
    assert stored == (["id"] if on_sqlite else key)
    assert (key in unique) == on_sqlite


def test_ids_have_64_bits_and_are_the_row_id_on_sqlite(connection: Connection) -> None:
    expected = BIGINT if connection.dialect.name == "postgresql" else INTEGER
    for table in TABLES.values():
        keys = {"id", "user_id", "category_id", "habit_id", "topic_id"} & set(table.columns.keys())
        columns = {column["name"]: column for column in inspect(connection).get_columns(table.name)}
        assert keys
        assert {type(columns[key]["type"]) for key in keys} == {expected}


@each_owned
def test_whatever_is_unique_starts_with_the_owner(table: Table) -> None:
    unique: list[Index | UniqueConstraint] = [item for item in table.indexes if item.unique]
    unique += [item for item in table.constraints if isinstance(item, UniqueConstraint)]
    assert [names for names in map(column_names, unique) if names[0] != "user_id"] == []


@each_owned
def test_every_index_starts_with_the_owner(table: Table) -> None:
    assert [names for names in map(column_names, table.indexes) if names[0] != "user_id"] == []


@each_owned
def test_every_row_goes_with_its_user(table: Table) -> None:
    """Directly, or with the row that it belongs to."""
    cascades = {
        short(key.referred_table.name): key.ondelete
        for key in table.foreign_key_constraints
        if key.referred_table is not TABLES["categories"]
    }
    assert set(cascades.values()) == {"CASCADE"}
    assert "users" in cascades or table not in WITH_ID


def test_foreign_keys_between_owned_tables_are_composite() -> None:
    keys = {
        str(key.name): (key.column_keys, [element.target_fullname for element in key.elements])
        for key in composite_keys()
    }
    assert keys == {
        named(f"fk_{table}_user_id_{column}"): (
            ["user_id", column],
            [
                named(f"{target}.user_id"),
                named(f"{target}.{'possible_parent_id' if column == 'parent_id' else 'id'}"),
            ],
        )
        for table, column, target in (
            ("check_ins", "habit_id", "habits"),
            ("habit_pauses", "habit_id", "habits"),
            ("habit_schedules", "habit_id", "habits"),
            ("habit_tags", "habit_id", "habits"),
            ("habit_tags", "tag_id", "tags"),
            ("habits", "category_id", "categories"),
            ("session_tags", "session_id", "sessions"),
            ("session_tags", "tag_id", "tags"),
            ("sessions", "part_of", "sessions"),
            ("sessions", "topic_id", "topics"),
            ("study_goals", "topic_id", "topics"),
            ("task_occurrences", "task_id", "tasks"),
            ("task_tags", "tag_id", "tags"),
            ("task_tags", "task_id", "tasks"),
            ("tasks", "category_id", "categories"),
            ("tasks", "parent_id", "tasks"),
            ("timers", "topic_id", "topics"),
        )
    }


def test_only_the_foreign_keys_to_categories_have_no_action() -> None:
    actions = {str(key.name): (key.ondelete, key.onupdate) for key in composite_keys()}
    for table in ("tasks", "habits"):
        assert actions.pop(named(f"fk_{table}_user_id_category_id")) == (None, None)
    assert set(actions.values()) == {("CASCADE", None)}


@on_postgresql
def test_foreign_keys_between_owned_tables_refer_to_the_primary_key(
    connection: Connection,
) -> None:
    query = text(
        "SELECT conname, conindid::regclass::text AS target FROM pg_constraint "
        "WHERE contype = 'f' AND cardinality(conkey) > 1"
    )
    assert {(row.conname, row.target) for row in connection.execute(query)} == {
        (key.name, f"pk_{key.referred_table.name}")
        for key in composite_keys()
        if "parent_id" not in key.column_keys  # a subtask is no parent
    } | {(named("fk_tasks_user_id_parent_id"), named("uq_tasks_user_id_possible_parent_id"))}


def test_every_constraint_has_the_name_that_the_metadata_gives_it(connection: Connection) -> None:
    inspector = inspect(connection)
    for table in TABLES.values():
        name = table.name
        stored = {
            item["name"]
            for item in (
                inspector.get_pk_constraint(name),
                *inspector.get_foreign_keys(name),
                *inspector.get_unique_constraints(name),
                *inspector.get_check_constraints(name),
            )
        }
        expected = constraint_names(table)
        if connection.dialect.name == "sqlite" and "id" in table.columns:
            # An autoincrementing key has no name.
            stored, expected = stored - {None}, expected - {f"pk_{name}"}
        assert stored == expected
        assert {constraint[:3] for constraint in expected} <= {"pk_", "fk_", "uq_", "ck_"}


def test_every_index_is_there(connection: Connection) -> None:
    inspector = inspect(connection)
    for table in TABLES.values():
        stored = {
            (item["name"], tuple(item["column_names"]), bool(item["unique"]))
            for item in inspector.get_indexes(table.name)
            if "duplicates_constraint" not in item
        }
        expected = {
            (item.name, tuple(column_names(item)), bool(item.unique)) for item in table.indexes
        }
        assert stored == expected


def test_no_column_is_an_enumeration() -> None:
    types = [column.type for table in TABLES.values() for column in table.columns]
    assert not [type_ for type_ in types if isinstance(type_, Enum)]


@on_postgresql
def test_ids_are_identity_columns_without_serial(connection: Connection) -> None:
    columns = text(
        "SELECT table_name, is_identity, column_default FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name = 'id'"
    )
    found = {row.table_name: row for row in connection.execute(columns)}
    assert set(found) == {named("users"), *(table.name for table in WITH_ID)}
    for row in found.values():
        assert (row.is_identity, row.column_default) == ("YES", None)


@on_postgresql
def test_postgresql_has_neither_triggers_nor_types_nor_loose_sequences(
    connection: Connection,
) -> None:
    triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    types = "SELECT typname FROM pg_type WHERE typtype IN ('e', 'd') AND typnamespace = "
    sequences = "SELECT relname FROM pg_class AS c WHERE relkind = 'S' AND NOT EXISTS "
    of_identities = "(SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'i')"
    for query in (triggers, f"{types}'public'::regnamespace", sequences + of_identities):
        assert connection.execute(text(query)).all() == []


@on_sqlite
def test_sqlite_has_no_triggers(connection: Connection) -> None:
    query = "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')"
    assert connection.execute(text(query)).scalar_one() == 0


def test_sqlite_and_postgresql_have_the_same_columns(connection: Connection) -> None:
    inspector = inspect(connection)
    for table in TABLES.values():
        columns = inspector.get_columns(table.name)
        stored = {column["name"]: column["nullable"] for column in columns}
        assert stored == {column.name: column.nullable for column in table.columns}
