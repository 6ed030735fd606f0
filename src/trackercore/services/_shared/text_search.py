"""SQL for finding rows by a part of their texts."""

from __future__ import annotations

from sqlalchemy import ColumnElement, SQLColumnExpression

from trackercore.types import search_key


def has_text(key: SQLColumnExpression[str], text: str) -> ColumnElement[bool]:
    """The condition that a text occurs in a row, in any letter case and composition.

    Args:
        key: the column in which the row's texts are stored as `types.search_key` folds them. The
            databases do not fold by themselves: SQLite knows the case of ASCII only, PostgreSQL
            does not know that "ß" is "ss", and neither composes.
        text: every character stands for itself. The empty text occurs everywhere.
    """
    return key.contains(search_key(text), autoescape=True)
