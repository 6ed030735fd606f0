"""The machine on which the figures were measured."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("SQLAlchemy", "pydantic", "psycopg2-binary", "sqlmodel", "td-watson", "hamster-lib")


def facts(postgresql: str) -> Mapping[str, str]:
    """The machine, the versions and the date, each in words."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{_model()}, {os.cpu_count()} cores, {_memory()}",
        "system": f"{platform.system()} {platform.machine()}",
        "load when it began": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": postgresql,
        **{package: _version(package) for package in _PACKAGES},
    }


class Peak:
    """The peak of this process's memory from now on, on Linux."""

    def __init__(self) -> None:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text(
                "5", encoding="ascii"
            )  # forgets the one before
        self._before = _peak()

    def growth(self) -> float | None:
        """By how many MB it was raised."""
        now = _peak()
        return None if now is None or self._before is None else now - self._before


def _peak() -> float | None:
    match = re.search(r"^VmHWM:\s*(\d+) kB", _read("/proc/self/status"), re.MULTILINE)
    return int(match[1]) / 1000 if match else None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _model() -> str:
    match = re.search(r"^model name\s*: (.*)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return match[1] if match else platform.processor() or "unknown processor"


def _memory() -> str:
    match = re.search(r"^MemTotal:\s*(\d+)", _read("/proc/meminfo"))
    return f"{int(match[1]) / 2**20:.0f} GB of memory" if match else "unknown memory"


def _read(file: str) -> str:
    path = Path(file)
    return path.read_text(encoding="utf-8") if path.exists() else ""
