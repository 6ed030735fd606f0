"""What all pictures share: axes that notebooks show, legends, and dates on the x axis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any, cast

from matplotlib import dates as _dates
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, Formatter

WIDTH = 6.5
"""Inches. The text is still legible when a printed page shrinks it to 6."""
TITLE, LABEL, SMALL = 10.0, 8.5, 7.5
INK, FAINT = "#262626", "#ebebeb"

_ON_SCREEN, _DENSE = 100, 200  # dots per inch; the second is for screens with high resolution
_LONGEST_NAME = 28
MOST_TICKS = 9
_NEARLY_A_DAY = 0.999  # a whole day after the last date would be out of range

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

DATES = cast("Any", _dates)


class Picture(Axes):
    """Axes that a notebook shows as their figure, without pyplot."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        figure = cast("Figure", self.figure)
        png = BytesIO()
        cast("Any", figure).savefig(png, format="png")
        width, height = figure.get_size_inches() * _ON_SCREEN
        return png.getvalue(), {"width": round(width), "height": round(height)}


def open_axes(ax: Axes | None, height: float) -> Axes:
    """The caller's axes, or those of a new figure of this height in inches."""
    if ax is not None:
        if not isinstance(cast("object", ax), Axes):
            raise TypeError(f"ax must be matplotlib Axes, not {type(ax).__name__}")
        return ax
    figure = Figure(figsize=(WIDTH, height), dpi=_DENSE, layout="constrained")
    return figure.add_subplot(Picture(figure, 1, 1, 1))


def canvas(ax: Axes) -> Any:
    """The same axes; matplotlib's types leave out the keywords of most methods."""
    return ax


def set_title(ax: Axes, title: str) -> None:
    """Set the title; a dollar in a name does not begin a formula."""
    canvas(ax).set_title(title, fontsize=TITLE, loc="left", parse_math=False)


def set_legend(
    ax: Axes,
    entries: Sequence[tuple[Artist | tuple[Artist, ...], str]],
    *,
    below: bool,
    title: str | None = None,
    columns: int = 1,
    handle_length: float = 1.3,
) -> None:
    """Put a legend below the axes, or to the right of them."""
    handles = [handle for handle, _ in entries]
    # matplotlib leaves out labels that begin with "_", so names are filled in afterwards.
    legend = canvas(ax).legend(
        handles,
        [str(number) for number in range(len(entries))],
        loc="upper left",
        bbox_to_anchor=(0.0, -0.04) if below else (1.01, 1.0),
        ncols=columns,
        fontsize=SMALL if below else LABEL,
        title=title,
        title_fontsize=SMALL,
        frameon=False,
        borderaxespad=0.0,
        handlelength=handle_length,
        handleheight=1.3,
        columnspacing=1.2,
        handletextpad=0.5,
        alignment="left",
    )
    for text, (_, label) in zip(legend.get_texts(), entries, strict=True):
        text.set_parse_math(False)
        text.set_text(label)


def sample(color: str, hatch: str) -> Patch:
    """A bar for the legend."""
    return Patch(facecolor=color, hatch=hatch, edgecolor=INK, linewidth=0.5)


class DateLabels(Formatter):
    """As much of each date as there are steps; below it the month and year where they change.

    What matplotlib has for this speaks the language of the process; titles speak English.
    """

    def __call__(self, x: float, pos: int | None = None) -> str:
        return _date(x).isoformat()

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """The labels of all ticks."""
        days = [_date(value) for value in values]
        if all((day.month, day.day) == (1, 1) for day in days):
            return [str(day.year) for day in days]
        by_month = all(day.day == 1 for day in days)
        labels: list[str] = []
        month = year = 0  # before there were dates
        for day in days:
            lines = [] if by_month else [str(day.day)]
            if by_month or (day.year, day.month) != (year, month):
                lines.append(MONTHS[day.month - 1])
            if day.year != year:
                lines.append(str(day.year))
            labels.append("\n".join(lines))
            year, month = day.year, day.month
        return labels


def set_dates(ax: Axes, first: float, last: float, ticks: Sequence[float] = ()) -> None:
    """Show dates on the x axis.

    Args:
        ax: the axes.
        first: where the axis begins, as in `number`; at `date.min` at the earliest.
        last: where it ends; at the end of `date.max` at the latest.
        ticks: where to put them; by default where there is room.
    """
    ax.set_xlim(max(first, number(date.min)), min(last, number(date.max) + _NEARLY_A_DAY))
    locator = (
        FixedLocator(ticks) if ticks else DATES.AutoDateLocator(minticks=3, maxticks=MOST_TICKS)
    )
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(DateLabels())
    canvas(ax).tick_params("both", length=3.5, labelsize=LABEL)


def show_message(ax: Axes, message: str) -> None:
    """Write into the middle of empty axes."""
    text = canvas(ax).text(0.5, 0.5, message, fontsize=TITLE, color=INK, ha="center", va="center")
    text.set_transform(ax.transAxes)
    canvas(ax).set_xticks([], [], fontsize=LABEL)
    canvas(ax).set_yticks([], [], fontsize=LABEL, parse_math=False)


def number(day: date) -> float:
    """Where a day begins on an axis of dates."""
    return float(DATES.date2num(day))


def _date(x: float) -> date:
    day: date = DATES.num2date(x).date()
    return day


def days_into_week(day: date, week_starts_on: int) -> int:
    """Days from the first day of the week, which may be before `date.min`."""
    return (day.isoweekday() - week_starts_on) % 7


def short(name: str) -> str:
    """A name, shortened if it would leave no room for the picture."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def counted(count: int, unit: str) -> str:
    """A number with its unit; `unit` is in the plural."""
    return f"{count:,} {unit[:-1] if count == 1 and unit.endswith('s') else unit}"
