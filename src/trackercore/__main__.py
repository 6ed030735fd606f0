"""The commands of `python -m trackercore`, which manage a database's schema."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from pydantic import ValidationError
from sqlalchemy import inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

import trackercore
from trackercore.errors import (
    CannotAdopt,
    InvalidTablePrefix,
    SchemaError,
    TrackerError,
    UnmanagedSchema,
)
from trackercore.table_prefix import VARIABLE, table_prefix

try:
    table_prefix()
except InvalidTablePrefix as _refused:  # below, the models are built with it
    print(f"trackercore: error: {_refused}", file=sys.stderr)
    sys.exit(2)

from trackercore import citus, row_level_security
from trackercore.adoption import RefusalReason, adopt
from trackercore.backends import backend_of
from trackercore.backends.engines import parse_url, without_secrets
from trackercore.backends.owner_sessions import OWNER_ROLE
from trackercore.database import DEFAULT_URL, Database
from trackercore.migrations import run, state
from trackercore.migrations.transaction import LOCK_TIMEOUT

_EPILOG = f"If the names of the tables begin with a prefix, set {VARIABLE} to it."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; errors are reported on one line, or one for each reason.

    Returns:
        The exit code: 0 done, 1 something differs (`check`) or is missing (`secure --check`), 2 an
        error.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    logging.getLogger("trackercore").setLevel(logging.INFO)
    try:
        code: int = options.run(_url(options), options)
    except (TrackerError, SQLAlchemyError, ImportError, OSError, ValueError) as error:
        reasons = error.reasons if isinstance(error, CannotAdopt) else (error,)
        for reason in reasons:
            print(f"trackercore: error: {_on_one_line(reason)}", file=sys.stderr)
        return 2
    return code


def _url(options: argparse.Namespace) -> URL:
    """The URL of the database; of one that is used, it is said on stderr which that is."""
    default = os.environ.get("DATABASE_URL") or DEFAULT_URL
    given: str = default if options.url is None else options.url
    url = parse_url(given)
    if options.run is not _sql:
        schema = getattr(options, "schema", None)
        place = "" if schema is None else f", schema {schema!r}"
        why = ", as neither --url nor DATABASE_URL names one" if given is DEFAULT_URL else ""
        print(f"trackercore: database {without_secrets(url)}{place}{why}", file=sys.stderr)
    return url


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trackercore", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument(
        "--url", help=f"default: DATABASE_URL from the environment, else {DEFAULT_URL}"
    )
    in_a_schema = argparse.ArgumentParser(add_help=False, parents=[everywhere])
    in_a_schema.add_argument("--schema", help="the PostgreSQL schema that holds the tables")

    def add(name: str, run: object, text: str, *, schema: bool = True) -> argparse.ArgumentParser:
        parents = [in_a_schema if schema else everywhere]
        command = commands.add_parser(name, help=text, description=text, parents=parents)
        command.set_defaults(run=run)
        return command

    upgrade = add("upgrade", _upgrade, "upgrade the tables to this version, or create them")
    security = add(
        "secure", _secure, "restrict sessions with owner= to the rows of one user, on PostgreSQL"
    )
    distribution = add("distribute", _distribute, "distribute the tables by user, with Citus")
    for command in (upgrade, security, distribution):
        command.add_argument(
            "--lock-timeout",
            type=float,
            default=LOCK_TIMEOUT,
            metavar="SECONDS",
            help="how long to wait for a table in use, on PostgreSQL (default: %(default)s)",
        )
    security.add_argument(
        "--role",
        default=OWNER_ROLE,
        help="the role that these sessions take, never a login (default: %(default)s)",
    )
    security.add_argument(
        "--login",
        action="append",
        metavar="NAME",
        help="a login of the application, which may be given again (default: that of the URL)",
    )
    instead = security.add_mutually_exclusive_group()
    instead.add_argument(
        "--dry-run", action="store_true", help="only print the SQL, and change nothing"
    )
    instead.add_argument(
        "--check",
        action="store_true",
        help="only print what is missing; exit code 1 if anything is",
    )
    add("current", _current, "print the tables' revision")
    add("check", _check, "compare the tables with the models; exit code 1 if they differ")
    sql = add("sql", _sql, "print the SQL of the upgrade, without connecting to the database")
    sql.add_argument(
        "--from",
        dest="start",
        choices=state.REVISIONS,
        metavar="REVISION",
        help="the tables' revision (default: there are no tables)",
    )
    adoption = add(
        "adopt",
        _adopt,
        "convert the tables of FocusFlow or StudyTracker, with their rows",
        schema=False,
    )
    adoption.add_argument(
        "--owner-email", metavar="EMAIL", help="the owner of topics and sessions that have no user"
    )
    for command in (distribution, adoption):
        command.add_argument(
            "--dry-run", action="store_true", help="only report, and change nothing"
        )
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"trackercore {trackercore.__version__}")
        parser.exit()


def _upgrade(url: URL, options: argparse.Namespace) -> int:
    with _database(url, options) as database:
        before = database.revision()
        database.upgrade(lock_timeout=options.lock_timeout)
    if before == state.HEAD:
        print(state.HEAD)
    elif before is None:  # a wrong prefix would be noticed too late
        prefix = table_prefix()
        named = f"table prefix {prefix!r}" if prefix else "no table prefix"
        print(f"no tables -> {state.HEAD}, {named}")
    else:
        print(f"{before} -> {state.HEAD}")
    return 0


def _current(url: URL, options: argparse.Namespace) -> int:
    backend_of(url).check_exists(url)
    with _database(url, options) as database:
        revision = database.revision()
    print("no tables" if revision is None else revision)
    return 0


def _check(url: URL, options: argparse.Namespace) -> int:
    backend_of(url).check_exists(url)
    with _database(url, options) as database:
        found = _problem_of_revision(database, options) or database.differences()
    return _print_differences(found, "the tables match the models")


def _print_differences(found: Sequence[str], none: str) -> int:
    print("\n".join(found) or none)
    return 1 if found else 0


def _problem_of_revision(database: Database, options: argparse.Namespace) -> list[str]:
    try:
        revision = database.revision()
        if revision is None:
            return [_no_tables(database, options)]
        state.check_current(revision, options.schema)
    except UnmanagedSchema:
        pass  # the host's own Alembic may have created them
    except SchemaError as error:
        return [str(error)]
    return []


def _no_tables(database: Database, options: argparse.Namespace) -> str:
    prefix = table_prefix()
    if prefix and inspect(database.engine).has_table("trackercore_version", options.schema):
        return f"no tables with the prefix {prefix!r}: there are some without it"
    return "no tables"


def _sql(url: URL, options: argparse.Namespace) -> int:
    Database(url, schema=options.schema)  # SQLite has no schemas
    print(run.script(url.get_backend_name(), options.start, options.schema), end="")
    return 0


def _distribute(url: URL, options: argparse.Namespace) -> int:
    backend_of(url).check_exists(url)
    with _database(url, options) as database:
        report = citus.distribute(
            database, lock_timeout=options.lock_timeout, dry_run=options.dry_run
        )
    print(report)
    return 0


def _secure(url: URL, options: argparse.Namespace) -> int:
    backend_of(url).check_exists(url)
    with _database(url, options) as database:
        if options.check:
            found = row_level_security.differences(
                database, role=options.role, logins=options.login
            )
            return _print_differences(found, "nothing is missing")
        statements = row_level_security.secure(
            database,
            role=options.role,
            logins=options.login,
            lock_timeout=options.lock_timeout,
            dry_run=options.dry_run,
        )
        if options.dry_run:
            print("".join(f"{statement};\n" for statement in statements), end="")
        else:
            logins = ", ".join(options.login or [row_level_security.connected_login(database)])
            number = len(statements)
            did = f"{number} statement{'s' * (number > 1)}" if number else "nothing was missing"
            print(f"the tables are secured for the role {options.role}, taken by {logins}: {did}")
    return 0


def _adopt(url: URL, options: argparse.Namespace) -> int:
    print(adopt(url, owner_email=options.owner_email, dry_run=options.dry_run))
    return 0


@contextmanager
def _database(url: URL, options: argparse.Namespace) -> Generator[Database]:
    database = Database(url, schema=options.schema)
    try:
        yield database
    finally:
        database.dispose()


def _on_one_line(error: Exception | RefusalReason) -> str:
    if isinstance(error, ValidationError):
        text = "; ".join(item["msg"] for item in error.errors(include_url=False))
    else:
        # SQLAlchemy's own text has the statement and its parameters too.
        cause = error.orig if isinstance(error, DBAPIError) else None
        text = "; ".join([str(cause or error).strip(), *getattr(error, "__notes__", ())])
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main())
