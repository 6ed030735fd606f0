"""Tags of study sessions: given when they are stored, replaced by updates, those of all parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.services.study_sessions.learners import new_topic, new_user
from tests.services.support import dump
from tests.support.kinds import together
from tests.support.statements import count_statements
from trackercore import (
    Database,
    InvalidCursor,
    NotFound,
    SessionsOverlap,
    StudySession,
    StudySessionCreate,
    StudySessionRead,
    StudySessionTag,
    StudySessionUpdate,
    TimedSessionCreate,
    study_sessions,
    tags,
)

NOW = datetime(2026, 6, 12, 12, tzinfo=UTC)
TODAY = NOW.date()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = datetime(2026, 6, 10, 23, tzinfo=UTC)
NAMES = ("deep", "exam", "group")


class Owner:
    """Somebody with a topic and three tags."""

    def __init__(self, session: Session, email: str = "ada@example.com") -> None:
        self.session = session
        user = new_user(session, email)
        self.id = user.id
        self.topic = new_topic(session, user)
        self.tags = [tags.get_or_create(session, self.id, name).id for name in NAMES]

    def logged(self, **fields: Any) -> StudySessionCreate:
        of_today: dict[str, Any] = {"duration_minutes": 30, "study_date": TODAY}
        return StudySessionCreate(topic_id=self.topic, **(of_today | fields))

    def timed(self, start: datetime = EVENING, hours: float = 1, **fields: Any) -> Any:
        times: dict[str, Any] = {"started_at": start, "ended_at": start + hours * HOUR}
        return TimedSessionCreate(topic_id=self.topic, **(times | fields))

    def log(self, **fields: Any) -> StudySession:
        return study_sessions.create(self.session, self.id, self.logged(**fields), now=NOW)

    def study(self, start: datetime = EVENING, hours: float = 1, **fields: Any) -> Any:
        data = self.timed(start, hours, **fields)
        return study_sessions.create_timed(self.session, self.id, data, now=NOW)

    def update(self, row_id: int, **fields: Any) -> StudySession:
        data = StudySessionUpdate(**fields)
        return study_sessions.update(self.session, self.id, row_id, data, now=NOW)

    def stored(self) -> dict[int, tuple[str, ...]]:
        """The tags of all rows, as they are stored."""
        self.session.flush()
        query = select(StudySession.id, StudySession.tags).where(StudySession.user_id == self.id)
        return {row.id: row.tags for row in self.session.execute(query)}

    def links(self) -> set[int]:
        """The sessions that the links are of."""
        own = select(StudySessionTag.session_id).where(StudySessionTag.user_id == self.id)
        return set(self.session.scalars(own))


@pytest.fixture
def ada(session: Session) -> Owner:
    return Owner(session)


Store = Callable[[Owner, Any], list[StudySession]]


def _stop(owner: Owner, given: Any) -> list[StudySession]:
    study_sessions.start(owner.session, owner.id, owner.topic, now=EVENING)
    return study_sessions.stop(owner.session, owner.id, tags=given, now=EVENING + 2 * HOUR)


STORES: dict[str, Store] = {
    "create": lambda owner, given: [owner.log(tags=given)],
    "create_timed": lambda owner, given: owner.study(hours=2, tags=given),
    "stop": _stop,
}
each_store = pytest.mark.parametrize("store", STORES.values(), ids=STORES)


# --- Given -----------------------------------------------------------------------------------


@each_store
def test_an_int_is_an_id_and_a_str_a_name_in_any_letter_case(
    session: Session, ada: Owner, store: Store
) -> None:
    rows = store(ada, [ada.tags[1], "Zen", "DEEP", "zen"])
    for row in rows:
        with count_statements(session) as statements:
            assert row.tags == ("deep", "exam", "Zen")
            assert StudySessionRead.model_validate(row).tags == row.tags
        assert statements == []
    assert ada.stored() == {row.id: ("deep", "exam", "Zen") for row in rows}
    assert ada.links() == {rows[0].id}
    assert [tag.name for tag in tags.find(session, ada.id)] == [*NAMES, "Zen"]


@each_store
def test_without_tags_a_session_has_none_and_takes_no_more_statements(
    session: Session, ada: Owner, store: Store
) -> None:
    with count_statements(session) as statements:
        rows = store(ada, [])
    assert not [one for one in statements if "INSERT INTO" in one and "tags" in one]
    assert {row.tags for row in rows} == {()}
    with count_statements(session) as statements:
        ada.update(rows[0].id, notes="n")
    assert not [one for one in statements if "FROM" not in one and "tags" in one], statements


@each_store
def test_a_tag_that_is_not_theirs_is_not_found_and_nothing_is_stored(
    session: Session, ada: Owner, store: Store
) -> None:
    other = Owner(session, "bob@example.com").tags[0]
    study_sessions.start(session, ada.id, ada.topic, now=EVENING)
    study_sessions.cancel(session, ada.id)
    with pytest.raises(NotFound) as caught:
        store(ada, [ada.tags[0], "new", other])
    assert (caught.value.entity, caught.value.id) == ("tag", other)
    assert ada.stored() == {}
    assert ada.links() == set()
    assert tags.count(session, ada.id) == len(NAMES)


def test_a_timer_whose_tags_are_not_found_goes_on(session: Session, ada: Owner) -> None:
    timer = study_sessions.start(session, ada.id, ada.topic, now=EVENING)
    with pytest.raises(NotFound):
        study_sessions.stop(session, ada.id, tags=[ada.tags[-1] + 99], now=EVENING + HOUR)
    assert study_sessions.running(session, ada.id) is timer


def test_tags_stay_readable_when_the_session_is_closed(database: Database) -> None:
    rows: list[StudySession] = []
    with database.session() as session:
        for name, store in STORES.items():
            rows += store(Owner(session, f"{name}@example.com"), ["deep"])
    assert {row.tags for row in rows} == {("deep",)}


# --- Replaced --------------------------------------------------------------------------------


def test_an_update_replaces_them_and_the_same_ones_change_nothing(
    session: Session, ada: Owner
) -> None:
    row = ada.log(tags=["deep", "exam"])
    written = row.updated_at
    for same in (["exam", "Deep"], ada.tags[:2]):
        assert ada.update(row.id, tags=same) is row
        assert row.updated_at == written
    for new, names in (
        (["exam", "New"], ("exam", "New")),
        ([ada.tags[2]], ("group",)),
        ([], ()),
    ):
        before = row.updated_at
        ada.update(row.id, tags=new, notes=str(new))
        assert row.tags == names
        assert row.notes == str(new)
        assert row.updated_at > before
        session.refresh(row)
        assert row.tags == names


def test_an_update_of_any_part_replaces_those_of_all(session: Session, ada: Owner) -> None:
    parts = ada.study(hours=30, tags=["deep"])
    assert len(parts) == 3
    for number, part in enumerate(parts):
        before = {row.updated_at for row in parts}
        ada.update(part.id, tags=[f"t{number}"])
        assert {row.tags for row in parts} == {(f"t{number}",)}
        (written,) = {row.updated_at for row in parts}
        assert written > max(before)
        assert set(ada.stored().values()) == {(f"t{number}",)}
        assert ada.links() == {parts[0].id}
    session.expire_all()
    ada.update(parts[2].id, tags=[], notes="n")
    assert ada.stored() == {
        part.id: () for part in study_sessions.parts(session, ada.id, parts[1].id)
    }


@pytest.mark.parametrize(("hours", "days"), [(0.5, 1), (2, 2), (26, 3)])
def test_a_session_that_is_cut_again_keeps_them(
    session: Session, ada: Owner, hours: float, days: int
) -> None:
    parts = ada.study(hours=2, tags=["deep", "exam"])
    ada.update(parts[1].id, ended_at=EVENING + hours * HOUR)
    assert len(ada.stored()) == days
    assert set(ada.stored().values()) == {("deep", "exam")}
    parts = study_sessions.parts(session, ada.id, parts[0].id)
    ada.update(parts[-1].id, started_at=EVENING - 30 * HOUR, tags=["group", "exam"])
    assert len(ada.stored()) == days + 1
    assert set(ada.stored().values()) == {("exam", "group")}
    assert ada.links() == {parts[0].id}


def test_a_session_logged_by_its_length_keeps_them_when_it_becomes_timed(
    session: Session, ada: Owner
) -> None:
    row = ada.log(tags=["deep"])
    ada.update(row.id, started_at=EVENING, ended_at=EVENING + 2 * HOUR)
    first, second = study_sessions.parts(session, ada.id, row.id)
    assert (first, first.tags, second.tags) == (row, ("deep",), ("deep",))


def test_a_new_part_shows_them_without_a_query(session: Session, ada: Owner) -> None:
    (first,) = ada.study(hours=0.5, tags=["deep"])
    ada.update(first.id, ended_at=EVENING + 2 * HOUR)
    second = session.get_one(StudySession, (ada.id, first.id + 1))
    with count_statements(session) as statements:
        assert second.tags == ("deep",)
    assert statements == []


def test_a_refused_update_changes_no_tags(session: Session, ada: Owner) -> None:
    ada.study(EVENING - 6 * HOUR)
    parts = ada.study(hours=2, tags=["deep"])
    before = dump(session)
    with pytest.raises(SessionsOverlap):
        ada.update(parts[1].id, started_at=EVENING - 6 * HOUR, tags=["new"])
    with pytest.raises(NotFound):
        ada.update(parts[1].id, notes="n", ended_at=EVENING + HOUR, tags=[10**6])
    assert dump(session) == before
    assert {part.tags for part in parts} == {("deep",)}


def test_a_change_that_is_rolled_back_is_not_shown(session: Session, ada: Owner) -> None:
    parts = ada.study(hours=2, tags=["deep"])
    savepoint = session.begin_nested()
    ada.update(parts[1].id, tags=["new"])
    savepoint.rollback()
    assert {part.tags for part in parts} == {("deep",)}


def test_with_a_session_go_its_links_and_not_its_tags(session: Session, ada: Owner) -> None:
    parts = ada.study(hours=2, tags=["deep", "new"])
    kept = ada.log(tags=["deep"])
    study_sessions.delete(session, ada.id, parts[1].id)
    assert ada.stored() == {kept.id: ("deep",)}
    assert session.scalar(select(func.count()).select_from(StudySessionTag)) == 1
    assert tags.count(session, ada.id) == 4


# --- Many ------------------------------------------------------------------------------------


def test_many_of_both_kinds_get_theirs_and_what_is_stored_is_left_alone(
    session: Session, ada: Owner
) -> None:
    ada.log(external_id="old", tags=["deep"])
    ada.study(EVENING - 9 * HOUR, external_id="old timed")
    items = [
        ada.logged(tags=["exam", ada.tags[0]], notes="a"),
        ada.logged(notes="b"),
        ada.logged(external_id="old", tags=["group"]),
        ada.timed(hours=2, tags=["EXAM", "New"], notes="c"),
        ada.timed(EVENING - 9 * HOUR, external_id="old timed", tags=["group"]),
        ada.timed(EVENING - 8.5 * HOUR, tags=["never"], notes="skipped"),
        ada.timed(EVENING - 3 * HOUR, tags=[ada.tags[2]], notes="d"),
        ada.timed(EVENING - 6 * HOUR, notes="e"),
        ada.logged(external_id="new", tags=["new"], notes="f"),
        ada.logged(external_id="new", tags=["never"], notes="again"),
        ada.timed(EVENING - 12 * HOUR, external_id="new", tags=["never"], notes="again"),
        ada.logged(tags=["deep"], notes="g"),
    ]
    result = study_sessions.create_many(session, ada.id, items, on_overlap="skip", now=NOW)
    assert (result.created, result.found, result.skipped) == (7, 4, 1)
    session.expire_all()
    found = study_sessions.find(session, ada.id)
    assert {(row.external_id, row.tags) for row in found if row.notes is None} == {
        ("old", ("deep",)),
        ("old timed", ()),
    }
    assert {(row.notes, row.tags) for row in found if row.notes} == {
        ("a", ("deep", "exam")),
        ("b", ()),
        ("c", ("exam", "New")),
        ("d", ("group",)),
        ("e", ()),
        ("f", ("New",)),
        ("g", ("deep",)),
    }
    assert [row.notes for row in found].count("c") == 2
    assert "never" not in {tag.name for tag in tags.find(session, ada.id)}


numbered = st.tuples(
    st.booleans(), st.none() | st.integers(0, 5), st.lists(st.sampled_from(NAMES), max_size=2)
)


@settings(max_examples=settings().max_examples // 10)
@given(st.lists(numbered, max_size=20))
def test_each_of_many_gets_its_own(
    database: Database, items: list[tuple[bool, int | None, list[str]]]
) -> None:
    with database.session() as session:
        ada = Owner(session)
        made: list[Any] = []
        expected: dict[str | None, tuple[str, ...]] = {}
        keys = set[int | None]()
        for number, (is_timed, key, names) in enumerate(items):
            if key not in keys:
                expected[str(number)] = tuple(sorted(set(names)))
                keys |= {key} - {None}
            fields = {
                "notes": str(number),
                "tags": names,
                "external_id": None if key is None else str(key),
            }
            start = EVENING - 40 * DAY + number * DAY
            made.append(
                ada.timed(start, 2 if key else 0.5, **fields) if is_timed else ada.logged(**fields)
            )
        study_sessions.create_many(session, ada.id, made, now=NOW)
        found = study_sessions.find(session, ada.id, limit=100)
        assert len(found) < 100
        assert {row.notes: row.tags for row in found} == expected
        session.rollback()


def test_many_of_the_same_get_theirs(session: Session, ada: Owner) -> None:
    items = [ada.logged(tags=[NAMES[number % 3]]) for number in range(300)]
    study_sessions.create_many(session, ada.id, items, now=NOW)
    by_id = study_sessions.find(session, ada.id, limit=300)
    assert [row.tags for row in by_id] == [(NAMES[number % 3],) for number in range(300)]


def test_many_take_no_more_statements_the_more_they_are(session: Session, ada: Owner) -> None:
    def statements(number: int, given: list[int | str]) -> int:
        start = EVENING - 99 * DAY * number
        items = [
            *(ada.logged(tags=given) for _ in range(number)),
            *(ada.timed(start + each * DAY, tags=given) for each in range(number)),
        ]
        with count_statements(session) as sent:
            study_sessions.create_many(session, ada.id, items, now=NOW)
        return len(sent)

    assert statements(2, ["deep", ada.tags[1]]) == statements(20, ["deep", ada.tags[1]])
    assert statements(3, []) == statements(30, [])


def test_an_item_whose_tag_is_not_found_is_noted_and_none_is_stored(
    session: Session, ada: Owner
) -> None:
    before = dump(session)
    items = [ada.logged(tags=["new"]), ada.timed(tags=["deep", 10**6])]
    with pytest.raises(NotFound) as caught:
        study_sessions.create_many(session, ada.id, items, now=NOW)
    assert (caught.value.entity, caught.value.id, caught.value.item) == ("tag", 10**6, 1)
    assert dump(session) == before


# --- Found -----------------------------------------------------------------------------------

some_tags = st.lists(st.integers(0, 2), max_size=3, unique=True)


@settings(max_examples=settings().max_examples // 10)
@given(
    st.lists(st.tuples(st.booleans(), some_tags), max_size=6),
    st.lists(st.integers(0, 3), max_size=2),
    st.lists(st.integers(0, 3), max_size=2),
    st.none() | st.booleans(),
    st.booleans(),
)
def test_find_and_count_by_tags(
    database: Database,
    made: list[tuple[bool, list[int]]],
    tags_all: list[int],
    tags_any: list[int],
    untagged: bool | None,
    by_name: bool,
) -> None:
    with database.session() as session:
        ada, bob = Owner(session), Owner(session, "bob@example.com")
        fourth = tags.get_or_create(session, ada.id, "unused").id
        rows: list[tuple[int, set[int]]] = []
        for number, (is_timed, given) in enumerate(made):
            for owner in (bob, ada):
                own = [owner.tags[tag] for tag in given]
                start = EVENING - 9 * DAY + number * DAY / 2
                stored = owner.study(start, 8, tags=own) if is_timed else [owner.log(tags=own)]
                rows += [(row.id, set(given)) for row in stored if owner is ada]
        expected = {
            row_id
            for row_id, given in rows
            if set(tags_all) <= given
            and (not tags_any or set(tags_any) & given)
            and (untagged is None or untagged == (not given))
        }

        def named(chosen: list[int]) -> list[int | str]:
            names = [*NAMES, "unused"]
            ids = [*ada.tags, fourth]
            return [names[tag].upper() if by_name else ids[tag] for tag in chosen]

        filters: dict[str, Any] = {
            "tags_all": named(tags_all),
            "tags_any": named(tags_any),
            "untagged": untagged,
        }
        session.flush()
        with count_statements(session) as statements:
            found = study_sessions.find(session, ada.id, **filters)
            if expected:
                assert len(statements) == 1
        assert {row.id for row in found} == expected
        assert study_sessions.count(session, ada.id, **filters) == len(expected)
        session.rollback()


def test_a_tag_that_is_not_theirs_finds_nothing_but_an_error(session: Session, ada: Owner) -> None:
    other = Owner(session, "bob@example.com").tags[0]
    ada.log(tags=["deep"])
    calls: list[Callable[..., object]] = [study_sessions.find, study_sessions.count]
    for name in ("tags_all", "tags_any"):
        for call in calls:
            with pytest.raises(NotFound) as caught:
                call(session, ada.id, **{name: [other]})
            assert (caught.value.entity, caught.value.id) == ("tag", other)
            assert not call(session, ada.id, **{name: ["unknown"]})


def test_pages_of_other_tags_are_other_pages(session: Session, ada: Owner) -> None:
    for _ in range(3):
        ada.log(tags=["deep"])
    page = study_sessions.find(session, ada.id, tags_any=["deep"], limit=2)
    assert len(study_sessions.find(session, ada.id, tags_any=["deep"], limit=2, after=page)) == 1
    others: list[dict[str, Any]] = [
        {"tags_any": ["exam"]},
        {"tags_all": ["deep"]},
        {"untagged": False},
    ]
    for other in others:
        with pytest.raises(InvalidCursor):
            study_sessions.find(session, ada.id, limit=2, after=page, **other)


def test_tags_of_a_list_are_read_with_it(session: Session, ada: Owner) -> None:
    for number in range(5):
        ada.study(EVENING - number * DAY, 2, tags=NAMES[: number % 4])
    session.expunge_all()
    with count_statements(session) as statements:
        found = [row.tags for row in study_sessions.find(session, ada.id)]
    assert len(statements) == 1
    assert len(found) == 10


def test_totals_by_tag_count_all_parts_of_what_the_services_store(
    session: Session, ada: Owner
) -> None:
    parts = ada.study(hours=2, tags=["deep", "exam"])
    ada.log(tags=["deep"])
    ada.log()
    ada.update(parts[1].id, ended_at=EVENING + 3 * HOUR)
    found = study_sessions.totals_by_tag(session, ada.id)
    assert [(tag.name, tag.minutes, tag.sessions) for tag in found.tags] == [
        ("deep", 210, 3),
        ("exam", 180, 2),
    ]
    assert (found.total.minutes, found.untagged.minutes) == (240, 30)


# --- Tags that change ------------------------------------------------------------------------


def test_all_parts_show_what_becomes_of_a_tag(session: Session, ada: Owner) -> None:
    parts = ada.study(hours=2, tags=["deep", "exam"])
    other = ada.log(tags=["exam"])
    deep, exam, group = ada.tags
    for change, of_parts, of_other in (
        (lambda: tags.rename(session, ada.id, exam, "Final"), ("deep", "Final"), ("Final",)),
        (lambda: tags.merge(session, ada.id, exam, group), ("deep", "group"), ("group",)),
        (lambda: tags.merge(session, ada.id, group, deep), ("deep",), ("deep",)),
        (lambda: tags.delete(session, ada.id, deep), (), ()),
    ):
        change()
        expected = {parts[0].id: of_parts, parts[1].id: of_parts, other.id: of_other}
        assert {row.id: row.tags for row in (*parts, other)} == expected
        assert ada.stored() == expected


def test_a_tag_counts_a_cut_session_once(session: Session, ada: Owner) -> None:
    ada.study(hours=2, tags=["deep"])
    ada.log(tags=["deep"])
    assert tags.get(session, ada.id, ada.tags[0]).session_count == 2


# --- At once ---------------------------------------------------------------------------------


def test_sessions_stored_at_once_share_a_new_tag(database: Database) -> None:
    with database.session() as session:
        ada = Owner(session)

    def store(number: int) -> int:
        def work(session: Session) -> int:
            start = EVENING - number * DAY
            data = ada.timed(start, 2, tags=["new", NAMES[number % 3]])
            study_sessions.create_timed(session, ada.id, data, now=NOW)
            data = ada.logged(tags=[NAMES[(number + 1) % 3], "New"])
            return study_sessions.create(session, ada.id, data, now=NOW).id

        return database.run(work)

    together(4, store)
    with database.session() as session:
        found = study_sessions.find(session, ada.id, tags_all=["new"])
        assert len(found) == 12
        assert tags.count(session, ada.id) == 4
        assert {len(row.tags) for row in found} == {2}


def test_updates_at_once_leave_the_tags_of_one(database: Database) -> None:
    with database.session() as session:
        ada = Owner(session)
        parts = ada.study(hours=2, tags=["deep"])

    def replace(number: int) -> None:
        data = StudySessionUpdate(tags=[f"a{number}", f"b{number}"])
        database.run(
            lambda session: study_sessions.update(
                session, ada.id, parts[number % 2].id, data, now=NOW
            )
        )

    together(4, replace)
    with database.session() as session:
        (left,) = {row.tags for row in study_sessions.find(session, ada.id)}
        assert left in {(f"a{number}", f"b{number}") for number in range(4)}
