"""What `import trackercore` costs, what it pulls in, and what it does not do."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import trackercore

HEAVY = {"alembic", "pandas", "numpy", "matplotlib", "psycopg2", "aiosqlite", "psycopg", "dateutil"}


def run(code: str, folder: Path, **environment: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    environment["PYTHONPATH"] = ":".join(filter(None, sys.path))
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("what", ["import trackercore", "from trackercore import *"])
def test_importing_pulls_in_nothing_heavy_and_touches_nothing(what: str, tmp_path: Path) -> None:
    code = f"import sys\n{what}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    imported = set(run(code, tmp_path, DATABASE_URL="garbage").split())
    assert "trackercore" in imported
    assert imported & HEAVY == set()
    assert list(tmp_path.iterdir()) == []


def test_what_is_for_asyncio_is_imported_when_it_is_used(tmp_path: Path) -> None:
    code = (
        "import sys, trackercore\n"
        "trackercore.init_db('sqlite://').dispose()\n"
        "names = {'sqlalchemy.ext.asyncio', 'aiosqlite'}\n"
        "print(len(names & sys.modules.keys()))\n"
        "_ = trackercore.AsyncDatabase('sqlite://').engine\n"
        "print(len(names & sys.modules.keys()))"
    )
    assert run(code, tmp_path).split() == ["0", "2"]


@pytest.mark.parametrize("what", ["from trackercore import rules", "import trackercore.rules"])
def test_the_public_rules_load_neither_sqlalchemy_nor_pydantic(what: str, tmp_path: Path) -> None:
    code = (
        "import sys, trackercore\n"
        f"{what}\n"
        "trackercore.rules.streak([], 'daily', __import__('datetime').date(2026, 5, 4))\n"
        "print(*{'.'.join(name.split('.')[:2]) for name in sys.modules})"
    )
    imported = set(run(code, tmp_path).split())
    ours = {name for name in imported if name.startswith("trackercore")}
    parts = {"domain", "errors", "rules"}
    assert ours == {"trackercore", *(f"trackercore.{part}" for part in parts)}
    assert {name.partition(".")[0] for name in imported} & {
        *HEAVY,
        "html",
        "sqlalchemy",
        "pydantic",
    } == set()


def test_importing_loads_nothing_but_sqlalchemy_and_pydantic(tmp_path: Path) -> None:
    """The other modules are loaded when their names are used; docs/benchmarks has the times."""
    code = (
        "import sys, sqlalchemy.orm, pydantic\n"
        "before = {*sys.modules}\n"
        "import trackercore\n"
        "print(*({*sys.modules} - before))"
    )
    assert run(code, tmp_path).split() == ["trackercore"]


def test_the_commands_need_no_metadata_of_the_distribution(tmp_path: Path) -> None:
    code = (
        "import importlib.metadata as metadata\n"
        "found = metadata.version\n"
        "metadata.version = lambda name: found({'trackercore': 'not there'}.get(name, name))\n"
        "from trackercore.__main__ import main\n"
        "main(['sql', '--url', 'sqlite://'])"
    )
    assert "CREATE TABLE" in run(code, tmp_path)


def test_what_an_env_py_imports_does_not_load_the_models(tmp_path: Path) -> None:
    code = (
        "from trackercore.migrations import include_name\n"
        "from trackercore import set_table_prefix\n"
        "set_table_prefix('tracker_')\n"
        "place = {'schema_name': None}\n"
        "names = ('tracker_users', 'users', 'tracker_trackercore_version')\n"
        "print(*[include_name(name, 'table', place) for name in names])"
    )
    assert run(code, tmp_path).split() == ["False", "True", "False"]


NOT_INSTALLED = "import sys\nsys.modules.update(pandas=None, matplotlib=None)\n"
LEFT_OUT = "importlib.metadata", "trackercore.frames", "trackercore.plots", "trackercore.testing"


def test_the_version_is_that_of_the_distribution_and_looked_up_when_it_is_used(
    tmp_path: Path,
) -> None:
    assert trackercore.__version__ == version("trackercore")
    code = (
        f"import sys, trackercore\nprint(sys.modules.keys() & {{*{LEFT_OUT}}})\n"
        "print(trackercore.__version__)"
    )
    # -S: some packages of a site import it for themselves.
    command = [sys.executable, "-S", "-c", code]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["set()", version("trackercore")]


def test_every_public_module_is_there_after_a_plain_import(tmp_path: Path) -> None:
    submodules = {"testing": "Factory"}
    if find_spec("pandas") and find_spec("matplotlib"):
        submodules |= {"frames": "totals", "plots": "calendar"}
    for name, member in submodules.items():
        code = f"import trackercore\nprint(trackercore.{name}.{member}.__name__)"
        assert run(code, tmp_path).split() == [member]
        assert name in dir(trackercore)


@pytest.mark.slow
def test_without_an_extra_its_modules_name_it_and_are_not_listed(tmp_path: Path) -> None:
    for name in ("frames", "plots"):
        code = f"{NOT_INSTALLED}import trackercore\ntry:\n    trackercore.{name}\n"
        code += "except ImportError as error:\n    print(error)"
        assert "pip install 'trackercore[notebook]'" in run(code, tmp_path)
    code = f"{NOT_INSTALLED}import trackercore\nhelp(trackercore)\nprint(*dir(trackercore))"
    listed = run(code, tmp_path).splitlines()[-1].split()
    assert "testing" in listed
    assert {"frames", "plots"}.isdisjoint(listed)


def test_every_public_name_is_there() -> None:
    for name in trackercore.__all__:
        assert getattr(trackercore, name) is not None
    assert set(trackercore.__all__) <= set(dir(trackercore))
    assert trackercore.__all__ == sorted(trackercore.__all__)


SOURCE = Path(trackercore.__file__).parent
EXPORTING = {
    f"trackercore.{path.relative_to(SOURCE).as_posix()}".removesuffix(".py")
    .removesuffix("/__init__")
    .replace("/", ".")
    for path in SOURCE.rglob("*.py")
    if "\n__all__ = " in path.read_text(encoding="utf-8")
} - {"trackercore.__init__"}


@pytest.mark.parametrize("name", sorted(EXPORTING))
def test_what_a_module_exports_is_all_that_is_listed(name: str) -> None:
    if name.startswith(("trackercore.frames", "trackercore.plots")):
        pytest.importorskip("pandas")
        pytest.importorskip("matplotlib")
    module = import_module(name)
    assert dir(module) == sorted(module.__all__)


def test_every_public_module_exports_what_it_lists() -> None:
    modules = {getattr(trackercore, name) for name in trackercore.__all__}
    names = {module.__name__ for module in modules if isinstance(module, ModuleType)}
    assert names | {f"trackercore.{name}" for name in ("frames", "plots", "testing")} <= EXPORTING


def test_a_name_that_does_not_exist_is_an_error_like_anywhere() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        getattr(trackercore, "Nonsense")  # noqa: B009 - no type checker would let it
