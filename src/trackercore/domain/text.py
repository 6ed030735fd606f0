"""Text that every database can store."""

from __future__ import annotations

from typing import Literal, LiteralString, NamedTuple


class TextFault(NamedTuple):
    """Why a text cannot be stored: the type of the error, and the same in words."""

    kind: Literal["text_nul", "text_surrogate"]
    reason: LiteralString


NUL = TextFault("text_nul", "text must not contain NUL")
LONE_SURROGATE = TextFault("text_surrogate", "text must not contain a lone surrogate")


def fault_of(text: str) -> TextFault | None:
    """Why a text cannot be stored; None if it can.

    PostgreSQL cannot store NUL, and a lone surrogate is no character at all.
    """
    if "\0" in text:
        return NUL
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        return LONE_SURROGATE
    return None
