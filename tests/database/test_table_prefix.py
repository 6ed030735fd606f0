"""Tables with a prefix, next to those of a host, and to others with another prefix."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from tests.support.fixtures import MakeEngine
from tests.support.names import short
from trackercore.migrations import state
from trackercore.models import Base
from trackercore.table_prefix import VARIABLE

SHORT = {short(name) for name in (*Base.metadata.tables, state.VERSION_TABLE)}
OF_HOST = {"users": [("grace", "s3cr3t")], "sessions": [("t0k3n", "grace")]}

each_place = pytest.mark.parametrize(
    ("backend", "schema"),
    [
        ("sqlite", ""),
        pytest.param("postgresql", "", marks=pytest.mark.slow),
        pytest.param("postgresql", "My tracker", marks=pytest.mark.slow),
    ],
)


@pytest.fixture
def host(empty_url: str, make_engine: MakeEngine) -> Engine:
    """A database with a host's `users` and `sessions`."""
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (login text PRIMARY KEY, password text)"))
        connection.execute(text("CREATE TABLE sessions (token text, login text REFERENCES users)"))
        connection.execute(text("INSERT INTO users VALUES ('grace', 's3cr3t')"))
        connection.execute(text("INSERT INTO sessions VALUES ('t0k3n', 'grace')"))
    return engine


def run(url: str, schema: str, creates: str, *, variable: str = "", call: str = "") -> list[str]:
    """Create and use the tables in a process of its own; how the database describes them."""
    path = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-W", "error", "-m", "tests.database.prefixed_host"]
    done = subprocess.run(
        [*command, url, schema, creates, call],
        env={
            **os.environ,
            "PYTHONPATH": path,
            VARIABLE: variable,
        },
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    described: list[str] = json.loads(done.stdout)
    return described


def without(prefix: str, lines: list[str]) -> list[str]:
    """The lines without the prefix, which every name in them must have."""
    found = [re.sub(rf"(?<![A-Za-z]){prefix}", "", line) for line in lines]
    for line, shorter in zip(lines, found, strict=True):
        _, table, *_ = line.split(" | ")
        assert table.startswith(prefix), line
        for kind, name in re.findall(r"\b(ck|fk|ix|pk|uq)_(\w+)", line):
            assert name.startswith(prefix), f"{kind}_{name}"
        for name in SHORT:
            assert not re.search(rf"(?<![\w']){name}\b(?! \|)", line), line
        assert shorter != line
    return sorted(found)


@pytest.mark.slow
@each_place
def test_two_prefixes_next_to_a_host_s_tables(schema: str, backend: str, host: Engine) -> None:
    """One by the variable and `init`, one by a call and `upgrade`: the tables are the same."""
    url = host.url.render_as_string(hide_password=False)
    by_init = run(url, schema, "init", variable="mine_")
    migrated = run(url, schema, "upgrade", variable="Not read", call="yours_")
    assert without("mine_", by_init) == without("yours_", migrated)

    inspector = inspect(host)
    ours = {prefix + name for prefix in ("mine_", "yours_") for name in SHORT}
    own = set(inspector.get_table_names(schema or None))
    accounts = {"mine_accounts", "yours_accounts"}
    assert own == (ours if schema else ours | accounts | OF_HOST.keys())
    with host.begin() as connection:
        for name, rows in OF_HOST.items():
            assert [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))] == rows
