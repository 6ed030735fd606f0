"""Draw the packages and what they import, from pyproject.toml and the code: docs/architecture.py

The rows are the layers of the import contract. An import that follows from others is not drawn:
what imports `services` reaches `models` through it.
"""

import ast
import tomllib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

import trackercore

DOCS = Path(__file__).parent
SOURCE = Path(str(trackercore.__file__)).parent
PICTURE = DOCS / "images" / "architecture.svg"

COLUMNS = (  # from left to right; the rows come from the contract
    ("citus", "plots", "frames", "rules", "domain", "display"),
    ("testing", "row_level_security", "services", "models", "sessions"),
    ("__main__", "adoption", "schemas", "types", "table_prefix"),
    ("async_database", "database", "migrations", "backends", "errors"),
)
WIDTH, HEIGHT, GUTTER, GAP, MARGIN = 186, 60, 26, 40, 20
INK, GREY, LINE = "#1a1a1a", "#595959", "#0072b2"
FILLS = {"domain": "#e0f3ec", "services": "#fdf0d5", "database": "#e3eefa", "backends": "#e3eefa"}


class Import(NamedTuple):
    """One package imports another."""

    source: str
    target: str


def layers() -> list[list[str]]:
    """The import contract, from top to bottom."""
    project = tomllib.loads(DOCS.parent.joinpath("pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (rows,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [row.replace("|", ":").replace(" ", "").split(":") for row in rows]


def files(package: str) -> list[Path]:
    return [*SOURCE.glob(f"{package}.py"), *sorted(SOURCE.glob(f"{package}/**/*.py"))]


def imported(package: str) -> set[str]:
    """The other packages that the files of one import."""
    modules: set[str] = set()
    for path in files(package):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                modules |= {f"{node.module}.{name.name}" for name in node.names}
            elif isinstance(node, ast.Import):
                modules |= {name.name for name in node.names}
    parts = (module.split(".") for module in modules)
    return {names[1] for names in parts if names[0] == "trackercore" and names[1:]} - {package}


def arrows(packages: list[str]) -> list[Import]:
    """The imports, without those that follow from others."""
    direct = {package: imported(package) & set(packages) for package in packages}
    reached: dict[str, set[str]] = {}
    for package in reversed(packages):  # an import points down, or along its row
        reached[package] = set(direct[package])
        for target in direct[package]:
            reached[package] |= direct[target] | reached.get(target, set())
    return [
        Import(package, target)
        for package in packages
        for target in sorted(direct[package])
        if not any(target in reached[other] for other in direct[package] - {target})
    ]


class Drawing:
    """Where the boxes are, and the arrows between them."""

    def __init__(self) -> None:
        self.rows = layers()
        packages = [package for row in self.rows for package in row]
        self.places = {
            package: (column, row)
            for column, names in enumerate(COLUMNS)
            for package in names
            for row, of_row in enumerate(self.rows)
            if package in of_row
        }
        if self.places.keys() != set(packages):
            raise ValueError(f"place them in COLUMNS: {self.places.keys() ^ set(packages)}")
        self.arrows = arrows(packages)
        self.size = (
            2 * MARGIN + len(COLUMNS) * WIDTH + (len(COLUMNS) - 1) * GUTTER,
            2 * MARGIN + len(self.rows) * HEIGHT + (len(self.rows) - 1) * GAP,
        )
        self.lanes = {arrow: lane for lane, arrow in self.in_lanes()}

    def in_lanes(self) -> Iterator[tuple[int, Import]]:
        """The arrows that run sideways above the same row, each at a height of its own."""

        def row_of(arrow: Import) -> int:
            return self.places[arrow.target][1]

        for _, group in groupby(sorted(self.arrows, key=row_of), row_of):
            yield from enumerate(group)

    def centre(self, package: str) -> float:
        return MARGIN + self.places[package][0] * (WIDTH + GUTTER) + WIDTH / 2

    def top(self, row: int) -> int:
        return MARGIN + row * (HEIGHT + GAP)

    def is_straight(self, arrow: Import) -> bool:
        """Whether the two are one above the other, and nothing is between them."""
        (column, row), (to_column, to_row) = self.places[arrow.source], self.places[arrow.target]
        return column == to_column and not self.is_blocked(column, row, to_row)

    def is_blocked(self, column: int, row: int, to_row: int) -> bool:
        return any((column, between) in self.places.values() for between in range(row + 1, to_row))

    def port(self, arrow: Import, end: str) -> float:
        """Where on a box's edge an arrow begins or ends: the straight one is in the middle."""
        if self.is_straight(arrow):
            return self.centre(end)
        here = self.places[end][0]
        sideways: dict[Import, int] = {}
        for other in self.arrows:
            if end in other and other.index(end) == arrow.index(end):
                far = self.places[other[1 - other.index(end)]][0]
                if not self.is_straight(other):
                    sideways[other] = 1 if far >= here else -1
        same = [other for other, way in sideways.items() if way == sideways[arrow]]
        first = 30 if end == arrow.source else 39  # so that no two lie on each other
        return self.centre(end) + sideways[arrow] * (first + 18 * same.index(arrow))

    def line(self, arrow: Import) -> str:
        """Down from one box to another, past those between."""
        (column, row), (to_column, to_row) = self.places[arrow.source], self.places[arrow.target]
        way = 1 if to_column >= column else -1
        if row == to_row:
            middle = self.top(row) + HEIGHT / 2
            start, end = (self.centre(package) for package in arrow)
            return f"M{start + way * WIDTH / 2:g} {middle:g} H{end - way * WIDTH / 2 - way:g}"
        start, end = (self.port(arrow, package) for package in arrow)
        below, above = self.top(row) + HEIGHT, self.top(to_row)
        lane = above - 14 - 7 * (self.lanes[arrow] % 4)
        down = f"M{start:g} {below}"
        if self.is_blocked(column, row, to_row):  # through the gutter next to the box
            down += f" v10 H{self.centre(arrow.source) + way * (WIDTH + GUTTER) / 2:g}"
        return f"{down} V{lane} H{end:g} V{above - 1}"

    def box(self, package: str) -> Iterator[str]:
        x, y = self.centre(package) - WIDTH / 2, self.top(self.places[package][1])
        look = f'rx="6" fill="{FILLS.get(package, "#f4f4f4")}" stroke="{GREY}"'
        yield f'<rect x="{x:g}" y="{y}" width="{WIDTH}" height="{HEIGHT}" {look}/>'
        yield text(x + 10, y + 17, package, 'font-weight="bold" font-size="13"')
        for number, line in enumerate(wrap(summary(package), 31)[:3]):
            yield text(x + 10, y + 31 + 12 * number, line, 'font-size="10.5"')


def summary(package: str) -> str:
    """The beginning of a package's docstring."""
    module = ast.parse(files(package)[0].read_text(encoding="utf-8"))
    sentence = (ast.get_docstring(module) or "").partition("\n")[0]
    return sentence.partition(": ")[0].removesuffix(".").replace("`", "")


def text(x: float, y: float, what: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {more}>{what}</text>'


def picture() -> str:
    """The picture as SVG."""
    drawing = Drawing()
    width, height = drawing.size
    size = f'width="{width}" height="{height}"'
    view = f'{size} viewBox="0 0 {width} {height}" role="img"'
    head = f'<path d="M0 0 L8 4 L0 8 z" fill="{LINE}"/>'
    mark = 'id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {view} font-family="sans-serif" fill="{INK}">',
        "<title>The packages of trackercore, and what each of them imports</title>",
        "<desc>",
        *(f"{arrow.source} imports {arrow.target}." for arrow in drawing.arrows),
        "</desc>",
        f'<defs><marker {mark} orient="auto">{head}</marker></defs>',
        f'<rect {size} rx="10" fill="#ffffff"/>',
    ]
    for arrow in drawing.arrows:
        look = f'fill="none" stroke="{LINE}" stroke-width="1.3" marker-end="url(#head)"'
        title = f"<title>{arrow.source} imports {arrow.target}</title>"
        lines.append(f'<path d="{drawing.line(arrow)}" {look}>{title}</path>')
    for package in drawing.places:
        lines += drawing.box(package)
    return "\n".join((*lines, "</svg>", ""))


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
