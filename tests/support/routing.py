"""Which tables of a statement are read or written past their owner's shard.

Citus sends a statement to one shard if it equates the distribution column with a constant for each
table that the statement names: `user_id`, and `id` of `users`. What counts is what PostgreSQL's
planner makes of the conditions of one query: conjuncts of WHERE and of JOIN ... ON, and what
follows from several of them. Each subquery is planned by itself. To it, a row of the query around
it is no constant; and to that query, what a subquery or a CTE returns is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from pglast import ast, enums, parse_sql
from pglast.stream import RawStream

from trackercore import Base, User

KEYS = {
    table.name: "id" if table is User.__table__ else "user_id"
    for table in Base.metadata.sorted_tables
}
"""Our tables, and their columns that say whose a row is."""
COLUMNS = {table.name: set(table.columns.keys()) for table in Base.metadata.sorted_tables}

_PLACEHOLDER = re.compile(r"%\((.+?)\)s|%%")

Node = Any
"""A node of pglast's tree. Its attributes have no types that a checker could read."""


class Owner:
    """The owner's id, as an end of an equality."""


OWNER = Owner()


@dataclass(eq=False)
class Source:
    """What a query selects from, or writes to.

    Attributes:
        alias: its name in the query.
        table: the name of a table of ours; None of anything else.
        key: its column that says whose a row is.
        columns: its columns.
        outputs: the columns of a subquery or CTE, and whether they are the owner's.
    """

    alias: str
    table: str | None = None
    key: str = ""
    columns: Collection[str] = ()
    outputs: Mapping[str, bool] = field(default_factory=dict[str, bool])


Place = tuple[Source, str]
"""A column of a source."""
End = Place | Owner
Outputs = Sequence[tuple[str, bool]]
Delete = Callable[[], Callable[[], None]]


@dataclass(eq=False)
class Query:
    """One query, or a write, without its subqueries.

    Attributes:
        around: the query that it is a part of.
        sources: by alias.
        follows: which columns are the owner's if another is.
        owned: which columns are the owner's.
    """

    around: Query | None
    sources: dict[str, Source] = field(default_factory=dict[str, Source])
    follows: dict[End, list[Place]] = field(default_factory=dict[End, "list[Place]"])
    owned: set[End] = field(default_factory=set[End])

    def add(self, source: Source) -> Source:
        self.sources[source.alias] = source
        return source

    def close(self) -> None:
        """Find all that is the owner's."""
        new: list[End] = [OWNER]
        while new:
            places = {*self.follows.get(new.pop(), ())} - self.owned
            self.owned |= places
            new += places


@dataclass(frozen=True)
class Equality:
    """A conjunct that says whose rows are meant, or the owner that is written to a new row.

    Attributes:
        node: where it is.
        delete: take it out of the statement's tree; what is returned puts it back.
    """

    node: Node
    delete: Delete

    def __str__(self) -> str:
        return RawStream()(self.node)


@dataclass(frozen=True)
class Statement:
    """A statement as PostgreSQL's parser reads it.

    Attributes:
        tree: what the parser returns.
        of_owner: the numbers of the parameters that are the owner's id.
        owner: the owner's id, which may be written out.
    """

    tree: Node
    of_owner: Collection[int]
    owner: int

    @property
    def is_locking(self) -> bool:
        """Whether it is, or has, a SELECT that locks rows."""
        return any(
            isinstance(node, ast.SelectStmt) and node.lockingClause for node in _walk(self.tree)
        )

    @property
    def tables(self) -> set[str]:
        """The tables of ours that it names."""
        return {
            node.relname
            for node in _walk(self.tree)
            if isinstance(node, ast.RangeVar) and node.relname in KEYS
        }

    def not_routed(self) -> list[str]:
        """The tables that it does not equate with the owner, each time it names one."""
        return _Reading(self).not_routed

    def equalities(self) -> list[Equality]:
        """The conjuncts that have a table's key on a side, and owners of new rows."""
        reading = _Reading(self)
        return reading.equalities


def read_statement(sql: str, parameters: Mapping[str, object], owner: int) -> Statement:
    """Parse a statement as SQLAlchemy sends it to psycopg2.

    Args:
        sql: with the names of parameters.
        parameters: their values.
        owner: the id, which no other parameter may have by accident.
    """
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match[1]
        return "%" if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

    (raw,) = parse_sql(_PLACEHOLDER.sub(number, sql))
    of_owner = {number for name, number in numbers.items() if parameters.get(name) == owner}
    return Statement(raw.stmt, of_owner, owner)


