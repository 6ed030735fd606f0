"""Lists by tag read little, whether few rows have the tag or most of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tests.services.measures import analyze, effort
from trackercore import Tag, Task, TaskTag, UserCreate, tasks, users

NUMBER = 2_000
RARE = 5


def fill(session: Session) -> int:
    """A user with tasks, nine tenths of which have one tag, five another, and each one of forty."""
    owner = users.create(session, UserCreate(email="ada@example.com")).id
    names = [{"user_id": owner, "name": name} for name in ("common", "rare", *map(str, range(40)))]
    session.execute(insert(Tag), names)
    new = [{"user_id": owner, "title": f"task {n}", "description_key": None} for n in range(NUMBER)]
    session.execute(insert(Task), new)
    rows, (common, rare, *others) = (
        session.scalars(select(model.id).where(model.user_id == owner).order_by(model.id)).all()
        for model in (Task, Tag)
    )
    pairs = [(row, common) for n, row in enumerate(rows) if n % 10]
    pairs += [(row, others[n % 40]) for n, row in enumerate(rows)]
    pairs += [(row, rare) for row in rows[7 :: NUMBER // RARE]]
    links = [{"user_id": owner, "task_id": row, "tag_id": tag} for row, tag in pairs]
    session.execute(insert(TaskTag), links)
    analyze(session)
    return owner


def test_a_list_by_tag_costs_a_few_looks_at_each_row_that_has_it(session: Session) -> None:
    """On SQLite a look is some instructions; a row with all that is read with it takes 100."""
    owner = fill(session)

    def cost(**filters: Any) -> int:
        options: Any = {"completed": False, "order_by": "-position", "limit": 10, **filters}
        return effort(session, tasks.find, session, owner, **options)

    assert cost(tags_all=["rare"]) <= 2 * NUMBER
    assert cost(tags_any=["rare", "nowhere"]) <= 10 * NUMBER
    assert cost(tags_all=["nowhere"]) <= 10 * NUMBER
    filters: Mapping[str, Any]
    for filters in ({"tags_all": ["common"]}, {"tags_any": ["rare", "common"]}):
        assert cost(**filters) <= 30 * NUMBER
    assert cost(untagged=False) <= NUMBER
    assert cost(text="rare") <= 30 * NUMBER


def test_a_list_that_is_sorted_looks_for_the_tags_of_its_page_alone(session: Session) -> None:
    owner = fill(session)
    for order in ("starts", "-starts", "estimate", "-estimate"):
        cost = effort(session, tasks.find, session, owner, order_by=order, limit=10)
        assert cost <= 40 * NUMBER
