"""What `adopt` did, or would do."""

from __future__ import annotations

from pydantic import Field

from trackercore.schemas.fields import Result


class Finding(Result):
    """Rows of one table that were treated alike.

    Attributes:
        table: where they are from.
        reason: what was wrong with them, or what was done.
        rows: how many.
        ids: of the first ten, where they are in trackercore_rejected.
    """

    table: str
    reason: str
    rows: int
    ids: tuple[int, ...] = ()

    def __str__(self) -> str:
        ids = ", ".join(map(str, self.ids)) + (", ..." if self.rows > len(self.ids) else "")
        which = f" (id {ids})" if self.ids else ""
        return f"{self.rows:>11,}  {self.table:<10}  {self.reason}{which}"


class AdoptReport(Result):
    """What `adopt` did, or would do.

    Attributes:
        dry_run: whether everything was rolled back.
        revision: that of the tables, if it was not.
        owner_id: the user who got the topics and sessions; None if nobody did.
        owner_made: whether this user was made for it.
        kept: by old table, the rows that were kept; empty if there was nothing to do.
        mended: rows among these that a rule changed. A row may be counted more than once.
        rejected: rows that were moved to trackercore_rejected.
    """

    dry_run: bool
    revision: str
    owner_id: int | None = None
    owner_made: bool = False
    kept: dict[str, int] = Field(default_factory=dict)
    mended: tuple[Finding, ...] = ()
    rejected: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        if not self.kept:
            return f"nothing to adopt: the database is at revision {self.revision}"
        verb = "would be" if self.dry_run else "is"
        lines = [f"The database {verb} at revision {self.revision}."]
        if self.owner_id is not None:
            new = ", who was made for it" if self.owner_made else ""
            lines.append(f"Topics and sessions belong to user {self.owner_id}{new}.")
        kept = [Finding(table=table, reason="", rows=rows) for table, rows in self.kept.items()]
        for title, findings in {
            "Kept": kept,
            "Of these, mended": self.mended,
            "Moved to trackercore_rejected": self.rejected,
        }.items():
            lines.append(f"{title}:" if findings else f"{title}: none")
            lines += [str(finding).rstrip() for finding in findings]
        return "\n".join(lines)
