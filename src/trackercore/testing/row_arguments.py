"""Arguments that are rows, checked in one place for all methods of the factory."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import isfunction, signature
from typing import ParamSpec, TypeVar

from trackercore.models import Category, Habit, Task, Topic, User

_ROWS = {"user": User, "category": Category, "parent": Task, "habit": Habit, "topic": Topic}
"""What the arguments of these names have to be."""

P = ParamSpec("P")
T = TypeVar("T")


def _takes_rows(function: Callable[P, T]) -> Callable[P, T]:
    """The method, which then first checks that it is given rows rather than their ids.

    Raises:
        TypeError: it is not.
    """
    names = tuple(signature(function).parameters)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        for name in _ROWS.keys() & given.keys():
            row, kind = given[name], _ROWS[name]
            if row is not None and not isinstance(row, kind):
                raise TypeError(
                    f"{name} must be a {kind.__name__}, such as the factory makes, not"
                    f" {type(row).__name__}"
                )
        return function(*args, **kwargs)

    return call


def taking_rows(factory: type[T]) -> type[T]:
    """The class, with all its public methods checked."""
    for name, method in list(vars(factory).items()):
        if isfunction(method) and not name.startswith("_"):
            setattr(factory, name, _takes_rows(method))
    return factory
