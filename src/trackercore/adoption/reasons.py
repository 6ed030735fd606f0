"""Why `adopt` cannot convert tables: codes and facts for programs, texts for developers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

RefusalCode = Literal[
    "no_tables",
    "table_needed",
    "table_name",
    "table_in_the_way",
    "primary_key",
    "column_needed",
    "column_name",
    "column_type",
    "column_unknown",
    "foreign_key",
    "view",
    "rule",
    "function",
    "trigger",
    "row_security",
    "publication",
    "inheritance",
    "partitions",
    "distributed",
    "dependent",
    "owner_needed",
    "owner_of_nothing",
    "table_prefix",
]
"""Why `adopt` refuses; `RefusalReason` has the texts."""

RenameCondition = Literal["email_addresses", "hashes", "minutes", "such_rows"]
"""What the values must be for another name to be right."""

ValueKind = Literal["booleans", "text", "times", "whole_numbers"]
"""The kinds of values of a column."""

_TEXTS: Mapping[RefusalCode, str] = {
    "no_tables": "there are no tables of FocusFlow or StudyTracker in {where}; init_db() makes new"
    " ones",
    "table_needed": "there is a table {table} with the column {column}, and no table {other_table}",
    "table_name": "the table {table}: rename it to {rename_to}",
    "table_in_the_way": "the table {table} is in the way: trackercore makes one of this name",
    "primary_key": "the primary key of {table} is not its column id",
    "column_needed": "the table {table} has no column {column}",
    "column_name": "{table}.{column}: rename it to {rename_to}",
    "column_type": "{table}.{column}: its type is {type}, and trackercore takes {takes}",
    "column_unknown": "{table}.{column}: trackercore has no place for it: keep it in a table of"
    " your own, and drop the column",
    "foreign_key": "the table {other_table} has a foreign key to {table}: drop the key, or rebuild"
    " {other_table} without it, and add the key again afterwards",
    "view": "the view {name} reads from {table}: drop the view, and create it again afterwards",
    "rule": "the rule {name} of {other_table} depends on {table}: drop the rule, and create it"
    " again afterwards",
    "function": "the function {name} depends on {table}: drop the function, and create it again"
    " afterwards",
    "trigger": "the trigger {name} depends on {table}: drop the trigger, and create it again"
    " afterwards",
    "row_security": "the table {table} has row-level security: drop its policies and disable it,"
    " and set both up again afterwards",
    "publication": "the table {table} is in the publication {name}: take it out, and add it again"
    " afterwards",
    "inheritance": "the tables {table} and {other_table} are tied by inheritance: part them",
    "partitions": "the table {table} is partitioned: copy its rows into a plain table that takes"
    " its name",
    "distributed": "the table {table} is distributed by Citus: make it a local one, and distribute"
    " all tables afterwards",
    "dependent": "something else depends on {table}: remove that, and create it again afterwards;"
    " the database says: {detail}",
    "owner_needed": "topics and sessions have no owner: give the email address of the user who gets"
    " them (owner_email, or --owner-email)",
    "owner_of_nothing": "an owner's email address is given, but there are no topics or sessions",
    "table_prefix": "tables are adopted under the names that they have, and the table prefix is"
    " {name!r}: adopt without one",
}

_WORDS: Mapping[RenameCondition | ValueKind, str] = {
    "email_addresses": "it holds email addresses",
    "hashes": "it holds hashes",
    "minutes": "it counts minutes",
    "such_rows": "it holds {rename_to}",
    "booleans": "Booleans",
    "text": "text",
    "times": "dates and times",
    "whole_numbers": "whole numbers",
}


@dataclass(frozen=True, kw_only=True)
class RefusalReason:
    """One of the reasons why `adopt` cannot convert the tables. Its text is `str(reason)`.

    Attributes:
        code: the kind of reason.
        table: the table that it is about.
        column: the column that it is about.
        rename_to: the name that the table or column should have.
        condition: when this is right, if that depends on the values.
        name: that of the foreign key, view, rule, function, trigger or publication; the schema
            without tables; the table prefix.
        other_table: the table that is needed, that has the foreign key or the rule, or that is
            tied by inheritance.
        type: the column's type.
        takes: the kind of values that trackercore takes instead.
        sql: the statement that does what the text says, if one is enough.
        detail: what the database says about a dependency of another kind, in its language.
    """

    code: RefusalCode
    table: str | None = None
    column: str | None = None
    rename_to: str | None = None
    condition: RenameCondition | None = None
    name: str | None = None
    other_table: str | None = None
    type: str | None = None
    takes: ValueKind | None = None
    sql: str | None = None
    detail: str | None = None

    def __str__(self) -> str:
        text = _TEXTS[self.code]
        if self.condition is not None:
            text += f", if {_WORDS[self.condition]}"
        takes = None if self.takes is None else _WORDS[self.takes]
        where = "this database" if self.name is None else f"the schema {self.name}"
        text = text.format(**{**vars(self), "takes": takes, "where": where})
        return text if self.sql is None else f"{text}: {self.sql}"
