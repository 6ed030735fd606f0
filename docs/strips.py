"""Draw the calendar strips of explanation/streaks.md: python docs/strips.py

Each strip is a habit in a database in memory, whose days are checked in one after the other. The
library computes the statuses, periods and streaks. The files are the same every time.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from sqlalchemy.orm import Session

from trackercore import (
    Database,
    DayStatus,
    HabitCreate,
    HabitDay,
    HabitScheduleRead,
    ScheduleChange,
    UserCreate,
    habits,
    users,
)
from trackercore.domain.amount import amount_of, thousandths
from trackercore.domain.frequency import Period, Schedule
from trackercore.domain.habit_rules import HabitRules, Pause, versions_of
from trackercore.domain.outcome import progress
from trackercore.domain.recorded_days import DayEntry

ResultT = TypeVar("ResultT")

IMAGES = Path(__file__).parent / "images"
FIRST, DAY = date(2026, 5, 4), timedelta(days=1)  # a Monday
ROW, PITCH, LEFT, WIDTH = 14, 46, 74, 734
MIDDLE = 'text-anchor="middle"'

# Okabe and Ito's colours. The glyphs and the lightness show the same without them.
LOOKS: dict[DayStatus, tuple[str, str, str, str, str]] = {  # label, fill, edge, ink, glyph
    "done": ("done", "#009e73", "#009e73", "#ffffff", "M-8 0 L-3 6 L8 -6"),
    "kept": ("kept", "#ffffff", "#009e73", "#00805d", "M-8 0 L-3 6 L8 -6"),
    "exceeded": ("exceeded", "#d55e00", "#d55e00", "#ffffff", "M0 7 V-6 M-6 -1 L0 -7 L6 -1"),
    "skipped": ("skipped", "#56b4e9", "#56b4e9", "#1a1a1a", "M-7 -6 L-1 0 L-7 6 M1 -6 L7 0 L1 6"),
    "paused": ("paused", "#f0e442", "#f0e442", "#1a1a1a", "M-4 -7 V7 M4 -7 V7"),
    "missed": ("missed", "#ffffff", "#d55e00", "#d55e00", "M-6 -6 L6 6 M6 -6 L-6 6"),
    "pending": ("pending", "#ffffff", "#595959", "#1a1a1a", "M-7 0 H-6.9 M0 0 H.1 M7 0 H7.1"),
    "not_due": ("not due", "#ebebeb", "#ebebeb", "#595959", "M-5 0 H5"),
}


class Story(NamedTuple):
    """A habit from `FIRST` on: x is a day done, a digit its amount, s a day skipped.

    The last day is today.
    """

    title: str
    days: str
    schedule: ScheduleChange
    pause: tuple[date, date] | None = None
    change: tuple[date, ScheduleChange] | None = None
    shows_strength: bool = False


DAILY = ScheduleChange(frequency="daily")
THRICE = ScheduleChange(frequency="weekly", target=3)
WORKDAYS = ScheduleChange(frequency="weekdays", weekdays=frozenset({1, 2, 3, 4, 5}))
COFFEE = ScheduleChange(frequency="daily", direction="at_most", target=2)
LONG_RUNS = ScheduleChange(frequency="weekly", counts="days", target=3, day_minimum=5)
FORGIVING = ScheduleChange(frequency="daily", allowed_misses=1)
HOLIDAY = (date(2026, 5, 11), date(2026, 5, 12))
REST, SWITCH = (date(2026, 5, 8), date(2026, 5, 14)), (date(2026, 5, 13), THRICE)
STORIES = {
    "daily": Story("Every day", "xxx.xxsxxxxxx.", DAILY),
    "three-times-a-week": Story("Three times a week", "x.x.x...x..x..xx...x.x..", THRICE),
    "weekdays": Story("Monday to Friday", "xxxxx.xxxx.", WORKDAYS),
    "pause": Story("Every day, with a pause", "xxxx....x..xx.", DAILY, pause=REST),
    "schedule-change": Story("A new schedule", "xxxxxxxxx..x.x.x.x.x..x..", DAILY, change=SWITCH),
    "at-most": Story("At most two coffees a day", "20.3.1.9..21.1", COFFEE, pause=HOLIDAY),
    "days-of-a-week": Story("Five km on three days a week", "6.5.4.89.3..9.5.7..5.8.4", LONG_RUNS),
    "allowed-misses": Story("Never miss twice", "xx.x.xxx..xx..", FORGIVING),
    "strength": Story(
        "Strength, in percent", "xxxxxxxxxxxxx.xxxx..sxxxxxx.", DAILY, shows_strength=True
    ),
}


class Strip(NamedTuple):
    """What is drawn of a story; each streak is that of the morning after a period, or of today."""

    title: str
    today: date
    days: list[HabitDay]
    streaks: dict[Period, int]
    spans: list[tuple[date, date, str]]
    rules: HabitRules
    strengths: dict[date, float]

    @property
    def is_measured(self) -> bool:
        """Whether the amounts are shown: if any is not 1."""
        return any(day.amount not in {None, 1} for day in self.days)

    @property
    def has_long_periods(self) -> bool:
        return any(period.length > 1 for period in self.streaks)

    def progress(self, period: Period) -> str:
        entries = [
            DayEntry(shown.day, thousandths(shown.amount))
            for shown in self.days
            if shown.amount is not None and period.start <= shown.day <= period.end
        ]
        done = progress(self.rules, period, entries)
        return f"{amount_of(done)} of {amount_of(period.target)}"


def live(session: Session, story: Story) -> Strip:
    """Check in the days of a story, and read what is drawn of it."""

    def at(day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), UTC)

    owner = users.create(session, UserCreate(email="ada@example.com")).id
    new = HabitCreate(name=story.title, **story.schedule.model_dump())
    habit = (session, owner, habits.create(session, owner, new, now=at(FIRST, 8)).id)
    today = FIRST + (len(story.days) - 1) * DAY
    last = today + (7 - today.isoweekday()) * DAY
    spans: list[tuple[date, date, str]] = []
    if story.pause is not None:
        starts, ends = story.pause
        habits.pause(*habit, starts_on=starts, ends_on=ends, now=at(FIRST, 8))
        spans = [(starts, ends, "pause")]
    if story.change is not None:
        begins, schedule = story.change
        habits.change_schedule(*habit, schedule, effective_from=begins, now=at(FIRST, 8))
        spans = [(FIRST, begins - DAY, "every day"), (begins, last, "three times a week")]

    mornings: dict[date, int] = {}
    for number, letter in enumerate(story.days):
        day = FIRST + number * DAY
        mornings[day] = habits.streak(*habit, now=at(day, 8)).current
        if letter == "s":
            habits.skip(*habit, on=day, now=at(day, 20))
        elif letter != ".":
            amount = 1 if letter == "x" else int(letter)
            habits.check_in(*habit, on=day, amount=amount, now=at(day, 20))
    now = at(today, 21)
    tonight = habits.streak(*habit, now=now).current

    pauses = (Pause(each.starts_on, each.ends_on) for each in habits.pauses(*habit))
    rules = HabitRules(versions_of(map(schedule_of, habits.schedules(*habit))), tuple(pauses))
    periods = filter(None, map(rules.period_on, mornings))
    strengths = habits.strength_by_day(*habit, FIRST, today, now=now)
    return Strip(
        title=story.title,
        today=today,
        days=habits.history(*habit, FIRST, last, now=now),
        streaks={period: mornings.get(period.end + DAY, tonight) for period in periods},
        spans=spans,
        rules=rules,
        strengths={each.day: each.strength for each in strengths if story.shows_strength},
    )


def schedule_of(read: HabitScheduleRead) -> tuple[date, Schedule]:
    schedule = Schedule(
        read.frequency,
        thousandths(read.target),
        read.every,
        read.weekdays or frozenset(),
        direction=read.direction,
        counts=read.counts,
        day_minimum=1 if read.day_minimum is None else thousandths(read.day_minimum),
        allowed_misses=read.allowed_misses,
    )
    return read.effective_from or FIRST, schedule


def description(strip: Strip) -> Iterator[str]:
    """The strip in words, for screen readers."""
    for first, last, what in strip.spans:
        yield f"{first.day} to {last.day} May: {what}."
    ends = {period.end: period for period in strip.streaks}
    for shown in strip.days:
        today = ", today" if shown.day == strip.today else ""
        line = f"{shown.day:%a} {shown.day.day} May{today}: {LOOKS[shown.status][0]}"
        if strip.is_measured and shown.amount is not None:
            line += f", amount {shown.amount}"
        if shown.day in strip.strengths:
            line += f", strength {strip.strengths[shown.day]:.0%}"
        if (period := ends.get(shown.day)) is not None:
            reached = f". Reached {strip.progress(period)}" if period.length > 1 else ""
            line += f"{reached}, streak {strip.streaks[period]}"
        yield f"{line}."


def text(x: float, y: float, what: object, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {more}>{what}</text>'


def cell(x: float, y: float, status: DayStatus, scale: float = 1) -> str:
    """A day, with its centre at x, y."""
    _, fill, edge, ink, glyph = LOOKS[status]
    return f"""<g transform="translate({x:g} {y:g}) scale({scale:g})" stroke-width="2">
  <rect x="-17" y="-17" width="34" height="34" rx="6" fill="{fill}" stroke="{edge}"/>
  <path d="{glyph}" fill="none" stroke="{ink}" stroke-width="3" stroke-linecap="round"/>
