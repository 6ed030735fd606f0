"""A how-to page as its reader follows it: section by section, block by block."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"

_SECTION = re.compile(r"^## (?P<title>.+?)\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(
    r"^<!-- (?:run|file: (?P<file>\S+)) -->\n```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A block that is marked with what the reader does with it.

    Attributes:
        file: what to write or, in the language "diff", to edit; None: commands to run.
    """

    language: str
    text: str
    file: str | None


class Page:
    def __init__(self, name: str) -> None:
        self._text = HOW_TO.joinpath(name).read_text(encoding="utf-8")

    def section(self, title: str) -> list[Block]:
        (text,) = [match["text"] for match in _SECTION.finditer(self._text) if match[1] == title]
        blocks = [
            Block(match["language"], match["text"], match["file"])
            for match in _BLOCK.finditer(text)
        ]
        assert blocks, f"nothing to do in {title!r}"
        return blocks

    def sections_to_follow(self) -> list[str]:
        return [
            match["title"] for match in _SECTION.finditer(self._text) if _BLOCK.search(match[2])
        ]

    def unmarked_blocks(self) -> set[str]:
        """The languages of blocks that are not marked."""
        return set(re.findall(r"^```(\w+)", _BLOCK.sub("", self._text), re.MULTILINE))


def patched(text: str, diff: str) -> str:
    """The text after an edit of places that are each there exactly once; @@ is between them."""
    for place in diff.split("@@\n"):
        lines = [(line[:1], line[1:] or "\n") for line in place.splitlines(keepends=True)]
        old = "".join(line for sign, line in lines if sign != "+")
        new = "".join(line for sign, line in lines if sign != "-")
        assert text.count(old) == 1, f"not there once: {old}"
        text = text.replace(old, new)
    return text
