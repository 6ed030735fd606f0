"""What depends on the old tables, and would get lost with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.engine import Inspector

from trackercore.adoption.reasons import RefusalReason
from trackercore.migrations import distribution

_TRIGGERS_OF_SQLITE = text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")

# What refers to the old tables from any schema, or would be dropped with them: its code, the old
# table, its name, the other table, and the statement that ends it.
_DEPENDENTS = text(
    """
    WITH old AS (
        SELECT oid, relname, relkind, relrowsecurity FROM pg_class
        WHERE relname IN :tables AND pg_table_is_visible(oid)
    )
    SELECT 'foreign_key', relname, conname::text, conrelid::regclass::text,
        format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
    FROM pg_constraint JOIN old ON old.oid = confrelid
    WHERE contype = 'f' AND conparentid = 0 AND conrelid NOT IN (SELECT oid FROM old)
    UNION
    SELECT 'view', relname, ev_class::regclass::text, NULL, NULL
    FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid JOIN old ON old.oid = refobjid
    WHERE classid = 'pg_rewrite'::regclass AND rulename = '_RETURN'
    UNION
    SELECT 'rule', relname, rulename::text, ev_class::regclass::text,
        format('DROP RULE %I ON %s', rulename, ev_class::regclass)
    FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid
    JOIN old ON old.oid IN (refobjid, ev_class)
    WHERE classid = 'pg_rewrite'::regclass AND rulename <> '_RETURN'
    UNION
    SELECT 'function', relname, objid::regprocedure::text, NULL, NULL
    FROM pg_depend JOIN pg_type ON pg_type.oid = refobjid JOIN old ON old.oid = typrelid
    WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_type'::regclass
    UNION
    SELECT 'function', relname, objid::regprocedure::text, NULL, NULL
    FROM pg_depend JOIN old ON old.oid = refobjid
    WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_class'::regclass
    UNION
    SELECT 'trigger', relname, tgname::text, NULL,
        format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
    FROM pg_trigger JOIN old ON old.oid = tgrelid WHERE NOT tgisinternal
    UNION
    SELECT 'inheritance', old.relname, NULL,
        CASE old.oid WHEN inhrelid THEN inhparent ELSE inhrelid END::regclass::text,
        CASE parent.relkind
            WHEN 'p' THEN format('ALTER TABLE %s DETACH PARTITION %s', inhparent::regclass,
                inhrelid::regclass)
            ELSE format('ALTER TABLE %s NO INHERIT %s', inhrelid::regclass, inhparent::regclass)
        END
    FROM pg_inherits JOIN old ON old.oid IN (inhrelid, inhparent)
    JOIN pg_class AS parent ON parent.oid = inhparent
    WHERE old.relkind <> 'p'
    UNION
    SELECT 'publication', relname, pubname::text, NULL,
        format('ALTER PUBLICATION %I DROP TABLE %s', pubname, prrelid::regclass)
    FROM pg_publication_rel JOIN old ON old.oid = prrelid
    JOIN pg_publication ON pg_publication.oid = prpubid
    UNION
    SELECT 'row_security', relname, NULL, NULL, NULL FROM old
    WHERE relrowsecurity OR oid IN (SELECT polrelid FROM pg_policy)
    UNION
    SELECT 'partitions', relname, NULL, NULL, NULL FROM old WHERE relkind = 'p'
    ORDER BY 1, 2, 3, 4
    """
).bindparams(bindparam("tables", expanding=True))


def dependents(
    connection: Connection, inspector: Inspector, names: Collection[str]
) -> Iterator[RefusalReason]:
    """A reason for everything that depends on the tables of these names."""
    if connection.dialect.name == "sqlite":
        yield from _on_sqlite(connection, inspector, names)
        return
    for code, table, name, other, sql in connection.execute(_DEPENDENTS, {"tables": list(names)}):
        yield RefusalReason(code=code, table=table, name=name, other_table=other, sql=sql)
    for table in distribution.distributed(connection, names):
        yield RefusalReason(
            code="distributed",
            table=table,
            sql=f"SELECT undistribute_table('{table}', cascade_via_foreign_keys => true)",
        )


def _on_sqlite(
    connection: Connection, inspector: Inspector, names: Collection[str]
) -> Iterator[RefusalReason]:
    for (_, table), keys in inspector.get_multi_foreign_keys().items():
        for key in keys:
            referred = key["referred_table"].lower()
            if table.lower() not in names and referred in names:
                yield RefusalReason(
                    code="foreign_key", table=referred, name=key["name"], other_table=table
                )
    words = re.compile(rf"\b({'|'.join(names)})\b", re.IGNORECASE)
    for view in inspector.get_view_names():
        if read := words.search(inspector.get_view_definition(view)):
            yield RefusalReason(code="view", table=read[0].lower(), name=view)
    for trigger, table, body in connection.execute(_TRIGGERS_OF_SQLITE):
        read = words.fullmatch(table) or words.search(body)
        if read:
            yield RefusalReason(code="trigger", table=read[0].lower(), name=trigger)
