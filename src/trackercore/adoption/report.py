"""What `adopt` did, or would do."""

from __future__ import annotations

from pydantic import Field

from trackercore.schemas.fields import Result


class Finding(Result):
    """Rows of one table to which the same rule applied.

    Attributes:
        table: their old table.
        reason: the rule.
        rows: how many.
        ids: of the first ten, if they are in trackercore_rejected.
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
        owner_id: the user who got the topics and sessions that had none; None if nobody did.
        owner_created: whether this user is a new one.
        kept: by old table, the rows that were kept; empty if there was nothing to do.
        corrected: rows among these that a rule changed. A row may be counted more than once.
        rejected: rows that are in trackercore_rejected instead.
    """

    dry_run: bool
    revision: str
    owner_id: int | None = None
    owner_created: bool = False
    kept: dict[str, int] = Field(default_factory=dict)
    corrected: tuple[Finding, ...] = ()
    rejected: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        if not self.kept:
            return f"nothing to adopt: the database is at revision {self.revision}"
        verb = "would be" if self.dry_run else "is"
        lines = [f"The database {verb} at revision {self.revision}."]
        if self.owner_id is not None:
            new = ", a new user" if self.owner_created else ""
            lines.append(f"Topics and sessions without a user belong to user {self.owner_id}{new}.")
        kept = [Finding(table=table, reason="", rows=rows) for table, rows in self.kept.items()]
        for title, findings in {
            "Kept": kept,
            "Of these, corrected": self.corrected,
            "Rejected (they are in trackercore_rejected)": self.rejected,
        }.items():
            lines.append(f"{title}:" if findings else f"{title}: none")
            lines += [str(finding).rstrip() for finding in findings]
        return "\n".join(lines)