def _parts(node: Node, but: Collection[str]) -> list[Node]:
    return [getattr(node, name) for name in node if name not in but]


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, tuple | list):
        yield from cast("Sequence[Node]", node)
    elif isinstance(node, ast.Node):
        for name in node:
            yield getattr(node, name)


def _walk(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    if isinstance(node, ast.Node):
        yield node
    for child in _children(node):
        yield from _walk(child)


def _subqueries(node: Node) -> Iterator[Node]:
    """The subqueries in an expression, without those in them."""
    if isinstance(node, ast.SubLink):
        yield node.subselect
        yield from _subqueries(node.testexpr)
        return
    for child in _children(node):
        yield from _subqueries(child)


def _text(value: Node) -> str:
    return str(value.sval)


def _operator(expression: Node) -> str:
    return _text(expression.name[-1])


class _Reading:
    """One pass over a statement, which finds what is not routed."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.not_routed: list[str] = []
        self.equalities: list[Equality] = []
        self._run(statement.tree, None, {})

    # Statements

    def _run(self, node: Node, around: Query | None, ctes: Mapping[str, Outputs]) -> Outputs:
        """Read a query or a write; the columns that it returns."""
        ctes = self._ctes(node, around, ctes)
        match node:
            case ast.SelectStmt() if node.op != enums.SetOperation.SETOP_NONE:
                assert not any(_subqueries((node.sortClause, node.limitCount)))
                left = self._run(node.larg, around, ctes)
                right = self._run(node.rarg, around, ctes)
                return [
                    (name, is_left and is_right)
                    for (name, is_left), (_, is_right) in zip(left, right, strict=True)
                ]
            case ast.SelectStmt():
                read = self._values if node.valuesLists else self._select
                return read(node, around, ctes)
            case ast.InsertStmt():
                return self._insert(node, around, ctes)
            case ast.UpdateStmt() | ast.DeleteStmt():
                return self._write(node, around, ctes)
            case _:
                assert not self.statement.tables, f"an unknown kind of statement: {node!r}"
                return ()

    def _ctes(
        self, node: Node, around: Query | None, ctes: Mapping[str, Outputs]
    ) -> Mapping[str, Outputs]:
        clause = getattr(node, "withClause", None)
        if clause is None:
            return ctes
        known = dict(ctes)
        for cte in clause.ctes:
            if clause.recursive:
                known[cte.ctename] = ()  # what it says of itself proves nothing
            outputs = self._run(cte.ctequery, around, known)
            known[cte.ctename] = _renamed(outputs, cte)
        return known

    def _select(self, node: Node, around: Query | None, ctes: Mapping[str, Outputs]) -> Outputs:
        query = Query(around)
        self._sources(node, node.fromClause or (), query, ctes)
        self._expressions(_parts(node, but=("fromClause", "withClause")), query, ctes)
        return self._outputs(node.targetList, query)

    def _write(self, node: Node, around: Query | None, ctes: Mapping[str, Outputs]) -> Outputs:
        query = Query(around)
        more = node.fromClause if isinstance(node, ast.UpdateStmt) else node.usingClause
        self._sources(node, (node.relation, *(more or ())), query, ctes)
        sources = ("relation", "fromClause", "usingClause", "withClause")
        self._expressions(_parts(node, but=sources), query, ctes)
        return self._outputs(_returning(node), query)

    def _insert(self, node: Node, around: Query | None, ctes: Mapping[str, Outputs]) -> Outputs:
        query, names = Query(around), [column.name for column in node.cols or ()]
        source = query.add(self._source(node.relation, {}))
        outputs = self._run(node.selectStmt, around, ctes) if node.selectStmt else ()
        if source.key in names:
            position = names.index(source.key)
            self._owners(node.selectStmt, position)
            if outputs[position][1]:
                query.follows[OWNER] = [(source, source.key)]
        elif source.key == "id":
            query.follows[OWNER] = [(source, "id")]  # the shard is that of the id that it gets
        query.close()
        self._judge(query)
        self._expressions((node.onConflictClause, _returning(node)), query, ctes)
        return self._outputs(_returning(node), query)

    def _values(self, node: Node, around: Query | None, ctes: Mapping[str, Outputs]) -> Outputs:
        query = Query(around)
        self._expressions(node.valuesLists, query, ctes)
        columns = zip(*node.valuesLists, strict=True)
        return [
            (f"column{n}", all(self._is_owners(value, query) for value in column))
            for n, column in enumerate(columns, 1)
        ]

    # What a query selects from

    def _sources(
        self, node: Node, sources: Sequence[Node], query: Query, ctes: Mapping[str, Outputs]
    ) -> None:
        lateral: list[Node] = []
        joins: list[tuple[Node, set[Source], set[Source]]] = []
        for source in sources:
            self._from(source, query, ctes, lateral, joins)
        for join, left, right in joins:
            follow = {
                enums.JoinType.JOIN_INNER: left | right,
                enums.JoinType.JOIN_LEFT: right,
                enums.JoinType.JOIN_RIGHT: left,
            }.get(join.jointype, set[Source]())
            self._conjuncts(join.quals, query, follow, partial(_replace, join, "quals", None))
        delete = partial(_replace, node, "whereClause", None)
        self._conjuncts(node.whereClause, query, set(query.sources.values()), delete)
        query.close()
        for subquery in lateral:
            self._run(subquery, query, ctes)
        for join, _, _ in joins:
            self._expressions([join.quals], query, ctes)
        self._judge(query)

    def _from(
        self,
        node: Node,
        query: Query,
        ctes: Mapping[str, Outputs],
        lateral: list[Node],
        joins: list[tuple[Node, set[Source], set[Source]]],
    ) -> set[Source]:
        match node:
            case ast.JoinExpr():
                assert not node.isNatural
                assert not node.usingClause
                left = self._from(node.larg, query, ctes, lateral, joins)
                right = self._from(node.rarg, query, ctes, lateral, joins)
                joins.append((node, left, right))
                return left | right
            case ast.RangeVar():
                return {query.add(self._source(node, ctes))}
            case ast.RangeSubselect() if node.lateral:
                lateral.append(node.subquery)
                return {query.add(Source(_alias(node)))}
            case ast.RangeSubselect():
                outputs = self._run(node.subquery, query.around, ctes)
                named = dict(_renamed(outputs, node.alias))
                return {query.add(Source(_alias(node), outputs=named))}
            case ast.RangeFunction():
                self._expressions([node.functions], query, ctes)
                return {query.add(Source(_alias(node)))}
            case _:
                raise AssertionError(f"an unknown source: {node!r}")

    def _source(self, node: Node, ctes: Mapping[str, Outputs]) -> Source:
        alias = _alias(node)
        if node.relname in ctes and not node.schemaname:
            return Source(alias, outputs=dict(ctes[node.relname]))
        if node.relname not in KEYS:
            return Source(alias)
        return Source(alias, node.relname, KEYS[node.relname], COLUMNS[node.relname])

    def _judge(self, query: Query) -> None:
        for source in query.sources.values():
            if source.table is not None and (source, source.key) not in query.owned:
                self.not_routed.append(source.table)

    # Conditions

    def _conjuncts(
        self, condition: Node, query: Query, follow: set[Source], delete: Delete
    ) -> None:
        """Read a condition. What it says follows only of some sources: not of an outer join's."""
        is_and = isinstance(condition, ast.BoolExpr)
        if is_and and condition.boolop == enums.BoolExprType.AND_EXPR:
            conjuncts: Sequence[Node] = condition.args or ()
            for conjunct in conjuncts:
                rest = tuple(each for each in conjuncts if each is not conjunct)
                self._conjuncts(conjunct, query, follow, partial(_replace, condition, "args", rest))
        elif condition is not None:
            self._equality(condition, query, follow, delete)

    def _equality(
        self,
        node: Node,
        query: Query,
        follow: set[Source],
        delete: Delete,
    ) -> None:
        is_equality = (
            isinstance(node, ast.A_Expr)
            and node.kind == enums.A_Expr_Kind.AEXPR_OP
            and _operator(node) == "="
        )
        if not is_equality:
            return
        pairs = [(node.lexpr, node.rexpr)]
        if isinstance(node.lexpr, ast.RowExpr) and isinstance(node.rexpr, ast.RowExpr):
            pairs = [*zip(node.lexpr.args or (), node.rexpr.args or (), strict=True)]
        of_key = False
        for left, right in pairs:
            ends = self._end(left, query), self._end(right, query)
            for one, other in (ends, ends[::-1]):
                if one is None or isinstance(other, Owner | None):
                    continue
                if other[0] in follow:
                    query.follows.setdefault(one, []).append(other)
                    of_key = of_key or other[1] == other[0].key
        if of_key:
            self.equalities.append(Equality(node, delete))

    def _owners(self, node: Node, position: int) -> None:
        """The owners that are written to new rows."""
        nobody = ast.A_Const(isnull=True)
        for row in node.valuesLists or ():
            without = (*row[:position], nobody, *row[position + 1 :])
            rows = tuple(without if each is row else each for each in node.valuesLists)
            self.equalities.append(
                Equality(row[position], partial(_replace, node, "valuesLists", rows))
            )
        if node.targetList:
            target = node.targetList[position]
            self.equalities.append(Equality(target, partial(_replace, target, "val", nobody)))

    def _end(self, node: Node, query: Query) -> End | None:
        if self._is_owner(node):
            return OWNER
        if not isinstance(node, ast.ColumnRef):
            return None
        place = _resolve(node, query)
        # Neither what a subquery returns, nor the row of a query around it, is a constant.
        if place is None or place[0] is not query or place[1][0].table is None:
            return None
        return place[1]

    def _is_owner(self, node: Node) -> bool:
        match node:
            case ast.TypeCast():
                return self._is_owner(node.arg)
            case ast.ParamRef():
                return node.number in self.statement.of_owner
            case ast.A_Const(val=ast.Integer(ival=value)):
                return bool(value == self.statement.owner)
            case _:
                return False

    # What a query returns

    def _outputs(self, targets: Node, query: Query) -> Outputs:
        outputs: list[tuple[str, bool]] = []
        for target in targets or ():
            value = target.val
            name = target.name
            if name is None and isinstance(value, ast.ColumnRef):
                name = _names(value)[-1]
            outputs.append((name or "", self._is_owners(value, query)))
        return outputs

    def _is_owners(self, node: Node, query: Query) -> bool:
        """Whether a value that is returned, or written, is the owner's id."""
        if self._is_owner(node):
            return True
        if isinstance(node, ast.TypeCast):
            return self._is_owners(node.arg, query)
        if not isinstance(node, ast.ColumnRef):
            return False
        place = _resolve(node, query)
        if place is None:
            return False
        where, (source, column) = place
        return (source, column) in where.owned or source.outputs.get(column, False)

    def _expressions(
        self, nodes: Iterator[Node] | Sequence[Node], query: Query, ctes: Mapping[str, Outputs]
    ) -> None:
        for node in nodes:
            for subquery in _subqueries(node):
                self._run(subquery, query, ctes)


def _returning(node: Node) -> Node:
    clause = getattr(node, "returningClause", None)  # since PostgreSQL 18
    return clause.exprs if clause is not None else getattr(node, "returningList", None)


def _alias(node: Node) -> str:
    return str(node.alias.aliasname if node.alias else node.relname)


def _renamed(outputs: Outputs, by: Node) -> Outputs:
    """The columns of a subquery or CTE, which may give them names of its own."""
    names = by.aliascolnames if isinstance(by, ast.CommonTableExpr) else by.colnames
    if not names:
        return outputs
    return [(_text(name), is_own) for name, (_, is_own) in zip(names, outputs, strict=True)]


def _names(node: Node) -> list[str]:
    return [_text(part) if isinstance(part, ast.String) else "*" for part in node.fields]


def _resolve(node: Node, query: Query) -> tuple[Query, Place] | None:
    """Which column a name means, and in which query around it."""
    *qualifiers, column = _names(node)
    at: Query | None = query
    while at is not None:
        if qualifiers:
            source = at.sources.get(qualifiers[-1])
        else:
            having = [s for s in at.sources.values() if column in (*s.columns, *s.outputs)]
            source = having[0] if len(having) == 1 else None
        if source is not None:
            return at, (source, column)
        at = at.around
    return None


def _replace(holder: Node, name: str, value: Node) -> Callable[[], None]:
    before = getattr(holder, name)
    setattr(holder, name, value)
    return lambda: setattr(holder, name, before)
