"""The order that a user gives their tasks and habits: that of a list in which items are moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from tests.services.measures import analyze, effort
from tests.services.support import NOW, person
from tests.services.test_races import after
from tests.support.statements import count_statements
from trackercore import (
    Database,
    Habit,
    HabitCreate,
    InvalidInput,
    NotFound,
    Task,
    TaskCreate,
    UserCreate,
    habits,
    tasks,
    users,
)
from trackercore.services._shared.positions import MIN_POSITION, STEP

MAX_SAFE_INTEGER = 2**53 - 1
"""JavaScript's."""


@dataclass(frozen=True)
class Movable:
    """What can be moved."""

    model: type[Task | Habit]
    create: Callable[[Session, int], Task | Habit]
    move: Callable[..., Task | Habit]

    def __str__(self) -> str:
        return self.model.__tablename__

    def order(self, session: Session, owner: int) -> list[int]:
        """The ids as a list shows them."""
        model = self.model
        query = select(model.id).where(model.user_id == owner).order_by(model.position, model.id)
        return list(session.scalars(query))

    def positions(self, session: Session, owner: int) -> dict[int, tuple[int, datetime]]:
        """Each row's position, and when it was changed."""
        model = self.model
        query = select(model.id, model.position, model.updated_at).where(model.user_id == owner)
        return {row.id: (row.position, row.updated_at) for row in session.execute(query)}


TASKS = Movable(
    Task, lambda session, owner: tasks.create(session, owner, TaskCreate(title="t")), tasks.move
)
HABITS = Movable(
    Habit,
    lambda session, owner: habits.create(
        session, owner, HabitCreate(name="h", frequency="daily"), now=NOW
    ),
    habits.move,
)
each = pytest.mark.parametrize("of", [TASKS, HABITS], ids=str)
Side = Literal["before", "after"]


def owner_of(session: Session, of: Movable, rows: int, email: str = "ada@example.com") -> int:
    owner = users.create(session, UserCreate(email=email)).id
    for _ in range(rows):
        of.create(session, owner)
    return owner


# --- Any moves --------------------------------------------------------------------------------

places = st.integers(0, 7)
sides = st.sampled_from(["before", "after"])
Step = tuple[str, int, int]
steps = st.one_of(
    st.tuples(sides, places, places),
    st.tuples(st.just("create"), places, places),
    st.tuples(st.just("complete"), places, places),
    # As adopted rows are, or as bad as can be: the first number is how far apart they are.
    st.tuples(st.just("set"), st.integers(0, 2), st.sampled_from([MIN_POSITION, -3, 1])),
)


