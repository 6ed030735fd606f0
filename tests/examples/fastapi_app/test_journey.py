"""What users do with the example, as requests over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from time import sleep

import httpx2
import pytest

from tests.examples.fastapi_app.support import sign_up


@pytest.fixture
def ada(client: httpx2.Client) -> httpx2.Client:
    """A signed-in client, in the middle of the user's day: it does not end during the test."""
    now = datetime.now(UTC)
    began = (now.hour * 60 + now.minute + 720) % 1440
    client.headers.update(sign_up(client, "ada@example.com", day_starts_at=began))
    return client


def created(response: httpx2.Response) -> int:
    assert response.status_code == 201, response.text
    row_id: int = response.json()["id"]
    return row_id


def today(client: httpx2.Client) -> date:
    return date.fromisoformat(client.get("/users/me/today").json())


def test_a_user_signs_up_looks_at_themselves_changes_and_leaves(client: httpx2.Client) -> None:
    header = sign_up(client, "Ada@Example.com", week_starts_on=7)
    me = client.get("/users/me", headers=header).json()
    assert (me["email"], me["week_starts_on"]) == ("ada@example.com", 7)
    assert "hashed_password" not in me

    changed = client.patch("/users/me", headers=header, json={"time_zone": "Asia/Tokyo"}).json()
    assert changed.pop("updated_at") > me.pop("updated_at")
    assert changed == me | {"time_zone": "Asia/Tokyo"}

    assert client.delete("/users/me", headers=header).status_code == 204
    assert client.get("/users/me", headers=header).status_code == 401


def test_a_habit_is_done_for_three_days_and_its_streak_grows(ada: httpx2.Client) -> None:
    start = today(ada) - timedelta(days=2)
    habit = {"name": "Run", "frequency": "daily", "starts_on": start.isoformat()}
    url = f"/habits/{created(ada.post('/habits', json=habit))}"
    for age, streak in ((2, 0), (1, 2), (0, 3)):  # as seen today, so yesterday is a gap at first
        day = (today(ada) - timedelta(days=age)).isoformat()
        done = ada.post(f"{url}/check-ins", json={"on": day}).json()
        assert (done["created"], done["current_streak"]) == (True, streak)
    again = ada.post(f"{url}/check-ins", json={}).json()
    assert (again["created"], again["current_streak"]) == (False, 3)

    assert ada.get(f"{url}/streak").json()["current"] == 3
    days = {"start": start.isoformat(), "end": today(ada).isoformat()}
    assert ada.get(f"{url}/completion-rate", params=days).json() == 1.0
    strengths = ada.get(f"{url}/strength/by-day", params=days).json()
    assert [each["day"] for each in strengths][-1] == days["end"]
    assert ada.get(f"{url}/strength").json() == strengths[-1]["strength"] > 0.1
    weekdays = ada.get(f"{url}/done-by-weekday", params=days).json()
    assert [each["weekday"] for each in weekdays] == [1, 2, 3, 4, 5, 6, 7]
    assert sum(each["done"] for each in weekdays) == 3
    of_all = ada.get("/habits/done-by-day", params=days).json()
    assert [(day["done"], day["due"]) for day in of_all] == [(1, 1)] * 3
    assert ada.get("/habits/any-streak").json()["current"] == 3
    history = ada.get(f"{url}/history", params=days).json()
    assert [day["status"] for day in history] == ["done"] * 3
    assert ada.get("/due-habits").json() == []
    (best,) = ada.get(f"{url}/best-streaks").json()
    assert (best["length"], best["start"]) == (3, start.isoformat())

    undone = ada.delete(f"{url}/check-ins").json()
    assert undone == {"removed": True, "current_streak": 2, "longest_streak": 2}
    assert [habit["name"] for habit in ada.get("/due-habits").json()] == ["Run"]
    skipped = ada.post(f"{url}/check-ins", json={"status": "skipped"}).json()
    assert skipped["check_in"]["status"] == "skipped"


