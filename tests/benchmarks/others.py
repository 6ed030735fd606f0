"""Which of the other libraries can be measured, and why one cannot."""

from __future__ import annotations

from importlib import import_module

_TRIED = {
    "SQLModel": "sqlmodel",
    "Watson": "watson.watson",
    "hamster-lib": "hamster_lib.backends.sqlalchemy",
}


def left_out() -> dict[str, str]:
    """The libraries that cannot be used here, and the error that importing them raises."""
    return {name: reason for name, module in _TRIED.items() if (reason := _refusal(module))}


def _refusal(module: str) -> str | None:
    try:
        import_module(module)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the reason
        return f"{type(error).__name__}: {str(error).partition('.  ')[0]}"
    return None
