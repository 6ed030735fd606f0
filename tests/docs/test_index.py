"""The front page of the site: ten lines of code, and what every page is for."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.test_paste import blocks

DOCS = Path(__file__).parents[2] / "docs"
FRONT = DOCS / "index.md"
TEXT = FRONT.read_text(encoding="utf-8")
LISTED = re.findall(r"^- \[(.+?)\]\((\S+)\): (.+)$", TEXT, re.MULTILINE)
TREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def in_trees(page: Path) -> list[str]:
    """The pages in the menu below a page, in its order."""
    lines = "".join(TREE.findall(page.read_text(encoding="utf-8"))).splitlines()
    below = [line for line in lines if line and not line.startswith(":")]
    pages = [(page.parent / f"{name}.md").relative_to(DOCS).as_posix() for name in below]
    return [
        each
        for name in pages
        for each in (name, *(in_trees(DOCS / name) if name.endswith("index.md") else ()))
    ]


def test_the_front_page_says_what_every_page_is_for_in_the_order_of_the_menu() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"index.md"}
    listed = [page for _, page, _ in LISTED]
    assert set(listed) == pages
    assert listed == in_trees(FRONT)


def test_what_a_page_is_for_is_said_in_half_a_line() -> None:
    for _, page, purpose in LISTED:
        assert 10 < len(purpose) < 70, page


def test_a_page_is_listed_by_its_title() -> None:
    for title, page, _ in LISTED:
        first = DOCS.joinpath(page).read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith((f"# {title}", "```{include} "))


LINK = re.compile(r"\[([^][]+)\]\((?:[\w./-]+/)?(table-prefix|own-data|extend)\.md[)#]")
# README.md and CHANGELOG.md are not there where the wheel is tested.
SOURCES = [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]


def test_links_to_pages_about_what_is_the_host_s_own_have_their_titles() -> None:
    """The three are easily taken for each other."""
    links = {
        (" ".join(text.lower().split()), name)
        for source in SOURCES
        for text, name in LINK.findall(source.read_text(encoding="utf-8"))
    }
    titles = {page: title for title, page, _ in LISTED}
    assert links == {
        (titles[f"how-to/{name}.md"].lower(), name)
        for name in ("table-prefix", "own-data", "extend")
    }


def test_the_front_page_shows_ten_lines_of_code_and_what_they_print() -> None:
    (block,) = blocks(FRONT)
    assert len([line for line in block.code.splitlines() if line]) == 10
    assert block.printed is not None
