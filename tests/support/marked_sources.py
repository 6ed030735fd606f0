"""A copy of the package whose statements say in a comment which lines of it they are made of.

Marked are the queries and writes of services and models, and conditions on whose a row is. So a
test can tell which of them it has sent.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import ColumnElement, Exists, and_, literal_column
from sqlalchemy.sql.selectable import HasPrefixes

import trackercore

_MARKED = ("services", "models")
_STATEMENTS = ("select", "exists", "insert", "update", "delete")
_OF_OWNER = re.compile(r"user_id|OWNER|[uU]sers?\.(c\.)?id\b")
_MARK = re.compile(r"/\* (?P<place>\S+) \*/")
_CONDITION = re.compile(rf"(?P<rows>\w+)\.\w+ = [\w.%():]+ AND {_MARK.pattern} true")


def mark(thing: object, place: str) -> object:
    """Have a statement, or a condition of one, say where it is written. The copy calls this."""
    comment = f"/* {place} */"
    match thing:
        case HasPrefixes():
            return thing.prefix_with(comment)
        case Exists():
            return thing.where(literal_column(f"{comment} true"))
        case ColumnElement():
            return and_(thing, literal_column(f"{comment} true"))
        case _:
            return thing


def places_in(statements: Iterable[str]) -> set[str]:
    """Where what was sent is written."""
    return {place for sql in statements for place in _MARK.findall(sql)}


def conditions_in(sql: str) -> list[tuple[str, str]]:
    """Where the conditions of a statement are written, and of which table or alias they are."""
    return [(match["place"], match["rows"]) for match in _CONDITION.finditer(sql)]


def without_condition(sql: str, place: str) -> str:
    """A statement less the condition that is written at a place."""
    return _CONDITION.sub(lambda match: "true" if match["place"] == place else match[0], sql)


def copy_marked(folder: Path) -> set[str]:
    """Copy the package into a folder, and mark it; what is to be sent, as `file:line:column`."""
    (package,) = trackercore.__path__
    copy = folder / trackercore.__name__
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    places = set[str]()
    for file in (file for part in _MARKED for file in (copy / part).rglob("*.py")):
        name = file.relative_to(copy).as_posix()
        marked, written = mark_source(file.read_text(encoding="utf-8"), name)
        file.write_text(marked, encoding="utf-8")
        places |= written
    return places


def mark_source(source: str, file: str) -> tuple[str, set[str]]:
    """Mark the source of one file; also what is marked."""
    marker = _Marker(file)
    return ast.unparse(marker.visit(ast.parse(source))), marker.places


class _Marker(ast.NodeTransformer):
    """Puts calls of `mark` into a module."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places = set[str]()
        self._statements = set[str]()

    def visit_Module(self, node: ast.Module) -> ast.AST:
        self.generic_visit(node)
        if self.places:
            after = sum(isinstance(each, ast.Expr) or _is_future(each) for each in node.body[:2])
            names = [ast.alias(mark.__name__)]
            node.body.insert(after, ast.ImportFrom(mark.__module__, names, 0))
        return ast.fix_missing_locations(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if node.module == "sqlalchemy":
            chosen = (name for name in node.names if name.name in _STATEMENTS)
            self._statements |= {name.asname or name.name for name in chosen}
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        is_statement = isinstance(node.func, ast.Name) and node.func.id in self._statements
        return self._marked(node) if is_statement else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        is_equality = isinstance(node.ops[0], ast.Eq)
        is_of_owner = is_equality and _OF_OWNER.search(ast.unparse(node))
        self.generic_visit(node)
        return self._marked(node) if is_of_owner else node

    def _marked(self, node: ast.expr) -> ast.expr:
        place = f"{self.file}:{node.lineno}:{node.col_offset + 1}"
        self.places.add(place)
        return ast.Call(ast.Name(mark.__name__), [node, ast.Constant(place)], [])


def _is_future(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
