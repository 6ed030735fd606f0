"""State machines that make random calls of services and know what has to be stored afterwards."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from typing import ClassVar, ParamSpec, TypeVar, cast

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from tests.support.databases import empty
from trackercore import Database

P = ParamSpec("P")
T = TypeVar("T")


class CallsOfServices(RuleBasedStateMachine):
    """Counted calls in one session after another, on a database that is emptied before.

    Args:
        database: the database, which nothing else uses.
        compared_every: after so many steps, and where a session ends, all rows are compared.
    """

    made: ClassVar[int] = 0
    """How many calls were made, of all machines together."""

    def __init__(self, database: Database, compared_every: int = 1) -> None:
        super().__init__()
        empty(database)
        self.database = database
        self.compared_every = compared_every
        self.not_compared = 0
        self.stack = ExitStack()
        self.session = self.stack.enter_context(database.session())

    @abstractmethod
    def compare(self) -> None:
        """Check that the database and loaded objects have what the model has."""

    @invariant()
    def what_is_stored_is_what_the_model_says(self) -> None:
        self.not_compared += 1
        if self.not_compared >= self.compared_every:
            self._compare_the_rest()

    def teardown(self) -> None:
        failure = sys.exc_info()
        if failure[1] is not None:  # report it, not what follows from it
            self.stack.__exit__(*failure)
            return
        with self.stack:
            self._compare_the_rest()

    def begin_a_new_session(self) -> None:
        self._compare_the_rest()
        self.stack.close()
        self.session = self.stack.enter_context(self.database.session())

    def call(self, service: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        CallsOfServices.made += 1
        return service(*args, **kwargs)

    def _compare_the_rest(self) -> None:
        if self.not_compared:
            self.not_compared = 0
            self.compare()


def run(machine: Callable[[], CallsOfServices], options: settings) -> None:
    """Let machines make their calls, and find the fewest that go wrong."""
    # A function will do, though the signature asks for a class.
    run_state_machine_as_test(cast("type[RuleBasedStateMachine]", machine), settings=options)
