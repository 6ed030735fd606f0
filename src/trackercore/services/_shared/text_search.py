"""SQL for finding rows by a part of their texts."""

from __future__ import annotations

from sqlalchemy import ColumnElement, SQLColumnExpression

from trackercore.types import search_key


def has_text(key: SQLColumnExpression[str], text: str) -> ColumnElement[bool]:
    """The condition that a text occurs in a row, in any letter case and composition.

    The row's texts are stored once more for it, as the databases do not fold them: SQLite knows the
    case of ASCII only, PostgreSQL does not know that "ß" is "ss", and neither composes. How-to page
    "Page through long lists" has the cost. LIKE is as fast as instr and strpos, and can use a
    trigram index of the host's.

    Args:
        key: the column of what `types.search_key` made of the texts.
        text: every character stands for itself. The empty text occurs everywhere.
    """
    return key.contains(search_key(text), autoescape=True)
