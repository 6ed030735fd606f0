"""Moving the rows of one old table in a few statements: each row is kept, or rejected whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    FromClause,
    MetaData,
    String,
    Subquery,
    Table,
    Text,
    and_,
    case,
    false,
    func,
    insert,
    literal,
    select,
)

from trackercore.adoption._reading import Condition, Reader, Value
from trackercore.adoption.report import Finding
from trackercore.errors import RowsUnaccountedFor
from trackercore.migrations.state import REJECTED_TABLE
from trackercore.types import BIG_ID

_EXAMPLES = 10

MOST_ID = 2**62
"""The greatest id that is adopted: new ones have to come after it."""

rejected_table = Table(
    REJECTED_TABLE,
    MetaData(),
    Column("table_name", String(63), nullable=False),
    Column("row_id", BIG_ID),
    Column("row", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("corrected", Boolean, nullable=False),
)
"""Old rows: rejected ones, and the originals of kept ones that lost something (`corrected`)."""

merged_table = Table(
    "trackercore_merged",
    MetaData(),
    Column("table_name", String(63), primary_key=True),
    Column("old_id", BIG_ID, primary_key=True, autoincrement=False),
    Column("id", BIG_ID, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
"""For each row rejected because another has its name: that other row's id."""


class Rule(NamedTuple):
    """A reason to reject or to correct the rows for which a condition is true.

    Attributes:
        reason: in words.
        applies: the condition.
        lossy: whether a kept row loses something by it.
    """

    reason: str
    applies: Condition
    lossy: bool = False


class Unique(NamedTuple):
    """Of the acceptable rows that agree in `values`, the first is kept."""

    reason: str
    values: Sequence[Value]


@dataclass(frozen=True)
class Transfer:
    """How the rows of an old table become rows of a new one.

    Attributes:
        old: the old table; it has a column id.
        new: the new one.
        source: the old table, joined with what the rules need; one row per old row.
        values: those of the new columns, by name.
        rejected: the first rule that applies is the reason why a row is not kept.
        corrected: rules for the rows that are kept; each that applies is counted.
        unique: what has to differ between the rows that are kept.
    """

    old: FromClause
    new: Table
    source: FromClause
    values: Mapping[str, Value]
    rejected: Sequence[Rule]
    corrected: Sequence[Rule]
    unique: Unique | None = None


@dataclass
class Outcome:
    """What happened to the rows of one table."""

    kept: int
    corrected: list[Finding] = field(default_factory=list[Finding])
    rejected: list[Finding] = field(default_factory=list[Finding])


def transfer(connection: Connection, reader: Reader, plan: Transfer) -> Outcome:
    """Carry out a transfer, and check that every old row was either kept or rejected."""
    judged = _judged(reader, plan)
    names = list(plan.values)
    accepted = judged.c.reason.is_(None)
    kept = connection.execute(
        insert(plan.new).from_select(
            names, select(*(judged.c[f"new_{name}"] for name in names)).where(accepted)
        ),
        execution_options={"preserve_rowcount": True},
    ).rowcount
    _store_originals(connection, plan, judged, judged.c.reason, ~accepted, corrected=False)
    if plan.unique is not None:
        connection.execute(
            insert(merged_table).from_select(
                ["table_name", "old_id", "id"],
                select(literal(plan.new.name), judged.c.id, judged.c.first).where(
                    judged.c.reason == plan.unique.reason
                ),
            )
        )
    outcome = Outcome(kept, rejected=_rejected(connection, plan))
    flags = [judged.c[f"correction_{number}"] for number in range(len(plan.corrected))]
    counts = connection.execute(
        select(*(func.count(case((flag, 1))) for flag in flags)).where(accepted)
    ).one()
    for rule, flag, rows in zip(plan.corrected, flags, counts, strict=True):
        if rows:
            if rule.lossy:
                reason = literal(rule.reason)
                _store_originals(
                    connection, plan, judged, reason, and_(accepted, flag), corrected=True
                )
            outcome.corrected.append(
                _finding(connection, plan, rule.reason, rows, stored=rule.lossy)
            )
    total = connection.scalar(select(func.count()).select_from(plan.old))
    if total != kept + sum(finding.rows for finding in outcome.rejected):
        raise RowsUnaccountedFor(plan.new.name, total or 0, kept)
    return outcome


def is_usable(reader: Reader, id_: Value) -> Condition:
    """Whether an id can be kept."""
    return func.coalesce(and_(reader.whole(id_, MOST_ID), id_ >= 1), false())


def _judged(reader: Reader, plan: Transfer) -> Subquery:
    rejected = [(rule.applies, literal(rule.reason, Text)) for rule in plan.rejected]
    unique = () if plan.unique is None else plan.unique.values
    usable = is_usable(reader, plan.old.c.id)
    judged = (
        select(
            plan.old.c.id,
            case((usable, plan.old.c.id)).label("usable_id"),
            case(*rejected).label("reason"),
            reader.row(plan.old).label("row"),
            *(value.label(f"new_{name}") for name, value in plan.values.items()),
            *(
                rule.applies.label(f"correction_{number}")
                for number, rule in enumerate(plan.corrected)
            ),
            *(value.label(f"unique_{number}") for number, value in enumerate(unique)),
        )
        .select_from(plan.source)
        .subquery()
    )
    if plan.unique is None:
        return judged
    first = (
        func.min(case((judged.c.reason.is_(None), judged.c.id)))
        .over(partition_by=[judged.c[f"unique_{number}"] for number in range(len(unique))])
        .label("first")
    )
    together = select(judged, first).subquery()
    reason = case(
        (together.c.reason.is_not(None), together.c.reason),
        (together.c.id > together.c.first, literal(plan.unique.reason, Text)),
    )
    others = (column for column in together.c if column.name != "reason")
    return select(reason.label("reason"), *others).subquery()


def _store_originals(
    connection: Connection,
    plan: Transfer,
    judged: Subquery,
    reason: Value,
    which: Condition,
    *,
    corrected: bool,
) -> None:
    connection.execute(
        insert(rejected_table).from_select(
            ["table_name", "row_id", "row", "reason", "corrected"],
            select(
                literal(plan.new.name), judged.c.usable_id, judged.c.row, reason, literal(corrected)
            ).where(which),
        )
    )


def _rejected(connection: Connection, plan: Transfer) -> list[Finding]:
    columns = rejected_table.c
    counts = connection.execute(
        select(columns.reason, func.count())
        .where(columns.table_name == plan.new.name, ~columns.corrected)
        .group_by(columns.reason)
        .order_by(columns.reason)
    )
    return [_finding(connection, plan, *row, stored=True) for row in counts.all()]


def _finding(
    connection: Connection, plan: Transfer, reason: str, rows: int, *, stored: bool
) -> Finding:
    columns = rejected_table.c
    ids: Sequence[int] = ()
    if stored:
        ids = connection.scalars(
            select(columns.row_id)
            .where(columns.table_name == plan.new.name, columns.reason == reason)
            .where(columns.row_id.is_not(None))
            .order_by(columns.row_id)
            .limit(_EXAMPLES)
        ).all()
    return Finding(table=plan.new.name, reason=reason, rows=rows, ids=tuple(ids))
