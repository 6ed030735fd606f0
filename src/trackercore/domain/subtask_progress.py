"""How far the subtasks of a task are."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SubtaskProgress:
    """How many subtasks a task has, and how many of them are completed."""

    # The JSON schemas have these descriptions.
    completed: int = field(metadata={"description": "How many of them are completed."})
    total: int = field(metadata={"description": "How many there are."})

    def __str__(self) -> str:
        return f"{self.completed} of {self.total}"
