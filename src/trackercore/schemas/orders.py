"""The values of `order_by`. A minus in front reverses an order."""

from __future__ import annotations

from typing import Literal

UserOrder = Literal["id", "-id", "email", "-email", "created", "-created"]
"""How `users.find` sorts."""

CategoryOrder = Literal["id", "-id", "name", "-name", "created", "-created"]
"""How `categories.find` sorts."""

TagOrder = Literal["id", "-id", "name", "-name", "created", "-created", "used", "-used"]
"""How `tags.find` sorts."""

TopicOrder = Literal["id", "-id", "name", "-name", "created", "-created"]
"""How `topics.find` sorts."""

StudySessionOrder = Literal["day", "-day", "duration", "-duration", "created", "-created"]
"""How `study_sessions.find` sorts."""

TaskOrder = Literal[
    "id",
    "-id",
    "due",
    "-due",
    "created",
    "-created",
    "completed",
    "-completed",
    "title",
    "-title",
    "position",
    "-position",
    "priority",
    "-priority",
    "starts",
    "-starts",
    "estimate",
    "-estimate",
]
"""How `tasks.find` sorts."""

HabitOrder = Literal[
    "id",
    "-id",
    "name",
    "-name",
    "created",
    "-created",
    "position",
    "-position",
    "streak",
    "-streak",
]
"""How `habits.find` sorts."""
