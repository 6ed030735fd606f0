"""Column types other than instants, and the key that makes names unique."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from trackercore import Category, Topic, User
from trackercore.types import text_key

any_text = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Work", "WORK"),
        ("Straße", "STRASSE"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("\u00c9tude", "e\u0301TUDE"),  # composed and decomposed
        ("\u1e9b\u0323", "\u1e9b\u0323".upper()),
        ("\u1fb4", "\u0391\u0345\u0301"),  # marks in another order
        ("Ǆ", "ǆ"),
        ("İ", "i\u0307"),
    ],
)
def test_names_that_differ_in_case_and_composition_only_have_one_key(one: str, other: str) -> None:
    assert text_key(one) == text_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Work", "Works"),
        ("a", "á"),
        ("I", "\N{LATIN SMALL LETTER DOTLESS I}"),
        ("x²", "x2"),
        ("ﬀ", "f"),
    ],
)
def test_names_that_differ_otherwise_have_two_keys(one: str, other: str) -> None:
    assert text_key(one) != text_key(other)


@given(any_text, any_text)
def test_the_key_tells_apart_what_unicode_s_caseless_matching_tells_apart(
    one: str, other: str
) -> None:
    def folded(text: str) -> str:  # The Unicode Standard, D145
        return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())

    for second in (other, one.upper(), one.swapcase(), unicodedata.normalize("NFD", one)):
        assert (text_key(one) == text_key(second)) == (folded(one) == folded(second))


@given(any_text)
def test_the_key_of_a_name_is_composed_and_the_same_for_all_its_compositions(name: str) -> None:
    key = text_key(name)
    assert unicodedata.is_normalized("NFC", key)
    assert {text_key(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")} == {key}


def test_the_key_of_every_character_is_folded_already() -> None:
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    assert [char for char in characters if text_key(text_key(char)) != text_key(char)] == []


@pytest.mark.parametrize("model", [Category, Topic])
def test_the_key_follows_the_name(model: type[Category | Topic]) -> None:
    row = model(name="Café")
    assert row.name_key == "café"
    row.name = "STRASSE"
    assert row.name_key == "strasse"


def test_a_password_hash_comes_back_as_it_was(session: Session) -> None:
    stored = "$argon2id$v=19$m=65536,t=3,p=4$'quoted' \\ % :x ü"
    user = User(email="ada@example.com", hashed_password=stored)
    session.add(user)
    session.flush()
    session.refresh(user)
    assert user.hashed_password == stored
    user.hashed_password = None
    session.flush()
    session.refresh(user)
    assert user.hashed_password is None


def test_a_password_hash_that_is_not_text_is_refused_and_not_converted(session: Session) -> None:
    """bcrypt, for one, makes bytes."""
    as_bytes: object = b"$2b$12$abc"
    user = User(email="ada@example.com")
    session.add(user)
    session.flush()
    with pytest.raises(StatementError, match="text"), session.begin_nested():
        setattr(user, "hashed_password", as_bytes)  # noqa: B010 - no type checker would let it
    session.refresh(user)
    assert user.hashed_password is None
