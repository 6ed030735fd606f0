"""The streaks that habits come with: right on the owner's today, whatever was read before."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import cast, get_type_hints

import pytest
from pydantic import Field, ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session, load_only, selectinload

from tests.services.calls import CALLS, Call, services
from tests.services.habits.support import DAY, NOW, TODAY, new_user
from tests.services.support import person
from trackercore import (
    Category,
    CategoryCreate,
    CategoryRead,
    Conflict,
    Habit,
    HabitArchived,
    HabitCreate,
    HabitRead,
    HabitStanding,
    HabitUpdate,
    Page,
    PageRead,
    ScheduleChange,
    User,
    UserUpdate,
    categories,
    habits,
    overview,
    users,
)

Key = tuple[Session, int, int]


def running(session: Session, days: int = 3) -> tuple[Habit, Key]:
    """A daily habit that was done on the last days, today included."""
    user = new_user(session)
    habit = habits.create(session, user.id, HabitCreate(name="Run", frequency="daily"), now=NOW)
    for ago in range(days):
        habits.check_in(session, user.id, habit.id, on=TODAY - ago * DAY, now=NOW)
    return habit, (session, user.id, habit.id)


def quitting(session: Session, user: User, days: int = 10) -> Habit:
    """A habit at most, which nothing is recorded for."""
    first = TODAY - days * DAY
    data = HabitCreate(
        name="Smoke", frequency="daily", direction="at_most", target=0, starts_on=first
    )
    return habits.create(session, user.id, data, now=NOW)


def as_json(session: Session, user_id: int, now: datetime) -> dict[str, tuple[int, int, str]]:
    """What an application sends: streaks and their day, by the names of the habits."""
    page = habits.find(session, user_id, now=now)
    items = json.loads(PageRead[HabitRead].model_validate(page).model_dump_json())["items"]
    return {
        item["name"]: (item["current_streak"], item["longest_streak"], item["as_of"])
        for item in items
    }


def test_after_two_idle_weeks_a_list_says_what_the_overview_says(session: Session) -> None:
    habit, (_, owner, _) = running(session)
    quitting(session, users.get(session, owner))
    today = str(TODAY)
    assert as_json(session, owner, NOW) == {"Run": (3, 3, today), "Smoke": (10, 10, today)}
    later = NOW + 14 * DAY
    today = str(TODAY + 14 * DAY)
    assert as_json(session, owner, later) == {"Run": (0, 3, today), "Smoke": (24, 24, today)}
    shown = {item.name: item for item in overview(session, owner, now=later).habits}
    assert {name: item.current_streak for name, item in shown.items()} == {"Run": 0, "Smoke": 24}
    assert habit.cached_streak == 3  # which nothing shows
    assert "streak=0, as_of=2024-04-03" in repr(habit)
    assert "cached" not in repr(habit)


def test_all_that_says_a_streak_agrees_on_every_day(session: Session) -> None:
    """Also on days before the last one that is recorded, as in a report of the past."""
    run, (_, owner, _) = running(session, days=5)
    habits.check_in(session, owner, run.id, on=TODAY - 9 * DAY, now=NOW)
    smoke = quitting(session, users.get(session, owner))
    habits.check_in(session, owner, smoke.id, on=TODAY - 4 * DAY, amount=2, now=NOW)
    data = HabitCreate(name="Swim", frequency="weekly", target=2, allowed_misses=1)
    swim = habits.create(session, owner, data, now=NOW)
    for ago in (1, 3, 8, 10, 30, 31):
        habits.check_in(session, owner, swim.id, on=TODAY - ago * DAY, now=NOW)
    for offset in range(-20, 30):
        now = NOW + offset * DAY
        day = TODAY + offset * DAY
        seen = {
            habit.id: (streak.current, streak.longest)
            for habit in (run, smoke, swim)
            for streak in [habits.streak(session, owner, habit.id, now=now)]
        }

        def standings(found: list[Habit], day: date = day) -> dict[int, tuple[int, int]]:
            assert all(each.standing and each.standing.as_of == day for each in found)
            return {
                each.id: (each.standing.current_streak, each.standing.longest_streak)
                for each in found
                if each.standing
            }

        assert standings(habits.find(session, owner, now=now).items) == seen
        by_streak = habits.find(session, owner, order_by="-streak", now=now).items
        assert standings(by_streak) == seen
        assert [seen[each.id][0] for each in by_streak] == sorted(
            (current for current, _ in seen.values()), reverse=True
        )
        for habit in (run, smoke, swim):
            assert standings([habits.get(session, owner, habit.id, now=now)]) == {
                habit.id: seen[habit.id]
            }
        for item in overview(session, owner, now=now).habits:
            assert (item.current_streak, item.longest_streak) == seen[item.habit_id]


CALLS_THAT_RETURN_HABITS = [
    call
    for call in CALLS
    if get_type_hints(services()[call.service])["return"] in (Habit, Page[Habit])
]

WRITES: dict[str, tuple[Callable[[Session, int, int], object], tuple[int, int]]] = {
    "check_in": (lambda s, o, h: habits.check_in(s, o, h, on=TODAY - 3 * DAY, now=NOW), (4, 4)),
    "skip": (lambda s, o, h: habits.skip(s, o, h, on=TODAY - 3 * DAY, now=NOW), (3, 3)),
    "undo_check_in": (
        lambda s, o, h: habits.undo_check_in(s, o, h, on=TODAY - DAY, now=NOW),
        (1, 1),
    ),
    "check_in_many": (lambda s, o, h: habits.check_in_many(s, o, h, [], now=NOW), (3, 3)),
    "update": (
        lambda s, o, h: habits.update(s, o, h, HabitUpdate(starts_on=TODAY), now=NOW),
        (3, 3),
    ),
    "change_schedule": (
        lambda s, o, h: habits.change_schedule(
            s,
            o,
            h,
            ScheduleChange(frequency="daily", target=2),
            effective_from=TODAY - 2 * DAY,
            now=NOW,
        ),
        (0, 0),
    ),
    "move": (lambda s, o, h: habits.move(s, o, h, before=h, now=NOW), (3, 3)),
    "pause": (lambda s, o, h: habits.pause(s, o, h, now=NOW), (3, 3)),
    "archive": (lambda s, o, h: habits.archive(s, o, h, now=NOW), (3, 3)),
    "rebuild_streaks": (
        lambda s, o, _: habits.rebuild_streaks(s, o, now=NOW),
        (3, 3),
    ),
    "users.pause": (lambda s, o, _: users.pause(s, o, now=NOW), (3, 3)),
    "users.update": (
        lambda s, o, _: users.update(s, o, UserUpdate(time_zone="Pacific/Kiritimati"), now=NOW),
        (3, 3),
    ),
}


@pytest.mark.parametrize("call", CALLS_THAT_RETURN_HABITS, ids=str)
def test_every_service_that_returns_habits_attaches_their_standing(
    session: Session, call: Call
) -> None:
    ids = person(session)
    session.expire_all()
    found = call.run(session, ids)
    for habit in [found] if isinstance(found, Habit) else cast("Page[Habit]", found):
        assert habit.standing is not None
        assert HabitRead.model_validate(habit).current_streak == habit.standing.current_streak


@pytest.mark.parametrize("write", WRITES)
def test_every_write_renews_the_standing(session: Session, write: str) -> None:
    habit, key = running(session)
    two_weeks_ago = NOW - 14 * DAY
    habits.get(*key, now=two_weeks_ago)
    assert habit.standing == HabitStanding(TODAY - 14 * DAY, 0, 0)
    call, streaks = WRITES[write]
    call(*key)
    today = TODAY + DAY if write == "users.update" else TODAY
    assert habit.standing == HabitStanding(today, *streaks)


def test_deleting_its_category_leaves_a_habit_its_standing(session: Session) -> None:
    habit, key = running(session)
    sport = categories.create(session, key[1], CategoryCreate(name="Sport")).id
    habits.update(*key, HabitUpdate(category_id=sport), now=NOW)
    categories.delete(session, key[1], sport)
    assert HabitRead.model_validate(habit).category_id is None
    assert habit.standing == HabitStanding(TODAY, 3, 3)


def test_a_write_that_is_refused_leaves_the_standing(session: Session) -> None:
    habit, key = running(session)
    habits.archive(*key, now=NOW)
    other = HabitCreate(name="Swim", frequency="daily", external_id="taken")
    habits.create(session, key[1], other)
    before = habit.standing
    with pytest.raises(HabitArchived):
        habits.pause(*key, starts_on=TODAY + DAY, now=NOW)
    with pytest.raises(HabitArchived):
        habits.check_in(*key, now=NOW + DAY)
    with pytest.raises(Conflict):
        habits.update(*key, HabitUpdate(external_id="taken"), now=NOW)
    assert habit.standing == before


def test_the_last_read_wins(session: Session) -> None:
    habit, key = running(session)
    habits.get(*key, now=NOW + 14 * DAY)
    assert habit.standing == HabitStanding(TODAY + 14 * DAY, 0, 3)
    (found,) = habits.find(session, key[1], now=NOW)
    assert found is habit
    assert habit.standing == HabitStanding(TODAY, 3, 3)


def test_a_list_by_streak_leaves_every_habit_a_standing_of_today(session: Session) -> None:
    _, (_, owner, _) = running(session)
    quitting(session, users.get(session, owner))
    every: list[Habit] = []
    page = None
    while page := habits.find(
        session, owner, order_by="-streak", limit=1, after=page, now=NOW + len(every) * 14 * DAY
    ):
        every += page
    assert [habit.name for habit in every] == ["Smoke", "Run"]  # by the first day
    assert [habit.standing for habit in every] == [
        HabitStanding(TODAY + 14 * DAY, 24, 24),
        HabitStanding(TODAY + 14 * DAY, 0, 3),
    ]


def test_a_habit_that_is_expired_or_refreshed_has_no_standing(session: Session) -> None:
    habit, key = running(session)
    ways: list[Callable[[], None]] = [
        lambda: session.expire(habit),
        lambda: session.refresh(habit),
        session.expire_all,
    ]
    for forget in ways:
        habits.get(*key, now=NOW)
        forget()
        assert habit.standing is None
        with pytest.raises(ValidationError, match=r"has no standing: read it with habits\.get"):
            HabitRead.model_validate(habit)
    session.expunge_all()
    (loaded,) = session.scalars(select(Habit))
    with pytest.raises(ValidationError, match="has no standing"):
        PageRead[HabitRead].model_validate({"items": [loaded], "next": None})


def test_what_reads_nothing_of_the_streaks_leaves_the_standing(session: Session) -> None:
    """The row is met by other queries, its relationships are loaded, other columns change."""
    habit, key = running(session)
    category = categories.create(session, key[1], CategoryCreate(name="Sport"))
    habits.update(*key, HabitUpdate(category_id=category.id), now=NOW)
    ways: list[Callable[[], object]] = [
        lambda: session.scalars(select(Habit)).all(),
        lambda: session.scalars(select(Habit).options(load_only(Habit.name))).all(),
        lambda: session.scalars(select(Category).options(selectinload(Category.habits))).all(),
        lambda: habit.category and habit.category.habits,
        lambda: habit.user.habits,
        lambda: session.refresh(habit, ["name"]),
        lambda: session.execute(update(Habit).values(unit="km")),
        lambda: categories.delete(session, key[1], category.id),
    ]
    for way in ways:
        way()
        assert habit.standing == HabitStanding(TODAY, 3, 3)
    session.expire(habit, ["cached_streak"])
    assert habit.standing is None


def test_what_a_savepoint_wrote_is_not_seen_once_it_is_rolled_back(session: Session) -> None:
    habit, (_, owner, _) = running(session)
    smoke = quitting(session, users.get(session, owner))
    for savepoint in range(3):
        habits.find(session, owner, now=NOW)
        with session.begin_nested() as nested:
            if savepoint == 0:
                habits.undo_check_in(session, owner, habit.id, now=NOW)
            elif savepoint == 1:
                users.pause(session, owner, starts_on=TODAY - 5 * DAY, now=NOW)
            else:
                habits.check_in(session, owner, smoke.id, amount=1, now=NOW)
            nested.rollback()
        for each in (habit, smoke):
            assert each.standing in (
                None,
                HabitStanding(TODAY, *(3, 3) if each is habit else (10, 10)),
            )
        assert as_json(session, owner, NOW) == {
            "Run": (3, 3, str(TODAY)),
            "Smoke": (10, 10, str(TODAY)),
        }


def test_a_habit_of_the_hosts_own_query_is_read_with_a_standing_of_its_own(
    session: Session,
) -> None:
    _, (_, owner, _) = running(session)
    session.expunge_all()
    (habit,) = session.scalars(select(Habit))
    standing = HabitStanding(as_of=TODAY, current_streak=7, longest_streak=9)
    read = HabitRead.of(habit, standing)
    assert (read.as_of, read.current_streak, read.longest_streak) == (TODAY, 7, 9)
    assert read.model_dump(exclude={"as_of", "current_streak", "longest_streak"}) == (
        HabitRead.model_validate(habits.get(session, owner, habit.id, now=NOW)).model_dump(
            exclude={"as_of", "current_streak", "longest_streak"}
        )
    )
    assert HabitRead.model_validate(read.model_dump()) == read
    assert HabitRead.model_validate(read) == read


def test_a_schema_of_the_hosts_own_has_fields_of_the_habit_and_of_its_own(
    session: Session,
) -> None:
    class HabitCard(HabitRead):
        title: str = Field(validation_alias="name")
        category: CategoryRead | None
        color: str = "red"

    class HabitMap(HabitRead):
        place: str

    habit, _ = running(session)
    card = HabitCard.model_validate(habit)
    assert (card.title, card.category, card.color) == ("Run", None, "red")
    assert card.current_streak == 3
    with pytest.raises(ValidationError, match=r"place\n +Field required"):
        HabitMap.model_validate(habit)


def test_streaks_that_are_no_standing_are_refused(session: Session) -> None:
    habit, key = running(session)
    streak = habits.streak(*key, now=NOW)
    for wrong, name in ((streak, "Streak"), (None, "NoneType"), ({"current_streak": 3}, "dict")):
        with pytest.raises(TypeError, match=f"^expected HabitStanding, not {name}$"):
            HabitRead.of(habit, cast("HabitStanding", wrong))
    standing = HabitStanding(TODAY, streak.current, streak.longest)
    assert HabitRead.of(habit, standing) == HabitRead.model_validate(habit)


def test_a_standing_cannot_be_changed(session: Session) -> None:
    habit, _ = running(session)
    assert habit.standing is not None
    for row, name in ((habit.standing, "current_streak"), (habit, "standing")):
        with pytest.raises(AttributeError):
            setattr(row, name, None)


def test_a_new_habit_at_most_comes_with_the_days_that_it_has_kept(session: Session) -> None:
    habit = quitting(session, new_user(session), days=4)
    assert habit.standing == HabitStanding(TODAY, 4, 4)


def test_correcting_the_first_day_judges_the_history_again(session: Session) -> None:
    user = new_user(session)
    smoke = quitting(session, user)
    key = (session, user.id, smoke.id)
    habits.check_in(*key, on=TODAY - 12 * DAY, amount=1, now=NOW)
    habit = habits.update(*key, HabitUpdate(starts_on=TODAY - 20 * DAY), now=NOW)
    assert habit.standing == HabitStanding(TODAY, 11, 11)
    habit = habits.update(*key, HabitUpdate(starts_on=TODAY + DAY), now=NOW)
    assert habit.standing == HabitStanding(TODAY, 0, 0)
    # Every other day counts from the first one.
    data = HabitCreate(name="Run", frequency="daily", every=2, starts_on=TODAY - 4 * DAY)
    run = habits.create(session, user.id, data, now=NOW)
    for ago in (4, 1):
        habits.check_in(session, user.id, run.id, on=TODAY - timedelta(ago), now=NOW)
    assert habits.streak(session, user.id, run.id, now=NOW).current == 2
    moved = habits.update(session, user.id, run.id, HabitUpdate(starts_on=TODAY - 5 * DAY), now=NOW)
    assert moved.standing == HabitStanding(TODAY, 1, 1)
