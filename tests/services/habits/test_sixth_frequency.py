"""A new frequency is one entry in domain/frequency.py: all else follows from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def test_a_frequency_is_registered_in_one_place_and_everything_knows_it(empty_url: str) -> None:
    """In a process of its own: tables and schemas are made of the list when they are imported."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.services.habits.sixth_frequency", empty_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "compared\n"), done.stderr
