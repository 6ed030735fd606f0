"""A host's project in a folder of its own, and the commands that its owner types there."""

from __future__ import annotations

import shlex
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url

from tests.host_alembic import commands
from tests.host_alembic.page import Block, Page, patched
from tests.migrations.two_revisions import VERSIONS
from tests.support.names import named_sql
from tests.support.processes import CONTEXT


class Refused(Exception):
    """A command failed; the text is what it printed."""


class Project:
    """What `alembic init migrations` writes, and the host's package `shop`."""

    page = Page("alembic.md")
    out_of_date = False
    """Whether trackercore has the revisions of tests/migrations/two_revisions."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.replaced: dict[str, str] = {}
        """What files of the page have in place of what it says."""

    def run(self, command: str) -> str:
        """Run a command in a process of its own.

        Returns:
            Its output.

        Raises:
            Refused: it failed.
        """
        output = self.folder / "output.txt"
        arguments = (shlex.split(command), self.folder, self.url, output, self.out_of_date)
        process = CONTEXT.Process(target=commands.run, args=arguments)
        process.start()
        process.join(120)
        if process.is_alive():
            process.kill()
        written = output.read_text()
        if process.exitcode != 0:
            raise Refused(written)
        return written

    def follow(self, *titles: str) -> None:
        """Do what these sections of the page say, in order."""
        for title in titles:
            for block in self.page.section(title):
                if block.file is not None:
                    self._write(block, block.file)
                elif block.language == "sh":
                    for command in block.text.splitlines():
                        self.run(command)
                else:
                    self.execute(block.text)

    def edit(self, *titles: str) -> None:
        """Only write and edit the files of these sections."""
        for title in titles:
            for block in self.page.section(title):
                if block.file is not None:
                    self._write(block, block.file)

    def _write(self, block: Block, file: str) -> None:
        path = self.folder / file
        text = patched(path.read_text(), block.text) if block.language == "diff" else block.text
        for old, new in self.replaced.items():
            text = text.replace(old, new)
        if self.out_of_date:
            text = text.replace("trackercore:migrations/versions", str(VERSIONS))
        path.write_text(text)

    def replace(self, file: str, old: str, new: str) -> None:
        """Edit a file in one place."""
        path = self.folder / file
        content = path.read_text()
        assert content.count(old) == 1, f"not there once: {old}"
        path.write_text(content.replace(old, new))

    def revisions(self) -> dict[str, str]:
        """The host's revision files: title and text."""
        folder = self.folder / "migrations" / "versions"
        return {
            path.stem.partition("_")[2]: path.read_text() for path in sorted(folder.glob("*.py"))
        }

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        """Run SQL without trackercore, and return the rows."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            result = connection.execute(named_sql(sql))
            return [tuple(row) for row in result] if result.returns_rows else []

    def forget_database(self) -> None:
        """Empty the database."""
        if self.url.startswith("sqlite"):
            Path(make_url(self.url).database or "").unlink()
        else:
            self.execute("DROP SCHEMA public CASCADE")
            self.execute("CREATE SCHEMA public")
