"""Every frequency is on the pages that list them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trackercore import ScheduleChange
from trackercore.domain.frequency import FREQUENCIES

ROOT = Path(__file__).parents[2]
PAGES = (
    "docs/contributing/glossary.md",
    "docs/explanation/streaks.md",
    "docs/reference/input.md",
)


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_every_frequency_is_described(frequency: str) -> None:
    assert f'"{frequency}"' in (ScheduleChange.__doc__ or "")
    in_backticks = re.compile(rf'`"?{frequency}"?`')
    pages = {page: (ROOT / page).read_text("utf-8") for page in PAGES}
    assert [page for page, text in pages.items() if not in_backticks.search(text)] == []
