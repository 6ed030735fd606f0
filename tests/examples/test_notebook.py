"""The notebook in docs/examples, run from top to bottom on the real data."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any, Protocol, cast

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NOTEBOOK = EXAMPLES / "tracker.ipynb"

Cell = dict[str, Any]


class Reader(Protocol):
    """What we use of nbformat, which has no types."""

    def read(self, fp: Path, as_version: int) -> nbformat.NotebookNode: ...


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Cell]:
    """The code cells with their outputs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        notebook = cast("Reader", nbformat).read(NOTEBOOK, as_version=4)
        client = NotebookClient(
            notebook,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(EXAMPLES)}},
        )
        executed: dict[str, list[Cell]] = client.execute()
    return [cell for cell in executed["cells"] if cell["cell_type"] == "code"]


def tagged(cells: list[Cell], tag: str) -> list[Cell]:
    chosen = [cell for cell in cells if tag in cell["metadata"].get("tags", [])]
    assert chosen
    return chosen


def shown(cell: Cell, kind: str) -> list[str]:
    """What a cell shows, of one MIME type."""
    return [output["data"][kind] for output in cell["outputs"] if kind in output.get("data", {})]


def printed(cell: Cell, stream: str) -> str:
    outputs = [output for output in cell["outputs"] if output.get("name") == stream]
    return "".join(output["text"] for output in outputs)


def test_the_notebook_is_stored_without_outputs() -> None:
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_the_real_data_is_loaded_whole(cells: list[Cell]) -> None:
    (cell,) = tagged(cells, "loads")
    assert "11761 events on 4215 days, 16860 new check-ins" in printed(cell, "stdout")
    assert "total      301735      6822" in printed(cell, "stdout")


def test_every_table_is_a_table(cells: list[Cell]) -> None:
    for cell in tagged(cells, "table"):
        (html,) = shown(cell, "text/html")
        assert "<table" in html, cell["source"]
        assert html.count("<tr") > 1, cell["source"]


def test_every_picture_is_one_picture_with_something_on_it(cells: list[Cell]) -> None:
    pictures = tagged(cells, "picture")
    assert len(pictures) == 7
    for cell in pictures:
        (png,) = shown(cell, "image/png")
        assert b64decode(png).startswith(b"\x89PNG"), cell["source"]
        assert len(png) > 10_000, cell["source"]


def test_no_cell_warns_or_fails(cells: list[Cell]) -> None:
    for cell in cells:
        assert all(output["output_type"] != "error" for output in cell["outputs"])
        assert "Warning" not in printed(cell, "stderr"), cell["source"]


def test_a_row_is_one_line_or_a_table_without_a_password_hash(cells: list[Cell]) -> None:
    (html,) = [text for cell in cells for text in shown(cell, "text/html") if "ada@" in text]
    assert html.count("<tr>") == 3
    (line,) = [text for cell in cells for text in shown(cell, "text/plain") if "User(" in text]
    assert line == "User(id=1, email='ada@example.com', time_zone='UTC')"
