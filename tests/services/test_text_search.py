"""Finding tasks by a part of their texts, in any letter case and composition."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.services.support import person
from tests.services.test_races import after
from tests.support.databases import empty
from tests.support.names import named
from trackercore import Database, Task, TaskCreate, TaskRead, TaskUpdate, tasks
from trackercore.services._shared.arguments import MAX_SEARCH
from trackercore.types import text_key

pytestmark = pytest.mark.slow

MOST_BYTES_OF_A_PATTERN = 50_000
"""SQLITE_MAX_LIKE_PATTERN_LENGTH."""


def found(session: Session, user: int, text: str) -> list[str]:
    return [task.title for task in tasks.find(session, user, text=text)]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("ÜBUNG", "übung"),
        ("Тест", "тест"),
        ("дом", "ДОМ"),
        ("Cafe\u0301", "caf\u00e9"),
        ("Caf\u00e9", "CAFE\u0301"),
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("\u017fo", "SO"),
        ("\ufb01t", "FIT"),
        ("ΟΔΟΣ", "οδος"),
        ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"),
        ("İzmir", "i\u0307ZMIR"),
        ("\u03b1\u0345\u0301", "\u1fb4"),  # marks in another order
        ("100% Fett_frei", "% fett_"),
    ],
)
def test_case_and_composition_make_no_difference(session: Session, title: str, text: str) -> None:
    ids = person(session)
    tasks.create(session, ids.user, TaskCreate(title=f"- {title} -"))
    tasks.create(session, ids.user, TaskCreate(title="-", description=f"\n{title}.\n"))
    tasks.create(session, ids.user, TaskCreate(title="another"))
    assert found(session, ids.user, text) == [f"- {title} -", "-"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Caf\u00e9", "cafe"),  # an accent is a part of its letter, however it is written
        ("Cafe\u0301", "cafe"),
        ("Cafe", "caf\u00e9"),
        ("I", "\N{LATIN SMALL LETTER DOTLESS I}"),
        ("x²", "x2"),
        ("Mow", "mo_"),
        ("Mow", "m%w"),
    ],
)
def test_other_differences_do(session: Session, title: str, text: str) -> None:
    ids = person(session)
    tasks.create(session, ids.user, TaskCreate(title=title))
    assert found(session, ids.user, text) == []


@pytest.mark.parametrize("between", ["", " ", "\n", "\x1f", "\x1e", "\x1f\x1f"])
def test_nothing_is_found_across_title_and_description(session: Session, between: str) -> None:
    ids = person(session)
    tasks.create(session, ids.user, TaskCreate(title="Mow", description="the lawn"))
    assert found(session, ids.user, f"mow{between}the") == []


WAYS: dict[str, Callable[[Session, int, int], object]] = {
    "update": lambda session, user, task: tasks.update(
        session, user, task, TaskUpdate(title="ÜBUNG", description=None)
    ),
    "update of the title": lambda session, user, task: tasks.update(
        session, user, task, TaskUpdate(title="ÜBUNG")
    ),
    "assignment": lambda session, user, task: setattr(
        tasks.get(session, user, task), "title", "ÜBUNG"
    ),
    "merge": lambda session, user, task: session.merge(
        Task(user_id=user, id=task, title="ÜBUNG", description=None)
    ),
    "merge of the title": lambda session, user, task: session.merge(
        Task(user_id=user, id=task, title="ÜBUNG")
    ),
    "create": lambda session, user, task: tasks.create(session, user, TaskCreate(title="ÜBUNG")),
    "a new object": lambda session, user, task: session.add(Task(user_id=user, title="ÜBUNG")),
    "rows": lambda session, user, task: session.execute(
        insert(Task), [{"user_id": user, "title": "ÜBUNG"}, {"user_id": user, "title": "other"}]
    ),
    "values": lambda session, user, task: session.execute(
        insert(Task.metadata.tables[named("tasks")]).values(
            [{"user_id": user, "title": "ÜBUNG"}, {"user_id": user, "title": "other"}]
        )
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_loaded", [True, False])
def test_every_way_of_writing_a_text_keeps_what_searches_look_in(
    session: Session, way: str, is_loaded: bool
) -> None:
    ids = person(session)
    old = tasks.create(session, ids.user, TaskCreate(title="Old", description="ИСТОРИЯ"))
    if not is_loaded:
        session.expire_all()
    WAYS[way](session, ids.user, old.id)
    session.flush()
    assert found(session, ids.user, "übung") == ["ÜBUNG"]
    for task in tasks.find(session, ids.user):
        assert task.title_key == text_key(task.title)
        assert task.description_key == (task.description and text_key(task.description))


def test_a_text_that_is_set_to_what_it_is_is_no_change(session: Session) -> None:
    ids = person(session)
    task = tasks.create(session, ids.user, TaskCreate(title="Übung", description="d"))
    session.expire_all()
    tasks.get(session, ids.user, task.id).title = "Übung"
    assert not session.is_modified(task)


def test_texts_that_two_change_at_once_are_both_found(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
    after(
        database,
        lambda session: tasks.update(session, ids.user, ids.task, TaskUpdate(title="Übung")),
        lambda session: tasks.update(session, ids.user, ids.task, TaskUpdate(description="Тест")),
    )
    with database.session() as session:
        assert found(session, ids.user, "übung") == found(session, ids.user, "тест") == ["Übung"]


def test_what_searches_look_in_is_not_shown(session: Session) -> None:
    ids = person(session)
    tasks.create(session, ids.user, TaskCreate(title="Übung"))
    page = tasks.find(session, ids.user, text="übung")
    (task,) = page
    html: str = getattr(page, "_repr_html_")()  # noqa: B009 - a protocol of IPython
    shown = repr(task), html, TaskRead.model_validate(task).model_dump_json()
    assert not any("übung" in text or "_key" in text for text in shown)


def test_the_longest_search_fits_into_a_pattern_of_sqlite(session: Session) -> None:
    def size(text: str) -> int:
        decomposed = unicodedata.normalize("NFD", text_key(text))
        return len(decomposed.encode()) + sum(map(decomposed.count, "%_/"))

    longest = max(CHARACTERS, key=size)
    # Composition only makes a text shorter.
    assert MAX_SEARCH * size(longest) + len("%%") <= MOST_BYTES_OF_A_PATTERN
    ids = person(session)
    text = longest * MAX_SEARCH
    tasks.create(session, ids.user, TaskCreate(title="Long", description=f"({text})"))
    assert found(session, ids.user, text) == ["Long"]


CHARACTERS = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
COMPOSED = {char for it in CHARACTERS for char in unicodedata.normalize("NFD", it)[1:]}
"""Those that may be composed with the one before them."""

# --- Any text -----------------------------------------------------------------------------------

marks = st.text(st.characters(categories=["Mn"]), max_size=2)
letters = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Co", "Mn", "Mc", "Me"])
# The vowels of Hangul, for example, are letters and composed with what is before them.
letters = letters.filter(lambda char: char not in COMPOSED)
clusters = st.builds(
    str.__add__,
    letters | st.sampled_from("sSß\u017fẞﬁﬃ\u0131İIiΣ\u03c3ςΐŉǰᾂΆ가각%_/\\"),
    marks | st.sampled_from(["", "\u0301", "\u0345", "\u0345\u0301", "\u0323\u0307"]),
)
texts = st.lists(clusters, min_size=1, max_size=6)


def folded(text: str) -> str:
    """The Unicode Standard, D145: texts that a caseless match takes for the same have one form."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


