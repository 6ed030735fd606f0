"""The constraint that refused a write, by what the driver says of it: from Citus, not all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from tests.support.names import named
from trackercore import Task, User
from trackercore.backends import postgresql
from trackercore.backends.user_emails import user_emails

USERS, TASKS = cast("Table", User.__table__), cast("Table", Task.__table__)


@dataclass
class Diagnostics:
    """What psycopg has as `diag`."""

    message_primary: str | None
    constraint_name: str | None = None


class Refused(Exception):
    def __init__(self, message: str | None, name: str | None = None) -> None:
        super().__init__(message)
        self.diag = Diagnostics(message, name)


def constraint_name(error: Exception, table: Table = USERS) -> str:
    return postgresql.constraint_name(IntegrityError("INSERT", {}, error), table)


def test_postgresql_names_it() -> None:
    name = named("uq_users_email")
    assert constraint_name(Refused(f'... unique constraint "{name}"', name)) == name


@pytest.mark.parametrize(
    "message",
    [
        'duplicate key value violates unique constraint "uq_users_email_102024"',
        "doppelter Schlüsselwert verletzt Unique-Constraint »uq_users_email_102024«",
        "la valeur rompt la contrainte unique « uq_users_email_102024 »",
        'insert on table "users_102024" violates constraint "uq_users_email_102024"',
    ],
)
def test_citus_has_it_in_the_message_of_the_shard_alone(message: str) -> None:
    assert constraint_name(Refused(named(message))) == named("uq_users_email")


def test_the_shards_number_is_left_out_of_a_name_too() -> None:
    name = named("fk_tasks_user_id_category_id")
    assert constraint_name(Refused(None, f"{name}_102008"), TASKS) == name


def test_a_row_that_is_still_referred_to_is_refused_by_the_key_of_the_other_table() -> None:
    message = 'delete on table "tasks_1" violates "fk_tasks_user_id_parent_id_1" on table "tasks_1"'
    assert constraint_name(Refused(named(message)), TASKS) == named("fk_tasks_user_id_parent_id")


def test_a_constraint_of_another_table_is_known_too() -> None:
    name = f"pk_{user_emails().name}"
    assert constraint_name(Refused(f'unique constraint "{name}_102040"')) == name


def test_a_name_that_citus_has_cut_is_that_of_the_constraint_it_begins() -> None:
    name = f"uq_{'prefix_' * 6}tasks_user_id"
    table = Table("t", MetaData(), Column("a", Integer), UniqueConstraint("a", name=name))
    cut = f"{name[:46]}_4f1aa0b2_102008"
    assert constraint_name(Refused(f'unique constraint "{cut}"'), table) == name


@pytest.mark.parametrize("error", [Refused(None), Refused("no name"), Exception("no diag")])
def test_without_a_name_there_is_none(error: Exception) -> None:
    assert constraint_name(error) == ""
