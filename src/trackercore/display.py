"""How rows and results are shown: on one line in a terminal, as a table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from html import escape
from itertools import chain
from typing import ClassVar, Protocol, SupportsIndex, TypeVar, cast, overload, runtime_checkable

MOST_ROWS = 60
MOST_CHARACTERS = 60
LEFT_OUT = {"user_id", "position", "created_at", "updated_at"}
"""Fields that tables leave out: the owner, and what the library keeps for itself."""


@runtime_checkable
class Shown(Protocol):
    """A row or a result. `__repr_args__` returns the names and values to show, as in pydantic.

    `__units__` are the units of numbers whose names do not include them.
    """

    __units__: ClassVar[Mapping[str, str]]

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]: ...


ShownT = TypeVar("ShownT", bound=Shown)


class Rows(list[ShownT]):
    """A list that notebooks show as a table; its slices too. `+` and `copy` return plain lists."""

    __slots__ = ()

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> ShownT: ...

    @overload
    def __getitem__(self, index: slice, /) -> Rows[ShownT]: ...

    def __getitem__(self, index: SupportsIndex | slice, /) -> ShownT | Rows[ShownT]:
        if isinstance(index, slice):
            return Rows(super().__getitem__(index))
        return super().__getitem__(index)

    def _repr_html_(self) -> str:
        return table(self)


def one_line(fields: Iterable[tuple[str | None, object]], separator: str = ", ") -> str:
    """Names and values; long text is shortened, and a list of rows is shown as their number."""
    return separator.join(
        f"{name}={_inline(value)}" if name else _inline(value) for name, value in fields
    )


def table(rows: Sequence[Shown], note: str = "") -> str:
    """An HTML table of the first 60 rows.

    Args:
        rows: all of one class. Columns that are None in all rows are left out too.
        note: text below the table.
    """
    if not rows:
        return f"<p><em>no rows</em>{f'; {escape(note)}' if note else ''}</p>"
    units = rows[0].__units__
    shown = [dict(row.__repr_args__()) for row in rows[:MOST_ROWS]]
    names = [
        name
        for name in dict.fromkeys(chain(*shown))
        if name and name not in LEFT_OUT and any(row.get(name) is not None for row in shown)
    ]
    head = "".join(f"<th>{_heading(name, units)}</th>" for name in names)
    lines = ["".join(f"<td>{_cell(row.get(name))}</td>" for name in names) for row in shown]
    if len(rows) > MOST_ROWS:
        more = f"… {len(rows) - MOST_ROWS} more"
        lines.append(f'<td colspan="{len(names)}">{more}</td>')
    body = "".join(f"<tr>{line}</tr>\n" for line in lines)
    foot = f"<p><em>{escape(note)}</em></p>" if note else ""
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>{foot}"


def card(result: Shown) -> str:
    """An HTML table with a line for each field of one row or result, except those left out."""
    units = result.__units__
    lines = "".join(
        f"<tr><th>{_heading(name, units)}</th><td>{_cell(value)}</td></tr>\n"
        for name, value in result.__repr_args__()
        if name and name not in LEFT_OUT
    )
    return f"<table>\n<tbody>\n{lines}</tbody>\n</table>"


def _heading(name: str, units: Mapping[str, str]) -> str:
    unit = f" ({units[name]})" if name in units else ""
    return escape(name.replace("_", " ") + unit)


def _cell(value: object) -> str:
    if isinstance(value, Shown):
        return card(value)
    rows = _rows(value)
    if rows is not None:
        return table(rows) if rows else "none"
    return escape(_text(value))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _shortened(value) if isinstance(value, str) else _plain(value)


def _inline(value: object) -> str:
    if isinstance(value, str):
        return repr(_shortened(value))
    rows = _rows(value)
    return f"<{len(rows)} {type(rows[0]).__name__}>" if rows else _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, frozenset):
        items = cast("frozenset[object]", value)
        return f"{{{', '.join(sorted(map(str, items)))}}}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return _shortened(repr(cast("object", value)))
    return repr(value)


def _rows(value: object) -> list[Shown] | None:
    """The value, if it is a list or a tuple of rows."""
    if not isinstance(value, list | tuple):
        return None
    items = cast("Sequence[object]", value)
    rows = [item for item in items if isinstance(item, Shown)]
    return rows if len(rows) == len(items) else None


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
