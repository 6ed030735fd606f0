"""docs/how-to/extend.md shows what the example has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import host_app

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "extend.md"
FOLDER = Path(host_app.__file__).parent
CODE = (ast.ClassDef, ast.FunctionDef, ast.Assign, ast.AnnAssign)


def parts(source: str) -> set[str]:
    """The classes, functions and constants of a module."""
    nodes = (node for node in ast.parse(source).body if isinstance(node, CODE))
    return {ast.get_source_segment(source, node) or "" for node in nodes}


def test_every_class_function_and_constant_of_the_page_is_the_example_s() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = set[str]()
    for block in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        if "create_all" not in block:  # which only tries what was shown
            shown |= parts(block)
    files = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}
    written = set[str]().union(*map(parts, files.values()))
    assert len(shown) > 15
    assert shown - written == set()
    left_out = {part.split("(")[0] for part in written - shown}
    assert left_out == {"def empty_trash"}
