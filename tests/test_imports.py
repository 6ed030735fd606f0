"""Rules of the layout that the import contracts in pyproject.toml cannot express."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import trackercore

PACKAGE = Path(trackercore.__file__).parent
MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}

# They read and change tables that others made, on each database in its own way.
OF_FOREIGN_TABLES = {"adoption", "migrations"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def folder_of(path: Path) -> tuple[str, ...]:
    return ("trackercore", *path.parent.relative_to(PACKAGE).parts)


def imports_of(path: Path) -> Iterator[tuple[str, ...]]:
    """The modules and names that a module imports, each split at its dots."""
    for node in ast.walk(MODULES[path]):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{path} imports relatively"
            yield from ((*node.module.split("."), alias.name) for alias in node.names)


def private_to(imported: tuple[str, ...]) -> tuple[str, ...]:
    """The folder of the first module with a leading underscore; () if there is none."""
    for number, part in enumerate(imported):
        if part.startswith("_") and not part.startswith("__"):
            return imported[:number]
    return ()


def test_a_module_with_a_leading_underscore_is_imported_only_within_its_folder() -> None:
    wrong = {
        f"{name_of(path)} imports {'.'.join(imported)}"
        for path in MODULES
        for imported in imports_of(path)
        if imported[0] == "trackercore"
        and folder_of(path)[: len(private_to(imported))] != private_to(imported)
    }
    assert wrong == set()


def differs_by_database(node: ast.AST) -> bool:
    """Whether it is `x.dialect.name`, or imports a dialect or SQLAlchemy's compiler extension."""
    match node:
        case ast.Attribute(attr="name", value=ast.Attribute(attr="dialect")):
            return True
        case ast.Constant(value=str(text)):
            return text.startswith("sqlalchemy.dialects")
        case ast.ImportFrom(module=str(name)):
            return name.startswith(("sqlalchemy.dialects", "sqlalchemy.ext.compiler"))
        case ast.Import(names=names):
            return any(alias.name.startswith("sqlalchemy.dialects") for alias in names)
        case _:
            return False


def test_what_differs_by_database_is_in_backends() -> None:
    allowed = {"backends", *OF_FOREIGN_TABLES}
    wrong = {
        f"{name_of(path)}, line {getattr(node, 'lineno', '?')}"
        for path, tree in MODULES.items()
        if not allowed & {*folder_of(path)}
        for node in ast.walk(tree)
        if differs_by_database(node)
    }
    assert wrong == set()


def test_only_what_changes_tables_logs() -> None:
    """docs/reference/database.md says so. The command line shows what is logged."""
    logging = {name_of(path) for path in MODULES if ("logging",) in imports_of(path)}
    assert logging == {
        "__main__.py",
        "adoption/run.py",
        "migrations/distribution.py",
        "migrations/env.py",
    }
