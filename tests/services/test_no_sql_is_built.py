"""SQL is not put together from strings, except in the few places listed here."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

import trackercore

ROOT = Path(__file__).parents[2]
SOURCES = Path(trackercore.__file__).parent

RUNS_SQL = {
    "text",
    "execute",
    "executemany",
    "exec_driver_sql",
    "scalar",
    "scalars",
    "literal_column",
    "DDL",
}
"""Functions and methods whose first argument is SQL."""

BUILT = [
    # Of names and numbers that are written in the library.
    "f'PRAGMA {pragma}'",
    """f"'{due}'\"""",
    """f"'{unit}'\"""",
    "statement % {key: quote(name) for key, name in names.items()}",
]


def is_built(argument: ast.expr) -> bool:
    """Whether a string is made from parts that are not all written there."""
    if isinstance(argument, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in argument.values)
    if isinstance(argument, ast.BinOp):
        parts = (argument.left, argument.right)
        return isinstance(argument.op, ast.Add | ast.Mod) and not all(
            isinstance(part, ast.Constant) for part in parts
        )
    if isinstance(argument, ast.Call) and isinstance(argument.func, ast.Attribute):
        return argument.func.attr in {"format", "format_map", "replace", "join"}
    return False


def built(source: str) -> list[str]:
    """The arguments that are SQL and made of parts."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if name in RUNS_SQL and is_built(node.args[0]):
                found.append(ast.unparse(node.args[0]))
    return found


@pytest.mark.parametrize(
    "call",
    [
        'session.execute(f"SELECT {x}")',
        'text("SELECT %s" % x)',
        'text("SELECT " + x)',
        'connection.exec_driver_sql("SELECT {}".format(x))',
        'op.execute(", ".join(x))',
    ],
)
def test_sql_that_is_built_is_seen(call: str) -> None:
    assert len(built(call)) == 1


@pytest.mark.parametrize(
    "call", ['text("SELECT 1")', 'session.execute(query, {"a": 1})', 'text(f"SELECT 1")']
)
def test_sql_that_is_written_out_is_not_built(call: str) -> None:
    assert built(call) == []


def test_no_sql_is_built_except_what_is_listed() -> None:
    found = [call for path in SOURCES.rglob("*.py") for call in built(path.read_text("utf-8"))]
    assert sorted(found) == sorted(BUILT)


def test_ruff_looks_for_injections_and_is_not_silenced() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert not [code for code in lint["ignore"] if code.startswith("S")]
    for pattern, codes in lint["per-file-ignores"].items():
        assert pattern.startswith(("tests/", "docs/")) or not any(
            code.startswith("S") and not code.startswith("SIM") for code in codes
        )
    assert not [path for path in SOURCES.rglob("*.py") if "S608" in path.read_text("utf-8")]
