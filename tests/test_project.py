"""The workflows agree with pyproject.toml and noxfile.py, and pin what they run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in WORKFLOWS}

pytestmark = pytest.mark.skipif(not WORKFLOWS, reason="the tests of the wheel are alone")


def pythons() -> list[str]:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]
    return re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))


@pytest.mark.parametrize("name", TEXTS)
def test_the_matrix_has_every_supported_python(name: str) -> None:
    (matrix,) = re.findall(r"^ +python: \[(.*)\]$", TEXTS[name], re.MULTILINE)
    assert re.findall(r"[\d.]+", matrix) == pythons()


@pytest.mark.parametrize("name", TEXTS)
def test_every_action_is_pinned_to_a_commit_and_says_its_version(name: str) -> None:
    uses = re.findall(r"uses: (.+)", TEXTS[name])
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


@pytest.mark.parametrize("name", TEXTS)
def test_a_job_has_only_the_permissions_that_it_names(name: str) -> None:
    assert "\npermissions: {}\n" in TEXTS[name]
    named = re.findall(r"^ +([\w-]+): write", TEXTS[name], re.MULTILINE)
    assert named == (["id-token"] if name == "release.yml" else [])


def test_ci_runs_sessions_that_exist() -> None:
    noxfile = ROOT.joinpath("noxfile.py").read_text(encoding="utf-8")
    sessions = set(re.findall(r"^def (\w+)\(session", noxfile, re.MULTILINE))
    run = re.findall(r"session: ([a-z]+)", TEXTS["ci.yml"])
    assert {"lint", "types", "docs", "wheel"} < set(run) <= sessions
    for line in re.findall(r"sqlalchemy: \[(.*)\]", TEXTS["ci.yml"])[0].split(", "):
        assert f'"{line}": "sqlalchemy>=' in noxfile
