"""Every service has an endpoint. The journeys call them."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import trackercore
from fastapi_app import routers

SERVICES = {
    f"{module}.{name}"
    for module in trackercore.__all__
    if isinstance(service := getattr(trackercore, module), ModuleType)
    and service is not trackercore.rules
    for name in service.__all__
} | {"overview"}


def mentioned(source: str) -> set[str]:
    """The dotted names, and the plain ones that are called."""
    names = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    return names | {
        node.func.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def test_the_routers_reach_every_service() -> None:
    assert {"habits.check_in", "users.today", "study_sessions.goals"} <= SERVICES
    (folder,) = routers.__path__
    used: set[str] = set()
    for file in Path(folder).glob("*.py"):
        used |= mentioned(file.read_text(encoding="utf-8"))
    assert used >= SERVICES, f"not reachable over HTTP: {sorted(SERVICES - used)}"
