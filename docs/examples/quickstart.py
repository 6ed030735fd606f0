"""The first program to run: it makes some history, and prints streaks, due tasks and totals.

    python quickstart.py                                             # in the file trackercore.db
    DATABASE_URL=postgresql://localhost/tracker python quickstart.py

A second run adds only the rows that are not there yet.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy.orm import Session

from trackercore import (
    CategoryCreate,
    Habit,
    HabitCreate,
    StudySessionCreate,
    Task,
    TaskCreate,
    Total,
    User,
    UserCreate,
    categories,
    get_session,
    habits,
    init_db,
    study_sessions,
    tasks,
    topics,
    users,
)

EMAIL = "quickstart@example.com"


def main() -> None:
    database = init_db()
    with get_session() as session:
        user = find_or_create_user(session)
        today = users.today(session, user.id)
        check_in_habits(session, user, today)
        plan_tasks(session, user, today)
        log_study(session, user, today)

    with get_session(read_only=True) as session:
        print(f"{database.engine.url.get_backend_name()}: {EMAIL} on {today:%A, %d %B %Y}\n")
        print_streaks(session, user)
        print_due(session, user)
        print_weeks(session, user, today)
    database.dispose()


def find_or_create_user(session: Session) -> User:
    user = users.find_by_email(session, EMAIL)
    if user is None:
        user = users.create(session, UserCreate(email=EMAIL, time_zone="Europe/London"))
        categories.create(session, user.id, CategoryCreate(name="Home"))
    return user


def check_in_habits(session: Session, user: User, today: date) -> None:
    run = find_or_create_habit(session, user, HabitCreate(name="Run", frequency="daily"))
    swim = find_or_create_habit(
        session, user, HabitCreate(name="Swim", frequency="weekly", target=2)
    )
    for days_ago in range(1, 10):
        day = today - timedelta(days=days_ago)
        if days_ago == 4:  # a skipped day neither breaks the streak nor adds to it
            if not habits.check_ins(session, user.id, run.id, start=day, end=day):
                habits.skip(session, user.id, run.id, on=day, note="sore knee")
        else:
            habits.check_in(session, user.id, run.id, on=day)
    for days_ago in (7, 8, 14, 15, 21, 22):
        habits.check_in(session, user.id, swim.id, on=today - timedelta(days=days_ago))


def find_or_create_habit(session: Session, user: User, data: HabitCreate) -> Habit:
    # external_id is the habit's key in another system: here, this script.
    data = data.model_copy(update={"external_id": f"quickstart-{data.name}"})
    existing = habits.find(session, user.id, external_id=data.external_id).items
    return existing[0] if existing else habits.create(session, user.id, data)


def plan_tasks(session: Session, user: User, today: date) -> None:
    (home, *_) = categories.find(session, user.id).items
    planned = {
        "Water the plants": today - timedelta(days=1),
        "Buy coffee": today,
        "Book the train": today + timedelta(days=3),
    }
    for title, due_date in planned.items():
        if not tasks.find(session, user.id, text=title).items:
            data = TaskCreate(title=title, due_date=due_date, category_id=home.id)
            tasks.create(session, user.id, data)


def log_study(session: Session, user: User, today: date) -> None:
    study_sessions.create_many(session, user.id, study_plan(session, user, today))


def study_plan(session: Session, user: User, today: date) -> Iterator[StudySessionCreate]:
    sql = topics.get_or_create(session, user.id, "SQL")
    piano = topics.get_or_create(session, user.id, "Piano")
    for days_ago in range(1, 22):
        day = today - timedelta(days=days_ago)
        topic = piano if day.isoweekday() in (3, 6) else sql
        if day.isoweekday() != 7:
            yield StudySessionCreate(
                topic_id=topic.id,
                study_date=day,
                duration_minutes=20 + 5 * day.isoweekday(),
                external_id=f"quickstart-{day}",  # so a second run does not log it again
            )


def print_streaks(session: Session, user: User) -> None:
    print("Habit   every   current  longest  stands through")
    for habit in habits.find(session, user.id):
        streak = habits.streak(session, user.id, habit.id)
        unit = "day" if habit.frequency == "daily" else "week"
        print(
            f"{habit.name:<7} {unit:<7} {streak.current:>7}  {streak.longest:>7}"
            f"  {streak.alive_through or '-'}"
        )


def print_due(session: Session, user: User) -> None:
    print("\nDue")
    for item in habits.due(session, user.id):
        print(f"  {item.name}: {item.progress} of {item.target} by {item.period_end:%A}")
    late: list[Task] = tasks.find(session, user.id, due="overdue").items
    now: list[Task] = tasks.find(session, user.id, due="today").items
    for task in [*late, *now]:
        print(f"  {task.title} ({'overdue' if task in late else 'today'})")


def print_weeks(session: Session, user: User, today: date) -> None:
    start = today - timedelta(weeks=3)
    weeks = study_sessions.totals_by_week(session, user.id, start, today, fill=True)
    print("\nWeek of     sessions  minutes")
    for week in weeks:
        print(f"{week.start}  {week.sessions:>8}  {week.minutes:>7}  {bar(week)}")
    for topic in study_sessions.totals_by_topic(session, user.id, start, today):
        print(f"{topic.name:<10}  {topic.sessions:>8}  {topic.minutes:>7}")


def bar(total: Total) -> str:
    return "#" * (total.minutes // 10)


if __name__ == "__main__":
    main()
