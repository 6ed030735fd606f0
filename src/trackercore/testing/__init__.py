"""For the tests of an application: databases that are rolled back, a factory, strategies.

pytest finds the fixtures by itself. `Factory` and `rolled_back` do not need pytest, so scripts and
notebooks can use them too. `trackercore.testing.strategies` needs the extra `testing`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackercore.testing.factory import Factory
    from trackercore.testing.scratch import ScratchDatabase, rolled_back

__all__ = ["Factory", "ScratchDatabase", "rolled_back"]

if not TYPE_CHECKING:
    # pytest imports this package in every run, even if no test uses trackercore.
    _HOMES = {"Factory": "factory", "ScratchDatabase": "scratch", "rolled_back": "scratch"}

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted(__all__)