</g>"""


def pill(x: float, y: float, label: str, width: int = 44) -> str:
    """The mark of today."""
    box = f'x="{x - width / 2:g}" y="{y - 13:g}" width="{width}" height="17" rx="8"'
    return f"<rect {box}/>" + text(x, y, label, f'fill="#ffffff" {MIDDLE}')


def outline(x: float, y: float, width: float, height: float, *, partial: bool) -> str:
    dash = ' stroke-dasharray="6 4"' if partial else ""
    box = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="9"'
    return f'{box} fill="none" stroke="#1a1a1a" stroke-width="2"{dash}/>'


def legend(strip: Strip, y: float) -> Iterator[str]:
    """The statuses and periods that the strip has."""
    x = 30.0
    for status, look in LOOKS.items():
        if any(shown.status == status for shown in strip.days):
            yield cell(x, y, status, 0.6) + text(x + 17, y + 5, look[0])
            x += 48 + 7 * len(look[0])
    yield pill(x + 16, y + 5, "today", 54)
    x += 62
    for cut, what in ((False, "one period"), (True, "one period, cut short")):
        if any(period.length > 1 and period.partial == cut for period in strip.streaks):
            yield outline(x, y - 10, 30, 20, partial=cut) + text(x + 38, y + 5, what)
            x += 58 + 7 * len(what)


def draw(strip: Strip) -> Iterator[str]:
    """The strip as lines of SVG: two weeks to a row."""
    shown_below = ["amount"] if strip.is_measured else []
    shown_below += ["strength"] if strip.strengths else []
    shown_below += ["reached", "streak"] if strip.has_long_periods else ["streak"]
    lines = {what: 40 + 22 * number for number, what in enumerate(shown_below)}
    above, below = 62 if strip.spans else 32, lines["streak"]
    height, rows = above + below + 32, -(-len(strip.days) // ROW)
    bottom = 44 + rows * height + 44
    size = f'width="{WIDTH}" height="{bottom}"'
    font = 'font-family="sans-serif" font-size="13" fill="#1a1a1a"'
    view = f'{size} viewBox="0 0 {WIDTH} {bottom}" role="img"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {view} {font}>'
    yield f"<title>A habit's calendar: {strip.title}</title>"
    yield f"<desc>{' '.join(description(strip))}</desc>"
    yield f'<rect {size} rx="10" fill="#ffffff"/>'
    yield text(20, 32, strip.title, 'font-size="17" font-weight="bold"')

    def centre(day: date) -> tuple[float, float]:
        row, column = divmod((day - FIRST).days, ROW)
        return LEFT + PITCH * (column + 0.5), 44 + row * height + above + 17

    for begins in (FIRST + row * ROW * DAY for row in range(rows)):
        ends, y = begins + (ROW - 1) * DAY, centre(begins)[1]
        label = 'fill="#595959" text-anchor="end"'
        for what, lower in lines.items():
            yield text(LEFT - 12, y + lower, what, label)
        for first, last, what in strip.spans:
            if first <= ends and last >= begins:
                left, right = centre(max(first, begins))[0] - 19, centre(min(last, ends))[0] + 19
                bracket = f"M{left:g} {y - 46:g} v-7 H{right:g} v7"
                yield f'<path d="{bracket}" fill="none" stroke="#595959" stroke-width="2"/>'
                yield text(left, y - 60, what)
    for shown in strip.days:
        x, y = centre(shown.day)
        name = f"{'MTWTFSS'[shown.day.weekday()]} {shown.day.day}"
        today = shown.day == strip.today
        yield pill(x, y - 28, name) if today else text(x, y - 28, name, MIDDLE)
        yield cell(x, y, shown.status)
        if strip.is_measured and shown.amount is not None:
            yield text(x, y + lines["amount"], shown.amount, MIDDLE)
        if shown.day in strip.strengths:
            percent = round(100 * strip.strengths[shown.day])
            yield text(x, y + lines["strength"], percent, MIDDLE)
    for period, streak in strip.streaks.items():
        (left, y), (right, _) = centre(period.start), centre(period.end)
        middle = (left + right) / 2
        if period.length > 1:
            yield outline(left - 20.5, y - 20.5, right - left + 41, 41, partial=period.partial)
            yield text(middle, y + lines["reached"], strip.progress(period), MIDDLE)
        yield text(middle, y + below, streak, f'font-size="16" font-weight="bold" {MIDDLE}')
    yield from legend(strip, bottom - 28)
    yield "</svg>"


def pictures() -> dict[str, str]:
    """Every strip, by the name of its file."""
    return {
        f"{name}.svg": "\n".join((*draw(in_new_database(partial(live, story=story))), ""))
        for name, story in STORIES.items()
    }


def in_new_database(call: Callable[[Session], ResultT]) -> ResultT:
    """Call a function with a session on a new database in memory."""
    database = Database("sqlite://")
    database.init()
    with database.session() as session:
        result = call(session)
    database.dispose()
    return result


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for file, svg in pictures().items():
        (IMAGES / file).write_text(svg, encoding="utf-8")
