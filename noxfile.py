"""The checks of this project: plain `nox` runs the tests, `nox -s ci` the rest, `nox -l` lists all.

A Python that is not installed is skipped with a message. Options for pytest go after two dashes:
nox -- -k streak
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import nox

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
CURRENT = f"{sys.version_info.major}.{sys.version_info.minor}"
SQLALCHEMY = {"sqlalchemy-2.0": "sqlalchemy>=2.0,<2.1", "sqlalchemy-2.1": "sqlalchemy>=2.1,<2.2"}

# "logical": psutil would otherwise have two hyper-threads count as one. "worksteal": a few property
# tests take much longer than the rest.
PARALLEL = ("-n", "logical", "--maxprocesses", "8", "--dist", "worksteal")

PREFIXED = {"TRACKERCORE_TABLE_PREFIX": "tracker_"}

# The tests that can run on any kind of database.
USING_DATABASES = ("tests/database", "tests/models", "tests/services")


def _unlock_pyenv() -> None:
    """Let pyenv's shims start every Python it has: by default they refuse unselected ones."""
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    if folder.is_dir() and "PYENV_VERSION" not in os.environ:
        names = (path.name for path in folder.iterdir())
        versions = sorted(name for name in names if re.fullmatch(r"\d+\.\d+\.\d+", name))
        versions.sort(key=lambda name: not name.startswith(f"{CURRENT}."))  # stays the default
        os.environ["PYENV_VERSION"] = ":".join(versions)


_unlock_pyenv()
INSTALLED = [python for python in PYTHONS if shutil.which(f"python{python}")]
NEWEST_PYTHON = INSTALLED[-1] if INSTALLED else CURRENT

nox.needs_version = ">=2025.10.16"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False  # nox's default where CI is set
nox.options.reuse_venv = "yes"
OLD, NEW = SQLALCHEMY
nox.options.sessions = [f"tests-{CURRENT}({NEW})"]


def groups(*names: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PYPROJECT, *names)


def pytest(session: nox.Session, *options: str, profile: str | None = None) -> None:
    """Run pytest, with one of the Hypothesis profiles of tests/conftest.py if any is named."""
    if profile is not None:
        session.env["HYPOTHESIS_PROFILE"] = profile
    session.run("python", "-m", "pytest", *PARALLEL, *options, *session.posargs)


@nox.session(venv_backend="none")
def ci(session: nox.Session) -> None:
    """What plain `nox` leaves out and a change must pass; .ci/run runs both.

    The wheel is tried with what differs most from plain `nox`: the newest Python, SQLAlchemy 2.0
    and a table prefix. The newest Python with the newest SQLAlchemy has the slow tests.
    """
    for name in (
        "lint",
        "types",
        "slow",
        f"wheel-{NEWEST_PYTHON}",
        f"apps-{CURRENT}",
        "docs",
    ):
        session.notify(name)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, formatting and the direction of imports."""
    session.install(".", *groups("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Both type checkers, strict, and the completeness of the public types."""
    session.install(".[async,notebook,progress,testing]", *groups("types"))
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--verifytypes", "trackercore", "--ignoreexternal")


@nox.session(python=PYTHONS)
@nox.parametrize("sqlalchemy", list(SQLALCHEMY.values()), ids=list(SQLALCHEMY))
def tests(session: nox.Session, sqlalchemy: str) -> None:
    """The tests on one Python and one line of SQLAlchemy, except the slow ones."""
    session.install(".[progress]", sqlalchemy, *groups("tests"))
    # The rules depend neither on the Python nor on SQLAlchemy: the wheel gets the many examples.
    pytest(session, profile="quick")


@nox.session
def prefix(session: nox.Session) -> None:
    """The tests with a table prefix, on the older line of SQLAlchemy; not those of adoption."""
    session.install(".[progress]", SQLALCHEMY[OLD], *groups("tests"))
    session.env.update(PREFIXED)
    pytest(session, profile="quick")


@nox.session(python=NEWEST_PYTHON)
def slow(session: nox.Session) -> None:
    """The tests that are marked slow: with many rows, many processes, or many new databases.

    On the newest Python with the newest SQLAlchemy, which `ci` tries nowhere else.
    """
    session.install(".[progress]", *groups("tests"))
    pytest(session, "-m", "slow", profile="quick")


@nox.session
def asyncio(session: nox.Session) -> None:
    """The tests on AsyncDatabase that `tests` runs on Database alone."""
    session.install(".[progress]", *groups("tests"))
    one_kind = ("--kind", "AsyncDatabase", "-m", "not both_kinds")
    pytest(session, *one_kind, *USING_DATABASES, profile="quick")


@nox.session
def citus(session: nox.Session) -> None:
    """The tests of the services on a Citus cluster, and that one shard answers each call."""
    if not os.environ.get("TRACKERCORE_TEST_CITUS_URL"):
        session.error(
            "set TRACKERCORE_TEST_CITUS_URL to the URL of a database on the coordinator of a Citus "
            "cluster, whose workers it knows: databases like it are made on all of them"
        )
    session.install(".[progress]", *groups("tests"))
    cluster = ("--citus", "--backend", "postgresql", "tests/citus", "tests/services")
    pytest(session, *cluster, profile="quick")


