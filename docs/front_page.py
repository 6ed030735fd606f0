"""Draw the picture of the front page: python docs/front_page.py

A habit's strip, as in explanation/streaks.md, and the study of the weeks before, by topic.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session
from strips import FIRST, IMAGES, STORIES, WIDTH, draw, in_new_database, live, text

from trackercore import (
    StudySessionCreate,
    Total,
    UserCreate,
    study_sessions,
    topics,
    users,
)

PICTURE = IMAGES / "front-page.svg"
NOW = datetime(2026, 5, 17, 21, tzinfo=UTC)  # the last day of the strip
START = FIRST - timedelta(weeks=4)
COLOURS = {"SQL": "#0072b2", "Piano": "#e69f00"}
PLAN = {"SQL": (50, 0, 45, 0, 40, 0, 0), "Piano": (0, 20, 0, 0, 0, 30, 25)}  # from Monday on
TOP, LINE, LEFT, SCALE = 236, 26, 96, 1.55


def study(session: Session) -> dict[str, list[Total]]:
    """Each topic's totals of six weeks, which grow from week to week."""
    owner = users.create(session, UserCreate(email="ada@example.com")).id
    weeks: dict[str, list[Total]] = {}
    for name, minutes in PLAN.items():
        topic = topics.get_or_create(session, owner, name).id
        for number in range(6 * 7):
            length = minutes[number % 7] and minutes[number % 7] + 5 * (number // 7)
            if length:
                day = START + timedelta(days=number)
                new = StudySessionCreate(topic_id=topic, duration_minutes=length, study_date=day)
                study_sessions.create(session, owner, new, now=NOW)
        totals = study_sessions.totals_by_week(
            session, owner, START, NOW.date(), topic_id=topic, fill=True
        )
        weeks[name] = totals
    return weeks


def bars(weeks: dict[str, list[Total]]) -> Iterator[str]:
    """A line for every week, the topics one after the other."""
    yield text(20, TOP - 16, "Minutes of study, week by week", 'font-size="17" font-weight="bold"')
    x = WIDTH - 20.0
    for name, colour in COLOURS.items():
        x -= 30 + 7 * len(name)
        yield f'<rect x="{x:g}" y="{TOP - 27}" width="12" height="12" rx="3" fill="{colour}"/>'
        yield text(x + 18, TOP - 16, name)
    for number, of_topics in enumerate(zip(*weeks.values(), strict=True)):
        x, y = float(LEFT), TOP + LINE * number
        week = f"{of_topics[0].start.day} {of_topics[0].start:%b}"
        yield text(LEFT - 12, y + 15, week, 'fill="#595959" text-anchor="end"')
        for name, total in zip(weeks, of_topics, strict=True):
            long = SCALE * total.minutes
            box = f'x="{x:g}" y="{y}" width="{long:g}" height="20" rx="3"'
            yield f'<rect {box} fill="{COLOURS[name]}"/>'
            x += long + 2
        minutes = sum(total.seconds for total in of_topics) // 60
        yield text(x + 8, y + 15, minutes, 'font-weight="bold"')


def description(weeks: dict[str, list[Total]]) -> Iterator[str]:
    """The bars in words, for screen readers."""
    for of_topics in zip(*weeks.values(), strict=True):
        day: date = of_topics[0].start
        minutes = ", ".join(
            f"{name} {total.minutes}" for name, total in zip(weeks, of_topics, strict=True)
        )
        yield f"Week of {day:%d %B}: minutes of {minutes}."


def picture() -> str:
    """The picture as SVG."""
    weeks = in_new_database(study)
    strip = draw(in_new_database(lambda session: live(session, STORIES["daily"])))
    bottom = TOP + 6 * LINE + 12
    size = f'width="{WIDTH}" height="{bottom}"'
    view = f'{size} viewBox="0 0 {WIDTH} {bottom}" role="img"'
    font = 'font-family="sans-serif" font-size="13" fill="#1a1a1a"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {view} {font}>'
    title = "<title>A habit with its streak, and weeks of study</title>"
    described = f"<desc>{' '.join(description(weeks))}</desc>"
    panel = f'<rect {size} rx="10" fill="#ffffff"/>'
    return "\n".join((opening, title, described, panel, *strip, *bars(weeks), "</svg>", ""))


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
