"""Adopting the tables of FocusFlow and StudyTracker."""

import pytest

pytest.register_assert_rewrite("tests.adoption.support")
