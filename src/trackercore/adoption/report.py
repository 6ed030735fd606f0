"""What `adopt` did, or would do."""

from __future__ import annotations

from trackercore.schemas._fields import Result


class Finding(Result):
    """Rows of one table that were treated alike.

    Attributes:
        table: where they are from.
        reason: what was wrong with them, or what was done.
        rows: how many.
    """

    table: str
    reason: str
    rows: int


class AdoptReport(Result):
    """What `adopt` did, or would do.

    Attributes:
        dry_run: whether everything was rolled back.
        revision: that of the tables, if it was not.
        owner_id: the user who got the topics and sessions; None if nobody did.
        kept: by table, the rows that are in it now; empty if there was nothing to do.
        mended: rows among these that a rule changed. A row may be counted more than once.
        rejected: rows that were moved to trackercore_rejected.
    """

    dry_run: bool
    revision: str
    owner_id: int | None
    kept: dict[str, int]
    mended: tuple[Finding, ...]
    rejected: tuple[Finding, ...]

    def __str__(self) -> str:
        if not self.kept:
            return f"nothing to adopt: the database is at revision {self.revision}"
        verb = "would be" if self.dry_run else "is"
        lines = [f"The database {verb} at revision {self.revision}."]
        for title, rows in {
            "Kept": [(table, "", rows) for table, rows in self.kept.items()],
            "Mended": [(found.table, found.reason, found.rows) for found in self.mended],
            "Moved to trackercore_rejected": [
                (found.table, found.reason, found.rows) for found in self.rejected
            ],
        }.items():
            lines.append(f"{title}:" if rows else f"{title}: nothing")
            lines += [f"  {n:>9,}  {table:<10}  {reason}".rstrip() for table, reason, n in rows]
        return "\n".join(lines)
