"""Draw the tables and what they refer to, from the metadata: python docs/er_diagram.py

A line ends in a crow's foot where many rows refer to one, and in a bar where there is one at most.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Column, ForeignKeyConstraint, Table, UniqueConstraint, make_url

from trackercore import Base

POSTGRESQL = make_url("postgresql://").get_dialect()()
PICTURE = Path(__file__).parent / "images" / "schema.svg"

# The columns of the picture, from left to right, each from top to bottom.
LAYOUT = (
    ("users", "categories", "tasks", "task_occurrences", "task_tags", "user_pauses"),
    ("habits", "check_ins", "habit_schedules", "habit_pauses", "habit_tags"),
    ("topics", "sessions", "timers", "study_goals", "tags", "session_tags"),
)
WIDTH, GUTTER, MARGIN, ROW, HEADER, GAP = 240, 56, 40, 18, 26, 30
INK, GREY, LINE, OWNER = "#1a1a1a", "#595959", "#0072b2", "#8c8c8c"
LEGEND = (
    "Bold: the primary key. Grey lines lead to the owner, blue ones to a row of the same owner. "
    "A crow's foot is many rows, a bar one at most."
)
COLOURS = ("#e3eefa", "#e0f3ec", "#fdf0d5")


class Relation(NamedTuple):
    """A foreign key; the owner's id goes along in most, and is not drawn."""

    source: str
    column: str
    target: str
    at_most_one: bool


def columns(table: Table) -> list[Column[object]]:
    return list(table.columns)


def relations(table: Table) -> Iterator[Relation]:
    """The foreign keys, without that to users where the owner is a part of another one's key."""
    for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
        column = key.column_keys[-1]
        yield Relation(table.name, column, key.referred_table.name, is_unique(table, key))


def is_unique(table: Table, key: ForeignKeyConstraint) -> bool:
    own = set(key.column_keys)
    unique = [set(table.primary_key.columns.keys())]
    unique += [
        set(other.columns.keys())
        for other in table.constraints
        if isinstance(other, UniqueConstraint)
    ]
    return any(names <= own for names in unique)


def type_of(column: Column[object]) -> str:
    name = column.type.compile(POSTGRESQL).lower()
    name = name.replace("timestamp with time zone", "timestamptz")
    return name.replace("time without time zone", "time")


class Drawing:
    """Where everything is, and the lines between."""

    def __init__(self) -> None:
        self.tables = Base.metadata.tables
        self.places: dict[str, tuple[int, int, int]] = {}
        bottoms: list[int] = []
        for number, names in enumerate(LAYOUT):
            x, y = MARGIN + number * (WIDTH + GUTTER), 64
            for name in names:
                self.places[name] = (x, y, number)
                y += HEADER + ROW * len(self.tables[name].columns) + GAP
            bottoms.append(y)
        if self.places.keys() != self.tables.keys():
            raise ValueError(f"place them: {self.places.keys() ^ self.tables.keys()}")
        self.size = 2 * MARGIN + len(LAYOUT) * WIDTH + (len(LAYOUT) - 1) * GUTTER, max(bottoms) + 8

    def height(self, table: str, column: str) -> int:
        names = self.tables[table].columns.keys()
        return self.places[table][1] + HEADER + ROW * names.index(column) + ROW // 2

    def table(self, name: str) -> Iterator[str]:
        table, (x, y, number) = self.tables[name], self.places[name]
        tall = HEADER + ROW * len(table.columns)
        yield f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{tall}" rx="5" fill="#ffffff"/>'
        header = f"M{x} {y + HEADER} v-{HEADER - 5} q0 -5 5 -5 h{WIDTH - 10} q5 0 5 5 v{HEADER - 5}"
        yield f'<path d="{header}" fill="{COLOURS[number]}"/>'
        yield text(x + 9, y + 18, name, 'font-weight="bold" font-size="14"')
        referring = {column for key in table.foreign_key_constraints for column in key.column_keys}
        for column in columns(table):
            row = self.height(name, column.name) + 4
            marks = [("PK", column.primary_key), ("FK", column.name in referring)]
            mark = " ".join(letters for letters, is_one in marks if is_one)
            bold = 'font-weight="bold"' if column.primary_key else ""
            yield text(x + 9, row, mark, f'fill="{LINE}" font-size="9"')
            yield text(x + 40, row, column.name, bold)
            null = " null" if column.nullable else ""
            end = f'text-anchor="end" fill="{GREY}" font-size="11"'
            yield text(x + WIDTH - 8, row, type_of(column) + null, end)
        box = f'x="{x}" y="{y}" width="{WIDTH}" height="{tall}" rx="5"'
        yield f'<rect {box} fill="none" stroke="{GREY}"/>'

    def line(self, relation: Relation, lane: int) -> Iterator[str]:
        """From the referring column's row to that of the id; `lane` keeps lines apart."""
        x, _, number = self.places[relation.source]
        y = self.height(relation.source, relation.column)
        target_x, top, target_number = self.places[relation.target]
        if relation.target == "users":  # a rail above the tables, and down next to each column
            rail = 44
            path = f"M{x} {y} H{x - 20} V{rail} H{target_x - 20} V{top + HEADER + ROW // 2}"
            yield from ends(path + f" H{target_x}", x, y, -1, relation, OWNER)
            return
        right, there = x + WIDTH, self.height(relation.target, "id")
        if target_number == number:
            path = f"M{right} {y} H{right + 12 + 6 * lane} V{there} H{right}"
        else:
            path = f"M{right} {y} H{right + 30} V{there} H{target_x}"
        yield from ends(path, right, y, 1, relation, LINE)


def ends(path: str, x: int, y: int, way: int, relation: Relation, ink: str) -> Iterator[str]:
    """A line, with a crow's foot or a bar at its start."""
    foot = f"M{x} {y - 5} l{8 * way} 5 l{-8 * way} 5"
    if relation.at_most_one:
        foot = f"M{x + 6 * way} {y - 5} v10"
    what = f"{relation.source}.{relation.column} refers to {relation.target}"
    yield f'<g fill="none" stroke="{ink}" stroke-width="1.5"><title>{what}</title>'
    yield f'<path d="{path}" stroke-linejoin="round"/><path d="{foot}"/></g>'


def text(x: float, y: float, what: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {more}>{what}</text>'


def picture() -> str:
    """The diagram as SVG."""
    drawing = Drawing()
    width, height = drawing.size
    found = [relation for table in drawing.tables.values() for relation in relations(table)]
    size = f'width="{width}" height="{height}"'
    view = f'{size} viewBox="0 0 {width} {height}" role="img"'
    font = f'font-family="sans-serif" font-size="12" fill="{INK}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {view} {font}>',
        "<title>The tables of trackercore, their columns, and what refers to what</title>",
        "<desc>",
        *(f"{item.source}.{item.column} refers to {item.target}." for item in found),
        "</desc>",
        f'<rect {size} rx="10" fill="#ffffff"/>',
        text(MARGIN, 28, LEGEND),
    ]
    lanes: dict[str, int] = {}
    for relation in found:
        lane = lanes.setdefault(relation.target, len(lanes))
        lines += drawing.line(relation, lane % 3)
    for name in drawing.tables:
        lines += drawing.table(name)
    return "\n".join((*lines, "</svg>", ""))


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
