"""The schema's revisions, and how they get along with a host's own Alembic.

Importing this package does not import Alembic.
"""

from __future__ import annotations

from collections.abc import Mapping

from trackercore.migrations.state import OUR_TABLES

__all__ = ["include_name"]


def include_name(name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
    """Keep a host's autogenerate away from trackercore's tables.

    For `context.configure(include_name=include_name)` in the host's `env.py`: without it,
    autogenerate proposes to drop every table that the host's metadata does not have. Only the
    default schema is meant; a schema of trackercore's own is left out as a whole, by its name.
    """
    ours = type_ == "table" and parent_names.get("schema_name") is None and name in OUR_TABLES
    return not ours