@nox.session
def pgbouncer(session: nox.Session) -> None:
    """The tests of the services through a PgBouncer that pools transactions, by each driver."""
    if shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        session.error("there is no PgBouncer: install Debian's package pgbouncer")
    session.install(".[progress]", *groups("tests"))
    # Transactions of clients that share connections; the slow ones too.
    own = ("tests/backends/test_pgbouncer.py", "tests/backends/test_one_server_connection.py")
    pytest(session, "-m", "slow or not slow", *own, profile="quick")
    for kind, driver in (
        ("Database", "psycopg2"),
        ("Database", "psycopg"),
        ("AsyncDatabase", "psycopg"),
    ):
        through = ("--pgbouncer", "--backend", "postgresql", "--kind", kind, "--driver", driver)
        pytest(session, *through, *USING_DATABASES, profile="quick")


@nox.session(python=PYTHONS[0])
def minimum(session: nox.Session) -> None:
    """The tests on the oldest direct dependencies that pyproject.toml allows."""
    dependencies: list[str] = PYPROJECT["project"]["dependencies"]
    pins = [re.sub(r">=([\d.]+).*", r"==\1", dependency) for dependency in dependencies]
    session.install(".[progress]", *pins, *groups("tests"))
    pytest(session)


@nox.session(python=PYTHONS, reuse_venv=False)
def wheel(session: nox.Session) -> None:
    """The tests on the wheel that a user would install, out of reach of the sources.

    With a table prefix and on the older line of SQLAlchemy, so that `ci` need not run `prefix` too.
    """
    session.install(SQLALCHEMY[OLD], *groups("package", "tests"))
    with TemporaryDirectory(prefix="wheel-") as folder:
        # Both: the wheel is built from the sdist, so the sdist is complete too.
        session.run("python", "-m", "build", "--outdir", folder)
        (built,) = Path(folder).glob("*.whl")
        check_contents(session, built)
        session.install(f"trackercore[progress] @ {built.as_uri()}")
        for name in ("tests", "docs"):
            shutil.copytree(ROOT / name, Path(folder, name))
        shutil.copy(ROOT / "pyproject.toml", folder)  # pytest's settings
        with session.chdir(folder):
            session.run(
                "python",
                "-c",
                "import sysconfig, trackercore as package; "
                "assert package.__file__.startswith(sysconfig.get_path('purelib')), package",
            )
            session.env.update(PREFIXED)
            pytest(session, "--ignore", "tests/adoption", profile="default")
            session.env.update(dict.fromkeys(PREFIXED, ""))
            pytest(session, "tests/adoption", profile="default")  # it takes no prefix


def check_contents(session: nox.Session, built: Path) -> None:
    with ZipFile(built) as archive:
        names = archive.namelist()
    strays = [name for name in names if not re.match(r"trackercore(-[\d.]+\.dist-info)?/", name)]
    if strays or "trackercore/py.typed" not in names:
        session.error(f"{built.name}: py.typed must be in it and nothing else; strays: {strays}")


@nox.session(python=PYTHONS)
def apps(session: nox.Session) -> None:
    """The backend in docs/examples/fastapi_app, over HTTP; frames, pictures and the notebook."""
    session.install(".[notebook,progress]", *groups("apps"))
    examples = ("tests/examples/fastapi_app", "tests/examples/test_notebook.py")
    pytest(session, "tests/frames", "tests/plots", *examples, profile="quick")


@nox.session
def docs(session: nox.Session) -> None:
    """Every Python block of README.md and docs, and the site in build/docs.

    The site is built without a warning, and lacks no public name.
    """
    session.install(".[async,notebook,progress,testing]", *groups("docs"))
    # A snippet need not close its database.
    unclosed = ("-W", "ignore::ResourceWarning")
    plugin = ("-p", "tests.support.documentation")
    session.run("python", "-m", "pytest", *unclosed, *plugin, "README.md", "docs")
    site = ROOT / "build" / "docs"
    session.run("sphinx-build", "-n", "-W", "-E", "--keep-going", "-b", "html", "docs", str(site))
    session.env["TRACKERCORE_SITE"] = str(site)
    session.run("python", "-m", "pytest", "--noconftest", "tests/site")


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks; `-- --scale full` for the figures in docs, which takes hours and 15 GB."""
    session.install(".", *groups("bench"))
    written = ("--json", "docs/benchmarks/results.json", "--page", "docs/explanation/benchmarks.md")
    options = session.posargs or ("--scale", "small")
    session.run(
        "python", "-m", "tests.benchmarks", *options, *(written if "full" in options else ())
    )


@nox.session
def nightly(session: nox.Session) -> None:
    """The property tests with very many examples."""
    session.install(".[progress]", *groups("tests"))
    pytest(session, "-m", "hypothesis", profile="nightly")


@nox.session
def faults(session: nox.Session) -> None:
    """Kills, restarts, full disks and the like at full size; writes the figures to docs."""
    session.install(".[progress]", *groups("tests"))
    session.env["TRACKERCORE_FAULTS"] = "full"
    # One after the other; the slow ones too.
    session.run(
        "python", "-m", "pytest", "-m", "slow or not slow", "tests/faults", *session.posargs
    )
    session.run("python", "-m", "tests.faults.results")
