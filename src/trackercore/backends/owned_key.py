"""The primary key of tables whose rows belong to a user: (user_id, id)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn


class OwnedKey(PrimaryKeyConstraint):
    """PRIMARY KEY (user_id, id), where the database gives out `id`.

    SQLite gives out ids only for an INTEGER PRIMARY KEY, which is one column. So `id` alone is the
    primary key there, and (user_id, id) is unique: foreign keys refer to it. AUTOINCREMENT keeps
    SQLite from giving the id of a deleted row to a new one.
    """


@compiles(OwnedKey, "sqlite")
def _owned_key(key: OwnedKey, compiler: Any, **_: object) -> str:
    # Without a name: autogenerate would miss a named constraint in the models.
    return f"UNIQUE ({', '.join(map(compiler.preparer.format_column, key.columns))})"


@compiles(CreateColumn, "sqlite")
def _column(create: CreateColumn, compiler: Any, **options: object) -> str:
    column = create.element
    if isinstance(column.table.primary_key, OwnedKey) and column.autoincrement is True:
        name = compiler.preparer.format_column(column)
        return f"{name} INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT"
    text: str = compiler.visit_create_column(create, **options)
    return text
