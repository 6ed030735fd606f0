"""docs/explanation/faults.md has the figures that were measured."""

from __future__ import annotations

from tests.faults import results


def test_the_page_has_the_stored_figures() -> None:
    page = results.PAGE.read_text("utf-8")
    assert results.in_step(page, results.load()) == page


def test_every_fault_was_made_on_both_databases_where_both_have_it() -> None:
    made: dict[str, set[str]] = {}
    for result in results.load():
        made.setdefault(result["fault"], set()).add(result["database"].split()[0])
    of_postgresql = ("PostgreSQL restarted", "two at once", "random transactions")
    of_one = ("disk full", "in memory", "read-only", *of_postgresql)
    assert len(made) >= 10
    for fault, databases in made.items():
        if not fault.startswith(of_one):
            assert databases == {"SQLite", "PostgreSQL"}, fault
    for kind in ("disk full", "read-only"):
        both = [databases for fault, databases in made.items() if fault.startswith(kind)]
        assert set().union(*both) == {"SQLite", "PostgreSQL"}


def test_the_figures_have_no_loss() -> None:
    good = ("lost", "missing", "half", "corrected", "differences", "otherwise", "errors", "changed")
    seen = 0
    for result in results.load():
        for name, value in result["figures"].items():
            if any(word in name.split() for word in good):
                assert value == 0, (result["fault"], name)
                seen += 1
    assert seen >= 20