def variants(text: str) -> list[str]:
    """The text in other letter cases and compositions."""
    decomposed = unicodedata.normalize("NFD", text)
    others = (decomposed.upper(), decomposed.lower(), decomposed.swapcase(), decomposed.title())
    forms = [unicodedata.normalize(form, it) for it in (text, *others) for form in ("NFC", "NFD")]
    return [it for it in forms if folded(it) == folded(text)]  # the dotless i is not "I"


@settings(max_examples=settings().max_examples // 3)
@given(st.data())
def test_every_part_of_a_text_is_found_in_any_case_and_composition(
    database: Database, data: st.DataObject
) -> None:
    title, description = data.draw(texts), data.draw(texts)
    whole = data.draw(st.sampled_from([title, description]))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    text = data.draw(st.sampled_from(variants("".join(whole[start:end]))))
    with database.session() as session:
        ids = person(session)
        row = Task(user_id=ids.user, title="".join(title), description="".join(description))
        session.add(row)
        session.flush()
        assert row in tasks.find(session, ids.user, text=text).items
    empty(database)


any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
few = st.text(st.sampled_from("aAäÄ\u0308sß%_/\\\x1f\n i\u0307İ"), max_size=6)


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", folded(text))


@settings(max_examples=settings().max_examples // 3)
@given(st.lists(st.tuples(few | any_text, st.none() | few | any_text), max_size=6), few | any_text)
def test_a_search_finds_the_texts_that_have_it_as_a_part_and_no_others(
    database: Database, rows: list[tuple[str, str | None]], text: str
) -> None:
    expected = [
        number
        for number, row in enumerate(rows)
        if any(part is not None and composed(text) in composed(part) for part in row)
    ]
    with database.session() as session:
        ids = person(session)
        tasks.delete(session, ids.user, ids.task)
        stored: list[Any] = [Task(user_id=ids.user, title=t, description=d) for t, d in rows]
        for row in stored:
            session.add(row)
            session.flush()
        result = tasks.find(session, ids.user, text=text).items
        assert [stored.index(row) for row in result] == expected
    empty(database)
