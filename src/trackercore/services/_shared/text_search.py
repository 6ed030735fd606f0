"""SQL for finding rows by a part of their texts."""

from __future__ import annotations

from sqlalchemy import ColumnElement, SQLColumnExpression, or_

from trackercore.types import text_key


def has_text(text: str, *keys: SQLColumnExpression[str | None]) -> ColumnElement[bool]:
    """The condition that a text occurs in one of a row's, in any letter case and composition.

    The row's texts are stored once more for it, as the databases do not fold them: SQLite knows the
    case of ASCII only, PostgreSQL does not know that "ß" is "ss", and neither composes. How-to page
    "Sort, filter and page through lists" has the cost. LIKE is as fast as instr and strpos, and can
    use a trigram index of the host's.

    Args:
        text: every character stands for itself. The empty text occurs everywhere.
        keys: the columns of what `types.text_key` made of the row's texts.
    """
    folded = text_key(text)
    return or_(*(key.contains(folded, autoescape=True) for key in keys))