@each
@settings(max_examples=settings().max_examples // 20)
@given(st.lists(steps, max_size=20), st.booleans())
@example([("set", 0, MIN_POSITION), ("before", 3, 1), ("before", 1, 0)], True)
@example([("after", 0, 2)] + 30 * [("after", 0, 1), ("after", 1, 2)], False)
def test_any_moves_give_the_order_of_a_list(
    database: Database, of: Movable, steps: list[Step], is_loaded: bool
) -> None:
    with database.session() as session:
        owner, other = owner_of(session, of, 4), owner_of(session, of, 3, "eve@example.com")
        plain, theirs = of.order(session, owner), of.positions(session, other)
        for what, first, second in steps:
            if not is_loaded:
                session.flush()
                session.expunge_all()
            run(session, of, owner, plain, what, first, second)
            assert of.order(session, owner) == plain
            stored = of.positions(session, owner)
            if is_loaded:
                loaded = [row for row in session.identity_map.values() if isinstance(row, of.model)]
                for row in loaded:
                    if row.user_id == owner:
                        assert (row.position, row.updated_at) == stored[row.id]
            assert all(abs(position) <= MAX_SAFE_INTEGER + 1 for position, _ in stored.values())
        assert of.positions(session, other) == theirs
        session.rollback()


def run(
    session: Session, of: Movable, owner: int, plain: list[int], what: str, first: int, second: int
) -> None:
    """Take a step, and the same one with a plain list."""
    if what == "create":
        plain.append(of.create(session, owner).id)
        return
    if what == "set":
        for number, row_id in enumerate(plain):
            place = update(of.model).where(of.model.user_id == owner, of.model.id == row_id)
            session.execute(place.values(position=second + number * first))
        if first == 0:
            plain.sort()  # rows at the same position are ordered by id
        session.expire_all()
        return
    row_id, neighbour = plain[first % len(plain)], plain[second % len(plain)]
    if what == "complete":
        if of is TASKS:
            tasks.complete(session, owner, row_id, now=NOW)
        return
    before = of.positions(session, owner)
    is_there = moved(plain, row_id, neighbour, what) == plain
    plain[:] = moved(plain, row_id, neighbour, what)
    row = of.move(session, owner, row_id, **{what: neighbour})
    assert row.id == row_id
    if is_there:
        assert of.positions(session, owner) == before


def moved(plain: list[int], row_id: int, neighbour: int, side: str) -> list[int]:
    if row_id == neighbour:
        return plain
    left = [it for it in plain if it != row_id]
    place = left.index(neighbour) + (side == "after")
    return [*left[:place], row_id, *left[place:]]


# --- What it costs ----------------------------------------------------------------------------


@each
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_move_writes_one_row(session: Session, of: Movable, side: Side) -> None:
    owner = owner_of(session, of, 6)
    order = of.order(session, owner)
    for place in range(6):
        stored = of.positions(session, owner)
        with count_statements(session) as statements:
            of.move(session, owner, order[place], **{side: order[(place + 3) % 6]})
        rows = [it for it in statements if it.startswith(f"UPDATE {of}")]
        assert len(rows) == 1
        assert len(statements) <= 6, statements
        now = of.positions(session, owner)
        assert {row_id for row_id in now if now[row_id] != stored[row_id]} == {order[place]}
        order = moved(order, order[place], order[(place + 3) % 6], side)
        assert of.order(session, owner) == order


@each
def test_where_there_is_no_room_one_statement_makes_it_and_new_rows_still_come_last(
    session: Session, of: Movable
) -> None:
    owner = owner_of(session, of, 5)
    order = of.order(session, owner)
    for number, row_id in enumerate(order):
        place = update(of.model).where(of.model.user_id == owner, of.model.id == row_id)
        session.execute(place.values(position=number))
    session.expunge_all()
    with count_statements(session) as statements:
        of.move(session, owner, order[4], after=order[0])
    assert len([it for it in statements if it.startswith(f"UPDATE {of}")]) == 2
    expected = [order[0], order[4], *order[1:4]]
    assert of.order(session, owner) == expected
    for _ in range(19):  # there is room for a while
        with count_statements(session) as statements:
            of.move(session, owner, expected[-1], after=order[0])
        assert len([it for it in statements if it.startswith(f"UPDATE {of}")]) == 1
        expected = [expected[0], expected[-1], *expected[1:-1]]
    new = of.create(session, owner).id
    assert of.order(session, owner) == [*expected, new]


def test_a_move_among_many_reads_as_much_as_among_few(session: Session) -> None:
    owner = owner_of(session, TASKS, 0)
    amounts: list[int] = []
    for number in (50, 1500):
        rows = [
            {"user_id": owner, "title": "t", "completed": n % 2 == 1, "position": n * STEP}
            for n in range(number)
        ]
        session.execute(insert(Task), rows)
        analyze(session)
        order = TASKS.order(session, owner)
        half = len(order) // 2

        def move_there_and_back(first: int = order[3], second: int = order[half]) -> None:
            with session.begin_nested() as savepoint:
                tasks.move(session, owner, first, after=second)
                savepoint.rollback()

        amounts.append(effort(session, move_there_and_back))
    assert 0 < amounts[1] <= 1.5 * amounts[0]


# --- Ends and refusals ------------------------------------------------------------------------


@each
def test_one_is_moved_next_to_one_other(session: Session, of: Movable) -> None:
    owner = owner_of(session, of, 2)
    first, second = of.order(session, owner)
    for wrong in ({}, {"before": second, "after": second}, {"before": None, "after": None}):
        with count_statements(session) as statements, pytest.raises(InvalidInput, match="one of"):
            of.move(session, owner, first, **wrong)
        assert statements == []
    with pytest.raises(TypeError):
        of.move(session, owner, first, before="1")
    with pytest.raises(NotFound):
        of.move(session, owner, first, after=second + 1)
    assert of.order(session, owner) == [first, second]


@each
def test_to_the_front_and_to_the_end(session: Session, of: Movable) -> None:
    owner = owner_of(session, of, 3)
    first, second, third = of.order(session, owner)
    of.move(session, owner, third, before=first)
    assert of.order(session, owner) == [third, first, second]
    of.move(session, owner, third, after=second)
    new = of.create(session, owner).id
    assert of.order(session, owner) == [first, second, third, new]


@each
def test_many_moves_to_the_end_leave_new_rows_last(session: Session, of: Movable) -> None:
    owner = owner_of(session, of, 2)
    for _ in range(20):
        order = of.order(session, owner)
        of.move(session, owner, order[0], after=order[-1])
    order = of.order(session, owner)
    assert of.order(session, owner) == order
    new = of.create(session, owner).id
    assert of.order(session, owner) == [*order, new]


# --- Two at once ------------------------------------------------------------------------------


@each
def test_two_moves_to_the_same_place_take_turns(database: Database, of: Movable) -> None:
    with database.session() as session:
        owner = owner_of(session, of, 4)
        order = of.order(session, owner)
    after(
        database,
        lambda session: of.move(session, owner, order[2], before=order[1]),
        lambda session: of.move(session, owner, order[3], before=order[1]),
    )
    with database.session() as session:
        assert of.order(session, owner) == [order[0], order[2], order[3], order[1]]
        query: Any = select(func.count(of.model.position.distinct()))
        assert session.scalar(query) == 4


def test_a_move_of_a_task_leaves_what_it_is_alone(session: Session) -> None:
    ids = person(session)
    task = tasks.create(session, ids.user, TaskCreate(title="t", completed=True, completed_at=NOW))
    before = {name: getattr(task, name) for name in ("completed_at", "completed_on", "title_key")}
    tasks.move(session, ids.user, task.id, before=ids.task)
    session.expire_all()
    assert {name: getattr(task, name) for name in before} == before