def test_a_habit_is_paused_rescheduled_and_archived(ada: httpx2.Client) -> None:
    habit = created(ada.post("/habits", json={"name": "Run", "frequency": "daily"}))
    url = f"/habits/{habit}"
    for path in (url, "/users/me"):  # the habit, and all habits
        assert ada.post(f"{path}/pause", json={"reason": "ill"}).status_code == 200
        assert ada.get("/due-habits").json() == []
        (pause,) = ada.get(f"{path}/pauses").json()
        assert (pause["starts_on"], pause["ends_on"]) == (today(ada).isoformat(), None)
        assert pause["reason"] == "ill"
        assert ada.post(f"{path}/resume").status_code == 200
        assert ada.get(f"{path}/pauses").json() == []
        assert len(ada.get("/due-habits").json()) == 1

    weekly = {"frequency": "weekly", "target": 3}
    assert ada.post(f"{url}/schedules", json=weekly).json()["frequency"] == "weekly"
    assert ada.get(f"{url}/schedules").json()[-1]["target"] == 3

    assert ada.post(f"{url}/archive").json()["archived_on"] == today(ada).isoformat()
    assert ada.get("/habits", params={"archived": "no"}).json()["items"] == []
    assert ada.post(f"{url}/unarchive").json()["archived_on"] is None


def test_a_habit_is_measured_and_its_amounts_are_added_up(ada: httpx2.Client) -> None:
    measured = {
        "name": "Run",
        "frequency": "weekly",
        "target": 2,
        "unit": "km",
        "counts": "days",
        "day_minimum": 2.5,
        "allowed_misses": 1,
    }
    url = f"/habits/{created(ada.post('/habits', json=measured))}"
    habit = ada.get(url).json()
    assert measured.items() <= habit.items()
    day = today(ada)
    for age, amount in ((1, 0.1), (0, 0.2), (0, 5)):
        on = (day - timedelta(days=age)).isoformat()
        done = ada.post(f"{url}/check-ins", json={"on": on, "amount": amount}, params={"add": True})
        assert done.status_code == 200
    days = {"start": (day - timedelta(days=2)).isoformat(), "end": day.isoformat()}
    yesterday, now = ada.get(f"{url}/amounts/day", params=days).json()
    assert (yesterday["amount"], now["amount"]) == (0.1, 5.2)
    assert len(ada.get(f"{url}/amounts/day", params=days | {"fill": "true"}).json()) == 3
    for unit in ("week", "month", "year"):
        sums = ada.get(f"{url}/amounts/{unit}", params=days).json()
        assert sum(bucket["amount"] for bucket in sums) == pytest.approx(5.3)
        assert sum(bucket["days"] for bucket in sums) == 2
    assert ada.get(f"{url}/amounts/hour", params=days).status_code == 422


