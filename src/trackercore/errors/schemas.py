"""Tables that are not those that this version needs."""

from shlex import quote
from typing import TYPE_CHECKING

from trackercore.errors.base import TrackerError

if TYPE_CHECKING:
    from trackercore.adoption.reasons import RefusalReason


class SchemaError(TrackerError):
    """The tables are not those that this version of trackercore needs."""

    code = "schema_error"


class SchemaOutOfDate(SchemaError):
    """The tables are of an older version of trackercore; nothing was changed.

    Attributes:
        revision: the tables' revision.
        needed: the revision that this version needs.
        schema: the PostgreSQL schema of the tables, if one was given.
        table_prefix: the beginning of their names.
    """

    code = "schema_out_of_date"
    revision: str
    needed: str
    schema: str | None = None
    table_prefix: str = ""

    def __str__(self) -> str:
        option = "" if self.schema is None else f" --schema {quote(self.schema)}"
        variable = self.table_prefix and f" and TRACKERCORE_TABLE_PREFIX to {self.table_prefix}"
        return (
            f"the database is at revision {self.revision}, this trackercore needs {self.needed}: "
            f"run `python -m trackercore upgrade{option}` with DATABASE_URL set to the database"
            f"{variable}"
        )


class SchemaTooNew(SchemaError):
    """The tables are of a newer version of trackercore; nothing was changed.

    Attributes:
        revision: the tables' revision.
        known: the newest revision that this version knows.
    """

    code = "schema_too_new"
    revision: str
    known: str

    def __str__(self) -> str:
        return (
            f"the database is at revision {self.revision}, this trackercore knows revisions up to "
            f"{self.known}: install a newer trackercore"
        )


class TablesMissing(SchemaError):
    """The revision is stored, but only some of its tables are there; nothing was changed.

    After `Base.metadata.drop_all`, the tables that are there may be yours.

    Attributes:
        tables: the names of those that are missing.
        present: the names of those that are there.
    """

    code = "tables_missing"
    tables: tuple[str, ...]
    present: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"tables are missing: {', '.join(self.tables)}; there are {', '.join(self.present)}. "
            "If those are trackercore's, restore the missing ones from a backup. If they are "
            "yours, keep trackercore's apart from them, by a table prefix or a schema"
        )


class UnmanagedSchema(SchemaError):
    """There are tables with trackercore's names that it did not create; nothing was changed.

    Attributes:
        tables: their names.
        can_use_schema: whether trackercore's tables can have a PostgreSQL schema of their own.
        table_prefix: the beginning of their names.
    """

    code = "unmanaged_schema"
    tables: tuple[str, ...]
    can_use_schema: bool = True
    table_prefix: str = ""

    def __str__(self) -> str:
        adopt, prefix = "", "another table prefix"
        if not self.table_prefix:
            adopt = " `python -m trackercore adopt` converts those of FocusFlow and StudyTracker."
            prefix = "a table prefix"
        schema = ", or a schema of their own, Database(schema=...)" if self.can_use_schema else ""
        return (
            f"there are tables that trackercore did not create: {', '.join(self.tables)}.{adopt} "
            f"If they are yours, give trackercore's {prefix}, "
            f"TRACKERCORE_TABLE_PREFIX=...{schema}. If your own Alembic created trackercore's "
            "tables, upgrade them with it"
        )


class AlembicIsRunning(SchemaError):
    """One Alembic cannot run within another, as in your `env.py`; nothing was changed."""

    code = "alembic_is_running"

    def __str__(self) -> str:
        return (
            "one Alembic cannot run within another: upgrade trackercore's tables before your "
            "own Alembic runs, not in its env.py"
        )


class RevisionRefused(SchemaError):
    """A revision cannot be applied to the rows that are stored; nothing was changed.

    Attributes:
        reason: its text.
    """

    code = "revision_refused"
    reason: str

    def __str__(self) -> str:
        return self.reason


class DanglingRows(SchemaError):
    """Rows refer to rows that do not exist; nothing was changed.

    Attributes:
        table: the table of the rows that refer.
        parent: the table of those that do not exist.
        rows: how many refer to one.
    """

    code = "dangling_rows"
    table: str
    parent: str
    rows: int

    def __str__(self) -> str:
        return (
            f"nothing was changed: {self.rows} rows of {self.table} refer to rows of "
            f"{self.parent} that do not exist"
        )


class CannotAdopt(SchemaError):
    """`adopt` cannot convert the tables; nothing was changed. The text has a line for each reason.

    Attributes:
        reasons: everything that is in the way.
    """

    code = "cannot_adopt"
    reasons: "tuple[RefusalReason, ...]"

    def __str__(self) -> str:
        return "\n".join(map(str, self.reasons))


class RowsUnaccountedFor(SchemaError):
    """Not every row that was not kept was rejected: a fault of trackercore; nothing was changed.

    Attributes:
        table: the table.
        rows: how many rows it had.
        kept: how many of them were kept.
    """

    code = "rows_unaccounted_for"
    table: str
    rows: int
    kept: int

    def __str__(self) -> str:
        return (
            f"nothing was changed: of {self.rows} rows of {self.table}, {self.kept} were kept, "
            "and not all others were rejected"
        )
