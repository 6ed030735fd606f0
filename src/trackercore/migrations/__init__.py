"""The schema's revisions, and what a host needs to run them along with its own.

Importing this package does not import Alembic.
"""

from collections.abc import Mapping

__all__ = ["include_name"]


def __dir__() -> list[str]:
    return __all__


def include_name(name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
    """Hide trackercore's tables from a host's autogenerate.

    For `context.configure(include_name=include_name)` in the host's `env.py`: without it,
    autogenerate proposes to drop every table that is not in the host's metadata. It only hides
    tables of the default schema; hide a schema of trackercore's own by its name. Among them is
    `user_emails`, which a distributed database has: give no table of yours that name.
    """
    from trackercore.migrations.state import OUR_TABLES  # noqa: PLC0415 - loads the models

    ours = type_ == "table" and parent_names.get("schema_name") is None and name in OUR_TABLES
    return not ours
