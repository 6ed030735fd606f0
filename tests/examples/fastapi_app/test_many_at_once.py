"""Many requests at the same time: none is lost, and no deadlock occurs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2


def test_twenty_check_ins_at_once_are_one_row(ada: httpx2.Client, habit: str) -> None:
    def check_in(_: int) -> httpx2.Response:
        return ada.post(f"{habit}/check-ins", json={"amount": 8})

    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(check_in, range(20)))
    assert [response.status_code for response in responses] == [200] * 20
    assert sum(response.json()["created"] for response in responses) == 1
    (day,) = ada.get(f"{habit}/check-ins").json()
    assert (day["amount"], ada.get(f"{habit}/streak").json()["current"]) == (8, 1)


def test_more_writers_than_the_server_has_threads_all_get_their_turn(
    ada: httpx2.Client, habit: str
) -> None:
    def drink(_: int) -> int:
        return ada.post(f"{habit}/check-ins", params={"add": True}, json={}).status_code

    # If they deadlocked, the client would give up after 60 seconds, or the database after 30.
    with ThreadPoolExecutor(100) as pool:
        statuses = list(pool.map(drink, range(100)))
    assert statuses == [200] * 100
    (day,) = ada.get(f"{habit}/check-ins").json()
    assert day["amount"] == 100