def test_the_timer_is_stopped_and_what_it_measured_is_in_the_totals(ada: httpx2.Client) -> None:
    topic = created(ada.post("/topics", json={"name": "SQL"}))
    assert ada.get("/timer").json() is None
    ended = datetime.now(UTC)
    assert ada.post("/timer/start", json={"topic_id": topic}).status_code == 201
    assert ada.get("/timer").json()["topic_id"] == topic
    while (stopped := ada.post("/timer/stop")).status_code == 409:  # within the same second
        assert ada.get("/timer").json()["topic_id"] == topic
        sleep(0.1)
    assert stopped.status_code == 200
    assert ada.delete("/timer").status_code == 409

    timed = {
        "topic_id": topic,
        "started_at": (ended - timedelta(minutes=25)).isoformat(),
        "ended_at": ended.isoformat(),
    }
    parts = ada.post("/timed-sessions", json=timed)
    assert parts.status_code == 201
    assert ada.post("/timed-sessions", json=timed).status_code == 409  # it overlaps itself
    logged = {"topic_id": topic, "duration_minutes": 50}
    created(ada.post("/study-sessions", json=logged))

    days = {"start": (today(ada) - timedelta(days=1)).isoformat(), "end": today(ada).isoformat()}
    stored = [*stopped.json(), *parts.json()]
    seconds = sum(part["duration_seconds"] for part in stored) + 50 * 60
    total = ada.get("/study/total", params=days).json()
    assert (total["seconds"], total["sessions"]) == (seconds, len(stored) + 1)
    by_topic = ada.get("/study/totals/topic", params=days).json()
    time = {"minutes": seconds // 60, "seconds": seconds, "sessions": len(stored) + 1}
    assert by_topic == [{"topic_id": topic, "name": "SQL", **time}]
    by_day = ada.get("/study/totals/day", params=days).json()
    assert sum(bucket["seconds"] for bucket in by_day) == seconds


def test_two_days_of_study_are_corrected_and_make_streaks(ada: httpx2.Client) -> None:
    topic = created(ada.post("/topics", json={"name": "SQL"}))
    renamed = ada.patch(f"/topics/{topic}", json={"name": "Databases"})
    assert (renamed.json()["id"], renamed.json()["name"]) == (topic, "Databases")
    yesterday = (today(ada) - timedelta(days=1)).isoformat()
    assert ada.post("/goals", json={"minutes": 30}, params={"effective_from": yesterday}).is_success
    logged = {"topic_id": topic, "study_date": yesterday, "duration_minutes": 40}
    created(ada.post("/study-sessions", json=logged))
    short = {"topic_id": topic, "duration_minutes": 5}
    session = created(ada.post("/study-sessions", json=short))
    assert ada.get("/goals/streak").json()["current"] == 1

    url = f"/study-sessions/{session}"
    assert ada.patch(url, json={"duration_minutes": 35}).json()["duration_minutes"] == 35
    (part,) = ada.get(f"{url}/parts").json()
    assert (part["id"], part["duration_minutes"]) == (session, 35)
    assert ada.get("/goals/streak").json()["current"] == 2

    last_two = ada.get("/study/rolling", params={"n_days": 2}).json()
    assert (last_two["minutes"], last_two["sessions"]) == (75, 2)
    assert ada.get("/study/rolling", params={"n_days": 1}).json()["minutes"] == 35
    assert ada.get("/study/streak").json()["current"] == 2
    more = ada.get("/study/streak", params={"threshold_minutes": 40, "topic_id": topic}).json()
    assert (more["current"], more["longest"]) == (1, 1)


def test_the_timer_goes_from_one_topic_to_the_next(ada: httpx2.Client) -> None:
    sql, music = (created(ada.post("/topics", json={"name": name})) for name in ("SQL", "Music"))
    assert ada.post("/timer/start", json={"topic_id": sql}).status_code == 201
    assert ada.post("/timer/start", json={"topic_id": music}).status_code == 409
    both = {"switch": True, "discard": True}  # it has not run for a minute
    switched = ada.post("/timer/start", json={"topic_id": music}, params=both)
    assert (switched.status_code, switched.json()["topic_id"]) == (201, music)
    assert ada.get("/timer").json() == switched.json()
    assert ada.delete("/timer").status_code == 204
    assert ada.get("/timer").json() is None


def test_the_overview_shows_the_day(ada: httpx2.Client) -> None:
    created(ada.post("/habits", json={"name": "Run", "frequency": "daily"}))
    day = today(ada)
    created(ada.post("/tasks", json={"title": "Today", "due_date": day.isoformat()}))
    yesterday = (day - timedelta(days=1)).isoformat()
    created(ada.post("/tasks", json={"title": "Late", "due_date": yesterday}))
    topic = created(ada.post("/topics", json={"name": "SQL"}))
    created(ada.post("/study-sessions", json={"topic_id": topic, "duration_minutes": 20}))
    assert ada.post("/goals", json={"minutes": 30}).json()["minutes"] == 30
    assert ada.get("/goals/progress").json()["remaining"] == 10

    overview = ada.get("/overview").json()
    assert [habit["name"] for habit in overview["habits"]] == ["Run"]
    assert [task["title"] for task in overview["due_today"]] == ["Today"]
    assert [task["title"] for task in overview["overdue"]] == ["Late"]
    assert (overview["minutes_today"], overview["goal_today"]) == (20, 30)


def test_the_apps_own_data_goes_along_with_a_row(ada: httpx2.Client) -> None:
    look = {"colour": "red", "stars": [1, 2.5, None, True]}
    task = ada.post("/tasks", json={"title": "Paint", "extra": look}).json()
    assert task["extra"] == look
    many = [{"title": "Sand", "extra": {"colour": "blue"}}, {"title": "Oil"}]
    ada.post("/tasks/import", json=many)
    url = f"/tasks/{task['id']}"
    assert ada.patch(url, json={"extra": {"stars": 3}}).json()["extra"] == {"stars": 3}
    assert ada.patch(url, json={"title": "Paint it"}).json()["extra"] == {"stars": 3}
    items = ada.get("/tasks").json()["items"]
    assert [item["extra"] for item in items] == [{"stars": 3}, {"colour": "blue"}, {}]


def test_a_page_leads_to_the_next_until_there_is_none(ada: httpx2.Client) -> None:
    for number in range(5):
        created(ada.post("/tasks", json={"title": f"Task {number}"}))
    titles: list[str] = []
    sizes: list[int] = []
    query: dict[str, str | int | bool] = {"completed": False, "limit": 2}
    while True:
        page = ada.get("/tasks", params=query).json()
        titles += [task["title"] for task in page["items"]]
        sizes.append(len(page["items"]))
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert titles == [f"Task {number}" for number in range(5)]
    assert sizes == [2, 2, 1]
    query["completed"] = True
    assert ada.get("/tasks", params=query).status_code == 422  # a cursor of another query


def test_a_list_by_due_date_comes_with_its_total(ada: httpx2.Client) -> None:
    day = today(ada)
    for days in (3, None, 1, 2):
        due = None if days is None else (day + timedelta(days=days)).isoformat()
        created(ada.post("/tasks", json={"title": f"In {days} days", "due_date": due}))
    open_tasks: dict[str, str | int | bool] = {"completed": False, "order_by": "due", "limit": 3}
    page = ada.get("/tasks", params=open_tasks).json()
    rest = ada.get("/tasks", params=open_tasks | {"after": page["next"]}).json()
    titles = [task["title"] for task in page["items"] + rest["items"]]
    assert titles == [f"In {days} days" for days in (1, 2, 3, None)]
    assert ada.get("/tasks/count", params={"completed": False}).json() == len(titles)
    soon = {"due_end": (day + timedelta(days=2)).isoformat()}
    assert ada.get("/tasks/count", params=soon).json() == 2
    for path in ("/categories", "/habits", "/topics", "/study-sessions"):
        assert ada.get(f"{path}/count").json() == len(ada.get(path).json()["items"])


def test_a_patch_changes_what_it_gives_and_null_clears(ada: httpx2.Client) -> None:
    category = created(ada.post("/categories", json={"name": "Work"}))
    task = {"title": "Report", "description": "Two pages", "category_id": category}
    url = f"/tasks/{created(ada.post('/tasks', json=task))}"
    before = ada.get(url).json()
    patched = ada.patch(url, json={"title": "The report"}).json()
    assert patched.pop("updated_at") > before.pop("updated_at")
    assert patched == before | {"title": "The report"}
    assert ada.patch(url, json={"description": None}).json()["description"] is None
    assert ada.patch(url, json={}).json()["category_id"] == category
    assert ada.patch(url, json={"title": None}).status_code == 422

    assert ada.post(f"{url}/complete").json()["completed"] is True
    assert ada.post(f"{url}/reopen").json()["completed_at"] is None
    assert ada.patch(url, json={"completed": True}).json()["completed_at"] is not None
    assert ada.patch(url, json={"completed": False}).json()["completed_at"] is None
    assert ada.delete(f"/categories/{category}").status_code == 204
    assert ada.get(url).json()["category_id"] is None


def test_tasks_are_put_in_order_completed_counted_and_archived(ada: httpx2.Client) -> None:
    first, second, third = (
        f"/tasks/{created(ada.post('/tasks', json={'title': title}))}" for title in "abc"
    )
    ids = [int(url.rpartition("/")[2]) for url in (first, second, third)]
    moved = ada.post(f"{third}/move", json={"before": ids[1]}).json()
    places = [ada.get(url).json()["position"] for url in (first, second)]
    assert places[0] < moved["position"] < places[1]
    assert ada.post(f"{third}/move", json={}).status_code == 422
    assert ada.post(f"{third}/move", json={"after": ids[0] + 10**6}).status_code == 404

    for url in (first, second):
        assert ada.post(f"{url}/complete").json()["completed_on"] == today(ada).isoformat()
    days = {"start": today(ada).isoformat(), "end": today(ada).isoformat()}
    for unit in ("day", "week", "month", "year"):
        (total,) = ada.get(f"/tasks/completed/{unit}", params=days).json()
        assert total["completed"] == 2

    assert ada.post(f"{first}/archive").json()["archived_at"] is not None
    assert ada.post("/tasks/archive-completed", params={"before": days["start"]}).json() == 0
    assert ada.post("/tasks/archive-completed").json() == 1
    assert ada.post(f"{first}/unarchive").json()["archived_at"] is None

    topic = f"/topics/{created(ada.post('/topics', json={'name': 'SQL'}))}"
    assert ada.post(f"{topic}/archive").json()["archived_at"] is not None
    assert ada.post(f"{topic}/unarchive").json()["archived_at"] is None


@pytest.mark.parametrize(
    ("url", "new"),
    [
        ("/tasks", {"title": "{}"}),
        ("/habits", {"name": "{}", "frequency": "daily"}),
        ("/topics", {"name": "{}"}),
    ],
)
def test_archived_rows_are_listed_alone_or_with_the_others(
    ada: httpx2.Client, url: str, new: dict[str, str]
) -> None:
    kept, archived = (
        created(ada.post(url, json={key: text.format(name) for key, text in new.items()}))
        for name in "ab"
    )
    assert ada.post(f"{url}/{archived}/archive").status_code == 200
    assert listed(ada, url, {}) == listed(ada, url, {"archived": "no"}) == [kept]
    assert listed(ada, url, {"archived": "only"}) == [archived]
    assert listed(ada, url, {"archived": "all"}) == [kept, archived]
    assert ada.get(url, params={"archived": "true"}).status_code == 422


def listed(ada: httpx2.Client, url: str, params: Mapping[str, object]) -> list[int]:
    """The ids in a list, which are as many as its number says."""
    query = {name: str(value) for name, value in params.items()}
    ids = [item["id"] for item in ada.get(url, params=query).json()["items"]]
    assert ada.get(f"{url}/count", params=query).json() == len(ids)
    return ids


def test_a_task_that_repeats_moves_on_once_however_often_it_is_completed(
    ada: httpx2.Client,
) -> None:
    first, last = today(ada), today(ada) + timedelta(days=2)
    second, third = (first + timedelta(days=days) for days in (1, 2))
    water = {"title": "Water", "recurrence": "freq=daily", "due_date": first.isoformat()}
    url = f"/tasks/{created(ada.post('/tasks', json=water))}"
    assert ada.get(url).json()["recurrence"] == "FREQ=DAILY"
    for _ in range(2):
        seen = {"occurrence_date": first.isoformat()}
        done = ada.post(f"{url}/complete", params=seen).json()
        assert (done["completed"], done["due_date"]) == (False, second.isoformat())
    assert ada.post(f"{url}/skip").json()["due_date"] == third.isoformat()
    wrong = ada.post(f"{url}/skip", params={"occurrence_date": "2020-01-01"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "occurrence_not_open")

    days = {"start": first.isoformat(), "end": last.isoformat()}
    occurrences = ada.get(f"{url}/occurrences", params=days).json()
    assert [each["status"] for each in occurrences] == ["completed", "skipped", "open"]
    agenda = ada.get("/tasks/agenda", params=days).json()
    assert [(item["day"], item["status"]) for item in agenda] == [
        (first.isoformat(), "completed"),
        (third.isoformat(), "open"),
    ]
    assert ada.get("/tasks/agenda", params={**days, "untagged": "false"}).json() == []
    assert ada.post(f"{url}/reopen").json()["due_date"] == second.isoformat()
    assert listed(ada, "/tasks", {"repeats": "true"}) == [int(url.rpartition("/")[2])]

    bad = ada.post("/tasks", json=water | {"recurrence": "FREQ=HOURLY"})
    (error,) = bad.json()["errors"]
    assert (bad.status_code, error["ctx"]["part"]) == (422, "FREQ")


def test_a_task_has_subtasks_a_priority_and_a_start(ada: httpx2.Client) -> None:
    later = (today(ada) + timedelta(days=9)).isoformat()
    move = created(ada.post("/tasks", json={"title": "Move", "priority": 1}))
    for title in ("Pack", "Clean"):
        created(ada.post("/tasks", json={"title": title, "parent_id": move, "estimate_minutes": 5}))
    assert ada.get(f"/tasks/{move}").json()["progress"] == {"completed": 0, "total": 2}
    pack, clean = listed(ada, "/tasks", {"parent_id": move})
    assert ada.post(f"/tasks/{pack}/complete").status_code == 200
    done = ada.post(f"/tasks/{move}/complete", params={"subtasks": True}).json()
    assert done["progress"] == {"completed": 2, "total": 2}
    nested = {"title": "Nested", "parent_id": clean}
    assert ada.post("/tasks", json=nested).json()["code"] == "parent_is_subtask"

    taxes = {"title": "Taxes", "due_date": later, "starts_on": later}
    hidden = created(ada.post("/tasks", json=taxes))
    assert listed(ada, "/tasks", {"due": "upcoming"}) == []
    assert listed(ada, "/tasks", {"due": "upcoming", "started": "all"}) == [hidden]
    assert listed(ada, "/tasks", {"started": "no"}) == [hidden]
    assert listed(ada, "/tasks", {"completed": "false", "started": "yes"}) == []
    assert listed(ada, "/tasks", {"has_start": "true"}) == [hidden]
    assert listed(ada, "/tasks", {"priority_end": 3}) == [move]
    assert listed(ada, "/tasks", {"estimate_start": 5, "has_parent": "true"}) == [pack, clean]
    in_order = ada.get("/tasks", params={"order_by": "priority", "limit": 1}).json()["items"]
    assert [task["id"] for task in in_order] == [move]


def test_tags_are_given_renamed_merged_and_counted(ada: httpx2.Client) -> None:
    home = created(ada.post("/tags", json={"name": "home", "extra": {"colour": "red"}}))
    assert ada.put("/tags", json={"name": "HOME"}).json()["id"] == home
    task = created(ada.post("/tasks", json={"title": "Mow", "tags": [home, "Garden"]}))
    assert ada.get(f"/tasks/{task}").json()["tags"] == ["Garden", "home"]
    run = {"name": "Rake", "frequency": "daily", "tags": ["garden"]}
    created(ada.post("/habits", json=run))
    created(ada.post("/tasks", json={"title": "Read"}))
    for url in ("/tasks", "/habits"):
        assert len(listed(ada, url, {"tags_any": "GARDEN"})) == 1
    assert listed(ada, "/tasks", {"tags_all": "home"}) == [task]
    assert listed(ada, "/tasks", {"untagged": "false"}) == [task]

    by_use = ada.get("/tags", params={"order_by": "-used"}).json()["items"]
    assert [(tag["name"], tag["task_count"], tag["habit_count"]) for tag in by_use] == [
        ("Garden", 1, 1),
        ("home", 1, 0),
    ]
    assert ada.get("/tags/count").json() == 2
    assert listed(ada, "/tags", {"text": "GARD"}) == [by_use[0]["id"]]
    assert ada.get("/tags/count", params={"text": "o"}).json() == 1
    renamed = ada.post(f"/tags/{home}/rename", json={"name": "house"})
    assert renamed.json()["name"] == "house"
    assert ada.post(f"/tags/{home}/rename", json={"name": "garden"}).status_code == 409
    assert ada.patch(f"/tags/{home}", json={"extra": {}}).json()["extra"] == {}
    merged = ada.post(f"/tags/{home}/merge", json={"into_id": by_use[0]["id"]}).json()
    assert (merged["name"], merged["task_count"]) == ("Garden", 1)
    assert ada.get(f"/tags/{home}").status_code == 404
    assert ada.patch(f"/tasks/{task}", json={"tags": []}).json()["tags"] == []
    assert ada.delete(f"/tags/{merged['id']}").status_code == 204


def test_habits_are_put_in_order(ada: httpx2.Client) -> None:
    run, read = (
        created(ada.post("/habits", json={"name": name, "frequency": "daily"}))
        for name in ("Run", "Read")
    )
    moved = ada.post(f"/habits/{read}/move", json={"before": run}).json()
    assert moved["position"] < ada.get(f"/habits/{run}").json()["position"]


def test_rows_that_are_imported_twice_are_stored_once(ada: httpx2.Client) -> None:
    topic = ada.put("/topics", json={"name": "SQL"}).json()["id"]
    assert ada.put("/topics", json={"name": "sql"}).json()["id"] == topic
    items = [
        {"topic_id": topic, "duration_minutes": 30, "external_id": "a"},
        {
            "topic_id": topic,
            "started_at": "2026-02-01T10:00:00+01:00",
            "ended_at": "2026-02-01T11:00:00+01:00",
            "external_id": "b",
        },
    ]
    assert ada.post("/session-imports", json=items).json() == {
        "created": 2,
        "found": 0,
        "skipped": 0,
    }
    assert ada.post("/session-imports", json=items).json() == {
        "created": 0,
        "found": 2,
        "skipped": 0,
    }
    cards = [{"title": "Mow", "external_id": "a", "created_at": "2026-02-01T10:00:00Z"}]
    assert ada.post("/tasks/import", json=cards).json() == {"created": 1, "found": 0, "skipped": 0}
    assert ada.post("/tasks/import", json=cards).json() == {"created": 0, "found": 1, "skipped": 0}
    (task,) = ada.get("/tasks", params={"text": "MOW"}).json()["items"]
    assert task["created_at"] == "2026-02-01T10:00:00Z"
    habit = created(ada.post("/habits", json={"name": "Run", "frequency": "daily"}))
    days = [{"on": "2026-02-01"}, {"on": "2026-02-02", "amount": 2}]
    done = ada.post(f"/habits/{habit}/check-ins/import", json=days).json()
    assert (done["created"], done["longest_streak"]) == (2, 2)


def test_an_administrator_sees_all_users_and_nobody_else_does(ada: httpx2.Client) -> None:
    sign_up(ada, "grace@example.com")
    assert ada.get("/admin/users").status_code == 401
    assert ada.get("/admin/users", headers={"X-Role": "user"}).status_code == 403
    ada.headers["X-Role"] = "admin"
    emails = [user["email"] for user in ada.get("/admin/users").json()["items"]]
    assert emails == ["ada@example.com", "grace@example.com"]
    query = {"email": "GRACE@example.com"}
    assert ada.get("/admin/users/by-email", params=query).json()["email"] == "grace@example.com"
    assert ada.post("/admin/rebuild-streaks").json()["corrected"] == 0
