"""The comparison runs, and the page has the tables of the figures that were written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.benchmarks.past_one_machine import __main__, report, throughput
from tests.benchmarks.past_one_machine.calls import CALLS, LOADS
from tests.benchmarks.past_one_machine.servers import filled
from tests.benchmarks.report import BEGIN, END
from tests.support.postgresql import Server
from trackercore import habits

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "how-to" / "past-one-machine.md"


def shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.mark.slow
def test_all_calls_are_measured_and_written(server: Server, tmp_path: Path) -> None:
    file, page = tmp_path / "figures.json", tmp_path / "page.md"
    page.write_text(f"{BEGIN}\nold\n{END}\n", encoding="utf-8")
    few = ["--users", "3", "--active", "1", "--rounds", "1", "--clients"]
    with server.database() as plain, server.database() as citus:
        urls = ["--plain", shown(plain), "--citus", shown(citus)]
        __main__.main([*urls, "--json", str(file), "--page", str(page), *few])
    (size,) = report.read(file).sizes
    assert [each.call for each in size.latencies] == list(CALLS)
    assert size.rows > 3_000
    assert "| 3 |" in page.read_text(encoding="utf-8")


def test_the_rows_are_as_the_services_write_them(server: Server) -> None:
    with server.database() as url, filled(url, 3, 1) as tables:
        with tables.database.session() as session:
            assert habits.rebuild_streaks(session).corrected == 0
        client = throughput.Server(url, tables.schema, 3)
        for load in LOADS:
            assert throughput.repeat(client, load, seed=1, seconds=0.1, ready=list) > 0


def test_the_page_has_the_figures() -> None:
    figures = report.read(DOCS / "benchmarks" / "past-one-machine.json")
    between = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert between.splitlines() == ["", "", *report.lines(figures)]
