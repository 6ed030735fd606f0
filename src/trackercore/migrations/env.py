"""Alembic's entry point: runs the revisions on the given connection, or writes them as SQL."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.schema import CreateSchema

from trackercore.migrations.state import VERSION_TABLE
from trackercore.migrations.transaction import set_search_path
from trackercore.models import Base

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, MigrationInfo

_log = logging.getLogger("trackercore.migrations")


def _log_revision(
    ctx: MigrationContext, step: MigrationInfo, heads: object, run_args: object
) -> None:
    if not ctx.as_sql:
        for revision in context.script.get_revisions(step.up_revision_ids):
            _log.info("%s: %s", revision.revision, revision.doc)


_attributes = context.config.attributes
_schema = cast("str | None", _attributes.get("schema"))  # only where SQL is written

context.configure(
    connection=cast("Connection | None", _attributes.get("connection")),
    dialect_name=cast("str | None", _attributes.get("dialect")),
    dialect_opts={"paramstyle": "named"},  # with another one, every "%" is doubled in the SQL
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # our connections begin their transactions themselves
    render_as_batch=True,
    literal_binds=context.is_offline_mode(),
    on_version_apply=_log_revision,
)
with context.begin_transaction():
    if _schema is not None:
        if _attributes["is_new"]:
            context.execute(CreateSchema(_schema, if_not_exists=True))
        context.execute(set_search_path(_schema))
    context.run_migrations()
