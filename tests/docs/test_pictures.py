"""The pictures of the documentation are those that the scripts draw, and readable."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from trackercore import Base

DOCS = Path(__file__).parents[2] / "docs"
pytestmark = pytest.mark.usefixtures("without_prefix")

STRIPS = [
    "allowed-misses",
    "at-most",
    "daily",
    "days-of-a-week",
    "pause",
    "schedule-change",
    "strength",
    "three-times-a-week",
    "weekdays",
]
NAMES = [*STRIPS, "architecture", "front-page", "schema"]
SVG = "{http://www.w3.org/2000/svg}"


def committed(*path: str) -> str:
    return DOCS.joinpath(*path).read_text(encoding="utf-8")


def test_every_picture_has_a_script() -> None:
    assert sorted(path.stem for path in DOCS.glob("images/*.svg")) == sorted(NAMES)


@pytest.mark.slow
def test_the_committed_pictures_are_those_that_the_scripts_draw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])
    drawn: dict[str, str] = import_module("strips").pictures()
    drawn["front-page.svg"] = import_module("front_page").picture()
    drawn["schema.svg"] = import_module("er_diagram").picture()
    drawn["architecture.svg"] = import_module("architecture").picture()
    assert {name: committed("images", name) for name in drawn} == drawn


def test_the_schema_page_is_that_of_the_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])
    page = committed("reference", "schema.md")
    assert import_module("tables").page(page) == page
    for table in Base.metadata.tables:
        assert f"\n## {table}\n" in page


def test_the_diagram_has_every_table_and_every_foreign_key() -> None:
    svg = ElementTree.parse(DOCS / "images" / "schema.svg").getroot()  # noqa: S314 - ours
    words = [element.text for element in svg.iter(f"{SVG}text")]
    titles = {element.text for element in svg.iter(f"{SVG}title")}
    for table in Base.metadata.tables.values():
        assert table.name in words
        for key in table.foreign_key_constraints:
            assert (
                f"{table.name}.{key.column_keys[-1]} refers to {key.referred_table.name}" in titles
            )


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_well_formed_and_says_what_it_shows(name: str) -> None:
    svg = ElementTree.parse(DOCS / "images" / f"{name}.svg").getroot()  # noqa: S314 - ours
    assert svg.tag == f"{SVG}svg"
    assert svg.findtext(f"{SVG}title")
    assert len(svg.findtext(f"{SVG}desc", "").split()) > 20


def test_no_line_in_the_text_of_a_picture_begins_a_list() -> None:
    """MarkDown would take it for one, and show no picture."""
    begins_block = re.compile(r"!\[[^\]]*\n(1[.)]|[-+*#>]) ")
    # README.md is not there where the wheel is tested.
    pages = [*DOCS.rglob("*.md"), *DOCS.parent.glob("README.md")]
    assert [page.name for page in pages if begins_block.search(page.read_text("utf-8"))] == []


def test_the_page_on_streaks_shows_every_strip_with_a_text_in_its_place() -> None:
    shown = re.findall(
        r"!\[([^\]]+)\]\(\.\./images/([\w-]+)\.svg\)", committed("explanation", "streaks.md")
    )
    assert sorted(name for _, name in shown) == STRIPS
    assert all(len(alternative.split()) > 5 for alternative, _ in shown)
