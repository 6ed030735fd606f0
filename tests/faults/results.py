"""The figures of the faults: kept in docs/faults/results.json, and shown on a page of the docs.

After a run at full scale, `python -m tests.faults.results` updates the page's table.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

import sqlalchemy

from trackercore import Database

DOCS = Path(__file__).parents[2] / "docs"
RESULTS = DOCS / "faults" / "results.json"
PAGE = DOCS / "explanation" / "faults.md"

_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"


class Result(TypedDict):
    """One fault on one database, on one day."""

    fault: str
    database: str
    figures: dict[str, int | str]
    seconds: float
    date: str
    python: str
    sqlalchemy: str
    machine: str


def load() -> list[Result]:
    results: list[Result] = json.loads(RESULTS.read_text("utf-8"))
    return results


def keep(fault: str, name: str, figures: dict[str, int | str], seconds: float) -> None:
    """Replace the last result of this fault on this database."""
    new = Result(
        fault=fault,
        database=name,
        figures=figures,
        seconds=round(seconds, 1),
        date=datetime.now(UTC).date().isoformat(),
        python=platform.python_version(),
        sqlalchemy=sqlalchemy.__version__,
        machine=f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores",
    )
    kept = load() if RESULTS.exists() else []
    kept = [old for old in kept if _key(old) != _key(new)]
    kept.append(new)
    text = json.dumps(sorted(kept, key=_key), indent=1, ensure_ascii=False)
    RESULTS.write_text(text + "\n", "utf-8")


def _key(result: Result) -> tuple[str, str]:
    return result["fault"], re.sub(r" [\d.]+", "", result["database"])  # without the version


def name_of(database: Database) -> str:
    """The database's product, its version and the driver."""
    engine = database.engine
    if engine.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with engine.connect() as connection:
        version = str(connection.exec_driver_sql("SHOW server_version").scalar_one())
    return f"PostgreSQL {version.split(maxsplit=1)[0]}, {engine.dialect.driver}"


def table(results: list[Result]) -> str:
    """The results in Markdown."""
    lines = ["| fault | database | figures | seconds | date |", "|---|---|---|---|---|"]
    for result in results:
        figures = ", ".join(f"{name} {value}" for name, value in result["figures"].items())
        cells = (
            result["fault"],
            result["database"],
            figures,
            f"{result['seconds']:g}",
            result["date"],
        )
        lines.append(f"| {' | '.join(cells)} |")
    settings = sorted(
        {
            f"Python {result['python']}, SQLAlchemy {result['sqlalchemy']}, {result['machine']}"
            for result in results
        }
    )
    return "\n".join([*lines, "", f"With {'; '.join(settings)}."])


def in_step(page: str, results: list[Result]) -> str:
    """The page with the results between its marks."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table(results)}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(in_step(PAGE.read_text("utf-8"), load()), "utf-8")
