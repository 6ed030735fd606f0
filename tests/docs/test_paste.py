"""What a reader pastes into a plain Python prompt, line by line, works there as in a file.

At a prompt, a blank line ends a `with`, a `for` or a `def`, and only a blank line does.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from codeop import CommandCompiler
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(
    r"(?P<skipped><!-- skip: next -->\n)?^```python\n(?P<code>.*?)^```$"
    r"(?:\n\n```text\n(?P<printed>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
NEXT = "print('end of block')"

# Other pages show files of an application, or go on for too long.
EXECUTED = [DOCS / "index.md", DOCS / "tutorial.md"]
if (ROOT / "README.md").exists():  # the tests of the wheel are alone
    EXECUTED.append(ROOT / "README.md")
HOW_TO = [
    DOCS / "how-to" / f"{name}.md"
    for name in (
        *("adopt", "async", "import", "lists", "notebooks", "organise-tasks", "retries"),
        "tasks-that-repeat",
    )
]
PASTED = [*EXECUTED, *HOW_TO, *sorted(DOCS.glob("reference/*.md"))]


class Block(NamedTuple):
    code: str
    printed: str | None


def blocks(page: Path) -> list[Block]:
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(each["code"], each["printed"]) for each in found if each["skipped"] is None]


def refused(code: str) -> str | None:
    """The first line that the prompt does not take."""
    complete = CommandCompiler()
    lines: list[str] = []
    for line in [*code.splitlines(), ""]:
        lines.append(line)
        try:
            if complete("\n".join(lines), symbol="single") is not None:
                lines.clear()
        except SyntaxError:
            return line
    return "\n".join(lines).strip() or None


def test_a_blank_line_within_a_statement_and_none_after_it_are_refused() -> None:
    assert refused("for n in 1, 2:\n    print(n)\n\n    print(-n)\n") == "    print(-n)"
    assert refused("for n in 1, 2:\n    print(n)\nprint(3)\n") == "print(3)"
    assert refused("print(\n    1,\n\n    2,\n)\nfor n in 1, 2:\n    print(n)\n") is None


@pytest.mark.parametrize("page", PASTED, ids=lambda page: page.stem)
def test_every_block_can_be_pasted_line_by_line(page: Path) -> None:
    assert [line for block in blocks(page) if (line := refused(block.code))] == []


@pytest.mark.slow
@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.stem)
def test_what_is_pasted_prints_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    pasted = blocks(page)
    assert pasted
    # A prompt also shows the values of expressions, which a file does not.
    keys = "import sys\nsys.displayhook = lambda value: None\n"
    keys += "".join(f"{block.code}\n{NEXT}\n" for block in pasted)
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    prompt = subprocess.run(
        [sys.executable, "-i", "-q"],
        input=keys,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    assert "Error" not in prompt.stderr, prompt.stderr
    *printed, rest = prompt.stdout.split("end of block\n")
    assert rest == ""
    for block, output in zip(pasted, printed, strict=True):
        if block.printed is not None:
            assert [line.rstrip() for line in output.splitlines()] == block.printed.splitlines()
