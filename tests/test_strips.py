"""The pictures of docs/explanation/streaks.md: what the script draws today, and readable."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).parents[1] / "docs"
SCRIPT = DOCS / "strips.py"
NAMES = ["daily", "pause", "schedule-change", "three-times-a-week", "weekdays"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    spec = spec_from_file_location("strips", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    strips: ModuleType = module_from_spec(spec)
    spec.loader.exec_module(strips)
    pictures: dict[str, str] = strips.pictures()
    return pictures


def test_the_committed_pictures_are_those_that_the_script_draws(drawn: dict[str, str]) -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("images/*.svg")}
    assert committed == drawn


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_well_formed_and_says_what_it_shows(name: str) -> None:
    svg = ElementTree.parse(DOCS / "images" / f"{name}.svg").getroot()  # noqa: S314 - ours
    assert svg.tag == f"{SVG}svg"
    assert svg.findtext(f"{SVG}title")
    assert "streak" in svg.findtext(f"{SVG}desc", "")


def test_the_page_shows_every_picture_with_a_text_in_its_place() -> None:
    page = (DOCS / "explanation" / "streaks.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]+)\]\(\.\./images/([\w-]+)\.svg\)", page)
    assert sorted(name for _, name in shown) == NAMES
    assert all(len(alternative.split()) > 5 for alternative, _ in shown)
