"""The base of all errors, whose subclasses are dataclasses of their facts."""

from dataclasses import dataclass
from typing import ClassVar, dataclass_transform


@dataclass_transform(eq_default=False)
class TrackerError(Exception):
    """The base of all errors. Subclasses are dataclasses; their fields are the facts.

    Attributes:
        code: what happened, for programs. It stays the same from version to version.
        item: the position of the item that the error is about, if the call took many; else None.
    """

    code: ClassVar[str] = "tracker_error"
    __match_args__: ClassVar[tuple[str, ...]] = ()  # set by `dataclass`
    item: int | None = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = {*vars(cls)}
        dataclass(eq=False)(cls)
        if not cls.__match_args__:  # then a message can be given, as to any exception
            for name in {"__init__", "__repr__"} - own:
                delattr(cls, name)

    def __init__(self, *message: object) -> None:
        super().__init__(*(message or self.args))

    def __post_init__(self) -> None:
        super().__init__(*(self.facts.values() or self.args))  # pickle and copy give it these

    @property
    def facts(self) -> dict[str, object]:
        """The facts by name, in the order of the arguments, and `item` if there is one."""
        own: dict[str, object] = {name: getattr(self, name) for name in self.__match_args__}
        return own if self.item is None else {**own, "item": self.item}
