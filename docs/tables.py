"""Write every table's columns, keys and rules into reference/schema.md: python docs/tables.py"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

from sqlalchemy import CheckConstraint, Column, Table, UniqueConstraint, make_url
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.sql.schema import (
    CallableColumnDefault,
    DefaultClause,
    ScalarElementColumnDefault,
)

from trackercore import Base

PAGE = Path(__file__).parent / "reference" / "schema.md"
DIALECTS = [make_url(f"{name}://").get_dialect()() for name in ("postgresql", "sqlite")]
MARK = "<!-- What follows is written by docs/tables.py. -->\n"


def page(text: str) -> str:
    """The page with its generated part replaced."""
    tables = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    lines = [line for table in tables for line in describe(table)]
    return text.partition(MARK)[0] + MARK + "\n".join(("", *lines))


def describe(table: Table) -> Iterator[str]:
    """A table in MarkDown."""
    (model,) = [mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table]
    summary = (model.__doc__ or "").partition("\n")[0]
    yield from (f"## {table.name}", "", f"{summary} The model is `{model.__name__}`.", "")
    yield "| column | PostgreSQL | SQLite | null | default |"
    yield "|---|---|---|---|---|"
    for column in table.columns:
        types = [column.type.compile(dialect) for dialect in DIALECTS]
        cells = [f"`{column.name}`", *map(str.lower, types), "yes" if column.nullable else ""]
        yield f"| {' | '.join([*cells, default(column)])} |"
    yield ""
    yield from (f"- {line}" for line in rules(table))
    yield ""


class NewRow(Mapping[str, None]):
    """The values of a row, and its context for a default: it keeps which columns were read."""

    def __init__(self) -> None:
        self.columns: list[str] = []

    def get_current_parameters(self) -> Mapping[str, None]:
        return self

    def __getitem__(self, column: str) -> None:
        self.columns.append(column)

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def default(column: Column[object]) -> str:
    """What the models store where nothing is given, as the database has it."""
    if column.identity is not None:
        return "set by the database"
    if isinstance(column.default, ScalarElementColumnDefault):
        as_stored = column.type.bind_processor(DIALECTS[0]) or (lambda value: value)
        return f"`{as_stored(column.default.arg)!r}`"
    if isinstance(column.server_default, DefaultClause):
        return f"`{column.server_default.arg!r}`, also in the database"
    if not isinstance(column.default, CallableColumnDefault):
        return ""
    row = NewRow()
    column.default.arg(cast("ExecutionContext", row))
    return f"from {' and '.join(f'`{name}`' for name in row.columns)}" if row.columns else "now"


def rules(table: Table) -> Iterator[str]:
    """Keys, rules and indexes. The database uses their names in its errors."""
    yield f"Primary key {names(table.primary_key.columns)}"
    for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
        target = ", ".join(element.column.name for element in key.elements)
        action = f", on delete {key.ondelete.lower()}" if key.ondelete else ""
        yield f"{names(key.columns)} refers to `{key.referred_table.name} ({target})`{action}"
    constraints = sorted(table.constraints, key=lambda constraint: str(constraint.name))
    for constraint in constraints:
        if isinstance(constraint, UniqueConstraint):
            yield f"Unique: {names(constraint.columns)}"
    for constraint in constraints:
        if isinstance(constraint, CheckConstraint):
            yield f"`{constraint.name}`: `{constraint.sqltext}`"
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        kind = "Unique index" if index.unique else "Index"
        yield f"{kind} `{index.name}` on {names(index.columns)}"


def names(columns: Iterable[Column[object]]) -> str:
    return f"`({', '.join(column.name for column in columns)})`"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
