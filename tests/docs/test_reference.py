"""The reference lists every field of an input, and every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from trackercore import (
    CategoryCreate,
    CheckInCreate,
    HabitCreate,
    ScheduleChange,
    StudyGoalCreate,
    StudySessionCreate,
    TagCreate,
    TaskCreate,
    TimedSessionCreate,
    TopicCreate,
    UserCreate,
)
from trackercore.__main__ import main

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize(
    "model",
    [
        UserCreate,
        CategoryCreate,
        TagCreate,
        TaskCreate,
        HabitCreate,
        ScheduleChange,
        CheckInCreate,
        TopicCreate,
        StudySessionCreate,
        TimedSessionCreate,
        StudyGoalCreate,
    ],
)
def test_the_reference_lists_every_field_of_an_input_and_marks_the_required_ones(
    model: type[BaseModel],
) -> None:
    page = (REFERENCE / "input.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{model.__name__}` |")]
    for name, field in model.model_fields.items():
        assert f"`{name}`" in row
        assert (f"**`{name}`**" in row) == field.is_required()


def test_the_reference_lists_every_command_and_every_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def help_of(*command: str) -> str:
        with pytest.raises(SystemExit):
            main([*command, "--help"])
        return capsys.readouterr().out

    page = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"^    (\w+)  ", help_of(), re.MULTILINE))
    each = ((), *((name,) for name in commands))
    options = {option for name in each for option in re.findall(r"--[a-z-]+", help_of(*name))}
    assert {"upgrade", "adopt"} < commands
    assert {"--version", "--dry-run"} < options
    for name in commands | options - {"--help"}:
        assert f"\n| `{name}` |" in page
