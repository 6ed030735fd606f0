"""These tests are collected where the extra `notebook` is installed."""

from __future__ import annotations

from importlib.util import find_spec

from tests.support.learner import ada

__all__ = ["ada"]

if not (find_spec("pandas") and find_spec("matplotlib")):
    collect_ignore_glob = ["test_*.py"]
