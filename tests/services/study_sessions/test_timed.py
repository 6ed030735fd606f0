"""Timed sessions: stored in parts, never twice at the same time, changed as a whole."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.kinds import together
from tests.support.statements import count_statements
from trackercore import (
    Conflict,
    Database,
    FutureDay,
    InvalidInput,
    NotFound,
    OnOverlap,
    SessionsOverlap,
    StudySession,
    StudySessionCreate,
    StudySessionRead,
    StudySessionUpdate,
    TimedSessionCreate,
    TopicCreate,
    UserCreate,
    UserUpdate,
    study_sessions,
    topics,
    users,
)

NOW = datetime(2026, 6, 12, 12, tzinfo=UTC)
EVENING = datetime(2026, 6, 10, 21, tzinfo=UTC)  # 23:00 in Berlin
MIDNIGHT = datetime(2026, 6, 10, 22, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


class Owner:
    """Somebody in Berlin with two topics."""

    def __init__(self, session: Session, email: str = "ada@example.com") -> None:
        self.session = session
        user = users.create(session, UserCreate(email=email, time_zone="Europe/Berlin"))
        self.id = user.id
        self.sql = topics.create(session, self.id, TopicCreate(name="SQL")).id
        self.go = topics.create(session, self.id, TopicCreate(name="Go")).id

    def data(self, start: datetime, end: datetime, **fields: str) -> TimedSessionCreate:
        times = {"topic_id": self.sql, "started_at": start, "ended_at": end}
        return TimedSessionCreate.model_validate({**times, **fields})

    def study(
        self, start: datetime, end: datetime, *, on_overlap: OnOverlap = "error", **fields: str
    ) -> list[StudySession]:
        data = self.data(start, end, **fields)
        return study_sessions.create_timed(
            self.session, self.id, data, on_overlap=on_overlap, now=NOW
        )

    def update(self, session_id: int, **changes: object) -> StudySession:
        data = StudySessionUpdate.model_validate(changes)
        return study_sessions.update(self.session, self.id, session_id, data, now=NOW)

    def stored(self) -> list[tuple[date, int, int | None]]:
        """Day, minutes and part_of of every row, by time."""
        self.session.flush()
        query = select(StudySession.study_date, StudySession.duration_minutes, StudySession.part_of)
        mine = query.where(StudySession.user_id == self.id).order_by(StudySession.started_at)
        return [(row[0], row[1], row[2]) for row in self.session.execute(mine)]


@pytest.fixture
def ada(session: Session) -> Owner:
    return Owner(session)


def test_a_session_over_midnight_counts_on_both_days(session: Session, ada: Owner) -> None:
    first, second = ada.study(EVENING, MIDNIGHT + HOUR / 2, notes="joins", external_id="a")
    assert (first.study_date, first.duration_minutes) == (date(2026, 6, 10), 60)
    assert (second.study_date, second.duration_minutes) == (date(2026, 6, 11), 30)
    assert (first.started_at, first.ended_at, second.started_at) == (EVENING, MIDNIGHT, MIDNIGHT)
    assert (first.part_of, second.part_of) == (None, first.id)
    assert (first.external_id, second.external_id) == ("a", None)
    assert first.notes == second.notes == "joins"
    assert study_sessions.parts(session, ada.id, second.id) == [first, second]
    assert study_sessions.total(session, ada.id, *YEAR).minutes == 90


def test_a_session_within_a_day_is_one_row(ada: Owner) -> None:
    (only,) = ada.study(EVENING - HOUR, EVENING)
    assert (only.duration_minutes, only.part_of) == (60, None)


@pytest.mark.parametrize("seconds", [-60, 0, 0.999, 31 * 86_400 + 1])
def test_less_than_a_second_or_more_than_a_month_is_no_session(ada: Owner, seconds: float) -> None:
    with pytest.raises(ValidationError):
        ada.study(EVENING, EVENING + timedelta(seconds=seconds))


def test_what_reaches_into_a_day_to_come_is_refused(ada: Owner) -> None:
    ada.study(NOW, NOW + HOUR)  # later today: a plan for the evening
    with pytest.raises(FutureDay, match="2026-06-13"):
        ada.study(NOW + 2 * HOUR, NOW + 20 * HOUR)
    assert len(ada.stored()) == 1


# --- Overlap ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (0, 2), (1, 3), (-1, 3), (0.5, 1), (1.98, 5)])
def test_two_sessions_do_not_overlap_unless_that_is_allowed(
    ada: Owner, start: float, end: float
) -> None:
    first = ada.study(EVENING, EVENING + 2 * HOUR)[0]  # until an hour past midnight
    whole = " to ".join(
        instant.astimezone(UTC).isoformat(" ", "seconds")
        for instant in (EVENING, EVENING + 2 * HOUR)
    )
    with pytest.raises(Conflict, match=re.escape(f"overlaps study session {first.id}, {whole}")):
        ada.study(EVENING + start * HOUR, EVENING + end * HOUR)
    assert len(ada.stored()) == 2
    assert ada.study(EVENING + start * HOUR, EVENING + end * HOUR, on_overlap="allow")


def test_back_to_back_is_no_overlap(ada: Owner) -> None:
    ada.study(EVENING, EVENING + HOUR)
    ada.study(EVENING + HOUR, EVENING + 2 * HOUR)
    ada.study(EVENING - HOUR, EVENING)
    assert len(ada.stored()) == 3


def test_sessions_logged_by_their_length_and_those_of_others_do_not_count(
    session: Session, ada: Owner
) -> None:
    ada.study(EVENING, EVENING + HOUR)
    log = StudySessionCreate(topic_id=ada.sql, duration_minutes=600, study_date=date(2026, 6, 10))
    study_sessions.create(session, ada.id, log, now=NOW)
    Owner(session, "bob@example.com").study(EVENING, EVENING + HOUR)


def test_the_running_timer_counts(session: Session, ada: Owner) -> None:
    study_sessions.start(session, ada.id, ada.sql, now=EVENING)
    with pytest.raises(Conflict, match="the timer that has been running since 2026-06-10 21:00"):
        ada.study(EVENING + HOUR, EVENING + 2 * HOUR)
    ada.study(EVENING - HOUR, EVENING)
    ada.study(EVENING + HOUR, EVENING + 2 * HOUR, on_overlap="allow")


# --- Changes ---------------------------------------------------------------------------------


def test_new_times_cut_the_session_again_and_the_first_part_keeps_its_id(
    session: Session, ada: Owner
) -> None:
    (only,) = ada.study(EVENING, EVENING + HOUR, notes="joins", external_id="a")
    changed = ada.update(only.id, ended_at=MIDNIGHT + 26 * HOUR)
    assert changed is only
    assert ada.stored() == [
        (date(2026, 6, 10), 60, None),
        (date(2026, 6, 11), 1440, only.id),
        (date(2026, 6, 12), 120, only.id),
    ]
    rows = study_sessions.parts(session, ada.id, only.id)
    assert {row.notes for row in rows} == {"joins"}
    middle = rows[1].id
    ada.update(rows[2].id, started_at=MIDNIGHT - HOUR, ended_at=MIDNIGHT + HOUR)
    assert [row.id for row in study_sessions.parts(session, ada.id, only.id)] == [only.id, middle]
    ada.update(only.id, ended_at=MIDNIGHT)
    assert ada.stored() == [(date(2026, 6, 10), 60, None)]
    assert only.external_id == "a"


def test_moving_to_another_day_keeps_the_time_on_the_wall(ada: Owner) -> None:
    first = ada.study(EVENING, MIDNIGHT + HOUR)[0]
    ada.update(first.id, study_date=date(2026, 3, 28))  # before the clocks go forward
    assert ada.stored() == [(date(2026, 3, 28), 60, None), (date(2026, 3, 29), 60, first.id)]
    assert first.started_at == datetime(2026, 3, 28, 22, tzinfo=UTC)


def test_the_day_that_it_has_is_no_move_and_an_hour_that_a_day_lacks_is_refused(
    session: Session, ada: Owner
) -> None:
    night = datetime(2026, 3, 28, 1, 30, tzinfo=UTC)  # half past two, which the 29th skips
    (row,) = ada.study(night, night + HOUR / 3)
    users.update(session, ada.id, UserUpdate(time_zone="Pacific/Auckland"))
    ada.update(row.id, study_date=row.study_date)
    assert (row.started_at, row.study_date) == (night, date(2026, 3, 28))
    users.update(session, ada.id, UserUpdate(time_zone="Europe/Berlin", day_starts_at=180))
    ada.update(row.id, study_date=date(2026, 3, 26))
    assert row.started_at == night - timedelta(days=1)  # the night of the 27th is the 26th's
    with pytest.raises(InvalidInput, match="2026-03-28 has no 02:30"):
        ada.update(row.id, study_date=date(2026, 3, 28))
    assert row.study_date == date(2026, 3, 26)


def test_moving_goes_by_the_day_on_which_the_session_counts(session: Session, ada: Owner) -> None:
    users.update(session, ada.id, UserUpdate(time_zone="UTC"))
    start = datetime(2026, 6, 1, 23, 59, 30, tzinfo=UTC)
    row, _ = ada.study(start, start + HOUR)
    assert row.study_date == date(2026, 6, 1)
    for day in (date(2026, 6, 10), date(2026, 6, 11), date(2026, 6, 1)):
        ada.update(row.id, study_date=day)
        assert row.study_date == day
    with pytest.raises(FutureDay):
        ada.update(row.id, study_date=date.max)
    for day in (date.min, date(1, 12, 31)):
        with pytest.raises(InvalidInput):
            ada.update(row.id, study_date=day)


def test_the_ends_of_what_is_stored_are_no_trouble(session: Session, ada: Owner) -> None:
    first = datetime(2, 1, 1, tzinfo=UTC)
    ada.study(first, first + HOUR)
    users.update(session, ada.id, UserUpdate(time_zone="Pacific/Kwajalein"))
    twice = datetime(1969, 9, 29, 13, tzinfo=UTC)  # a date that came twice there
    with pytest.raises(InvalidInput, match="too many"):
        ada.study(twice, twice + 47 * HOUR)


def test_topic_and_notes_are_those_of_all_parts(session: Session, ada: Owner) -> None:
    first, second = ada.study(EVENING, MIDNIGHT + HOUR)
    ada.update(second.id, topic_id=ada.go, notes="loops", external_id="b")
    assert (first.topic_id, second.topic_id) == (ada.go, ada.go)
    assert (first.notes, second.notes) == ("loops", "loops")
    assert (first.external_id, second.external_id) == ("b", None)
    assert study_sessions.total(session, ada.id, *YEAR, topic_id=ada.go).minutes == 120


def test_a_session_logged_by_its_length_becomes_a_timed_one(session: Session, ada: Owner) -> None:
    log = StudySessionCreate(topic_id=ada.sql, duration_minutes=5, study_date=date(2026, 6, 1))
    row = study_sessions.create(session, ada.id, log, now=NOW)
    with pytest.raises(InvalidInput):
        ada.update(row.id, started_at=EVENING)
    ada.update(row.id, started_at=EVENING, ended_at=MIDNIGHT + HOUR)
    assert ada.stored() == [(date(2026, 6, 10), 60, None), (date(2026, 6, 11), 60, row.id)]


def test_changes_that_do_not_fit_change_nothing(session: Session, ada: Owner) -> None:
    other = ada.study(EVENING - 5 * HOUR, EVENING - 4 * HOUR, external_id="b")[0]
    first = ada.study(EVENING, MIDNIGHT + HOUR, external_id="a")[0]
    session.commit()
    before = ada.stored()
    for error, changes in (
        (InvalidInput, {"duration_minutes": 5}),
        (InvalidInput, {"ended_at": EVENING + timedelta(seconds=0.9)}),
        (InvalidInput, {"started_at": EVENING + 5 * HOUR}),
        (InvalidInput, {"study_date": date(2026, 6, 1), "ended_at": MIDNIGHT}),
        (FutureDay, {"study_date": date(2026, 6, 12)}),
        (Conflict, {"started_at": EVENING - 4.5 * HOUR, "notes": "no"}),
        (Conflict, {"external_id": "b", "started_at": EVENING - HOUR}),
    ):
        with pytest.raises(error):
            ada.update(first.id, **changes)
        assert ada.stored() == before
        assert (first.started_at, first.notes, first.external_id) == (EVENING, None, "a")
    data = StudySessionUpdate(started_at=EVENING - 4.5 * HOUR)
    study_sessions.update(session, ada.id, first.id, data, on_overlap="allow", now=NOW)
    assert other.started_at == EVENING - 5 * HOUR


def test_deleting_any_part_deletes_the_session(session: Session, ada: Owner) -> None:
    first, second = ada.study(EVENING, MIDNIGHT + HOUR)
    study_sessions.delete(session, ada.id, second.id)
    assert ada.stored() == []
    assert first not in session
    assert second not in session
    with pytest.raises(NotFound):
        study_sessions.parts(session, ada.id, first.id)


# --- What was read, given back ---------------------------------------------------------------


def given_back(row: StudySession) -> dict[str, object]:
    """What a client may send after it has read a row."""
    read = StudySessionRead.model_validate(row).model_dump(exclude_none=True)
    return {name: read[name] for name in StudySessionUpdate.model_fields if name in read}


def test_after_a_move_to_another_zone_the_same_times_are_no_change(session: Session) -> None:
    ada = Owner(session)
    users.update(session, ada.id, UserUpdate(time_zone="Asia/Tokyo"))
    start = datetime(2026, 6, 10, 14, tzinfo=UTC)  # 23:00 in Tokyo
    first, second = ada.study(start, start + 2 * HOUR)
    users.update(session, ada.id, UserUpdate(time_zone="America/Los_Angeles"))
    before = ada.stored()
    assert before == [(date(2026, 6, 10), 60, None), (date(2026, 6, 11), 60, first.id)]
    for part in (first, second):
        for changes in (
            {"started_at": start, "ended_at": start + 2 * HOUR},
            {"ended_at": start + 2 * HOUR},
            {"study_date": part.study_date},
            {"started_at": part.started_at, "ended_at": part.ended_at},
            given_back(part),
        ):
            ada.update(part.id, **{**changes, "notes": f"{sorted(changes)}"})
            assert ada.stored() == before
            assert first.notes == second.notes == f"{sorted(changes)}"
    ada.update(first.id, started_at=start, ended_at=start + 3 * HOUR)
    assert ada.stored() == [(date(2026, 6, 10), 180, None)]  # from seven in the morning


@pytest.mark.parametrize("timed", [True, False])
def test_a_day_that_lies_ahead_after_a_move_west_can_be_given_back(
    session: Session, ada: Owner, timed: bool
) -> None:
    users.update(session, ada.id, UserUpdate(time_zone="Pacific/Kiritimati"))
    day = date(2026, 6, 13)  # it has begun there
    if timed:
        (row,) = ada.study(NOW - HOUR, NOW - HOUR / 2)
    else:
        log = StudySessionCreate(topic_id=ada.sql, duration_minutes=30)
        row = study_sessions.create(session, ada.id, log, now=NOW)
    users.update(session, ada.id, UserUpdate(time_zone="America/Los_Angeles"))
    ada.update(row.id, **{**given_back(row), "notes": "joins"})
    assert (row.study_date, row.duration_seconds, row.notes) == (day, 1800, "joins")
    with pytest.raises(FutureDay):
        ada.update(row.id, study_date=day + timedelta(days=1))


def test_minutes_that_are_shown_can_be_given_back(session: Session, ada: Owner) -> None:
    first, second = ada.study(MIDNIGHT - 90 * SECOND, MIDNIGHT + 95.7 * SECOND)
    assert (first.duration_minutes, second.duration_minutes) == (1, 1)
    for row in (first, second):
        ada.update(row.id, duration_minutes=1, notes="joins")
        ada.update(row.id, duration_minutes=3, notes="loops")  # the whole session's
        ada.update(row.id, **given_back(row))
        with pytest.raises(InvalidInput):
            ada.update(row.id, duration_minutes=2)
    assert (first.duration_seconds, second.duration_seconds) == (90, 95)
    adopted = StudySession(
        user_id=ada.id, topic_id=ada.sql, study_date=date(2026, 6, 1), duration_seconds=119
    )
    session.add(adopted)
    session.flush()
    ada.update(adopted.id, **given_back(adopted))
    assert adopted.duration_seconds == 119
    ada.update(adopted.id, duration_minutes=2)
    assert adopted.duration_seconds == 120
    for seconds in (30, 26 * 3600):  # shown as 0 and 1560 minutes
        adopted.duration_seconds = seconds
        ada.update(adopted.id, **{**given_back(adopted), "notes": "joins"})
        assert (adopted.duration_seconds, adopted.notes) == (seconds, "joins")
        for minutes in {0, 1441, 1560} - {adopted.duration_minutes}:
            with pytest.raises(ValidationError, match="duration_minutes"):
                ada.update(adopted.id, duration_minutes=minutes)
    study_sessions.delete(session, ada.id, first.id)
    part, _ = ada.study(MIDNIGHT - 12 * SECOND, MIDNIGHT + 12 * SECOND)
    ada.update(part.id, **given_back(part))
    assert (part.duration_minutes, part.duration_seconds) == (0, 12)


def test_what_was_read_of_a_part_can_be_given_back_with_a_change(ada: Owner) -> None:
    first, second = ada.study(EVENING, MIDNIGHT + HOUR, external_id="a")
    ada.update(first.id, **{**given_back(first), "started_at": EVENING - HOUR})
    assert ada.stored() == [(date(2026, 6, 10), 120, None), (date(2026, 6, 11), 60, first.id)]
    ada.update(second.id, **{**given_back(second), "external_id": None})
    assert first.external_id == "a"
    ada.update(second.id, **{**given_back(second), "ended_at": MIDNIGHT + 2 * HOUR})
    assert ada.stored() == [(date(2026, 6, 10), 120, None), (date(2026, 6, 11), 120, first.id)]
    ada.update(first.id, ended_at=MIDNIGHT)  # alone, it is the end of the whole session
    assert ada.stored() == [(date(2026, 6, 10), 120, None)]


def test_an_export_over_midnight_is_imported_again_to_the_second(
    session: Session, ada: Owner
) -> None:
    ada.study(MIDNIGHT - 90.4 * SECOND, MIDNIGHT + 45.6 * SECOND)
    exported = [
        StudySessionRead.model_validate(row) for row in study_sessions.find(session, ada.id)
    ]
    bob = Owner(session, "bob@example.com")
    items = [
        TimedSessionCreate.model_validate(
            {"topic_id": bob.sql, "started_at": row.started_at, "ended_at": row.ended_at}
        )
        for row in exported
    ]
    study_sessions.create_many(session, bob.id, items, now=NOW)
    expected = [(date(2026, 6, 10), 91), (date(2026, 6, 11), 45)]
    for owner in (ada.id, bob.id):
        by_day = study_sessions.totals_by_day(session, owner, *YEAR)
        assert [(total.start, total.seconds) for total in by_day] == expected
        assert study_sessions.total(session, owner, *YEAR).minutes == 2


def test_minutes_can_be_written_in_the_orm_and_in_sql(session: Session, ada: Owner) -> None:
    (row,) = ada.study(NOW - 105 * SECOND, NOW)
    row.duration_minutes = row.duration_minutes
    assert row.duration_seconds == 105
    log = StudySessionCreate(topic_id=ada.sql, duration_minutes=30)
    logged = study_sessions.create(session, ada.id, log, now=NOW)
    logged.duration_minutes = 31
    assert logged.duration_seconds == 31 * 60
    session.execute(
        update(StudySession).where(StudySession.id == logged.id).values(duration_minutes=5)
    )
    session.refresh(logged)
    assert logged.duration_seconds == 300


def test_minutes_can_be_selected(session: Session, ada: Owner) -> None:
    ada.study(EVENING, EVENING + 119 * SECOND)
    query = select(StudySession.duration_minutes, StudySession.duration_seconds)
    assert session.execute(query.where(StudySession.duration_minutes == 1)).one() == (1, 119)


# --- Many ------------------------------------------------------------------------------------


def test_many_are_stored_as_one_by_one_and_once_only(session: Session, ada: Owner) -> None:
    nights = [
        ada.data(EVENING - n * 24 * HOUR, MIDNIGHT + HOUR - n * 24 * HOUR, external_id=f"n{n}")
        for n in range(30)
    ]
    log = [StudySessionCreate(topic_id=ada.go, duration_minutes=5, study_date=date(2026, 6, 1))] * 2
    first = study_sessions.create_many(session, ada.id, [*nights, *log, nights[0]], now=NOW)
    assert (first.created, first.found) == (32, 1)
    bob = Owner(session, "bob@example.com")
    for night in nights:
        bob.study(night.started_at, night.ended_at)
    for ours, theirs in zip(
        study_sessions.totals_by_day(session, ada.id, *YEAR, topic_id=ada.sql),
        study_sessions.totals_by_day(session, bob.id, *YEAR),
        strict=True,
    ):
        assert (ours.start, ours.minutes) == (theirs.start, theirs.minutes)
    again = study_sessions.create_many(session, ada.id, nights, now=NOW)
    assert (again.created, again.found) == (0, 30)
    for row in session.scalars(select(StudySession).where(StudySession.user_id == ada.id)):
        if row.part_of is not None:
            whole = session.get_one(StudySession, (ada.id, row.part_of))
            assert whole.ended_at == row.started_at


def test_many_that_overlap_are_refused_whole(session: Session, ada: Owner) -> None:
    apart = [ada.data(EVENING - n * HOUR, EVENING + HOUR - n * HOUR) for n in range(5)]
    clash = ada.data(EVENING - 1.5 * HOUR, EVENING - 0.5 * HOUR)
    with pytest.raises(SessionsOverlap, match=r"^overlaps items\[1\], ") as caught:
        study_sessions.create_many(session, ada.id, [*apart, clash], now=NOW)
    assert caught.value.item == 5
    assert ada.stored() == []
    study_sessions.create_many(session, ada.id, apart, now=NOW)
    with pytest.raises(SessionsOverlap, match=r"^overlaps study session \d+, ") as caught:
        study_sessions.create_many(session, ada.id, [clash], now=NOW)
    assert caught.value.item == 0
    result = study_sessions.create_many(session, ada.id, [clash], on_overlap="allow", now=NOW)
    assert result.created == 1


def test_overlaps_among_many_are_those_that_a_double_loop_finds(
    session: Session, ada: Owner
) -> None:
    random = Random(7)  # noqa: S311

    def spans(count: int) -> list[tuple[datetime, datetime]]:
        starts = [EVENING - random.randrange(2_000) * timedelta(minutes=1) for _ in range(count)]
        return [(s, s + random.randrange(1, 200) * timedelta(minutes=1)) for s in starts]

    for _ in range(40):
        savepoint = session.begin_nested()
        stored, new = spans(3), spans(3)
        items = [ada.data(*span) for span in stored]
        study_sessions.create_many(session, ada.id, items, on_overlap="allow", now=NOW)
        every = [(one, two) for one in new for two in [*stored, *(n for n in new if n != one)]]
        clash = any(one[0] < two[1] and two[0] < one[1] for one, two in every)
        refused = False
        try:
            study_sessions.create_many(session, ada.id, [ada.data(*span) for span in new], now=NOW)
        except Conflict:
            refused = True
        assert refused == clash
        savepoint.rollback()


def test_storing_one_costs_the_same_however_many_there_are(session: Session, ada: Owner) -> None:
    counts: list[int] = []
    for start in (EVENING, EVENING - 240 * HOUR):
        with count_statements(session) as statements:
            ada.study(start, start + HOUR)
        counts.append(len(statements))
        days = range(11, 200)
        many = [ada.data(EVENING - n * 24 * HOUR, EVENING - (n * 24 - 1) * HOUR) for n in days]
        study_sessions.create_many(session, ada.id, many, on_overlap="allow", now=NOW)
    assert counts[0] == counts[1] <= 6


def test_two_writers_cannot_slip_past_the_check(database: Database) -> None:
    with database.session() as session:
        ada = Owner(session)
        key, data = ada.id, ada.data(EVENING, MIDNIGHT + HOUR)

    def store(_: int) -> bool:
        try:
            with database.session() as session:
                study_sessions.create_timed(session, key, data, now=NOW)
        except Conflict:
            return False
        return True

    assert together(6, store).count(True) == 1
    with database.session() as session:
        assert study_sessions.total(session, key, *YEAR).minutes == 120
