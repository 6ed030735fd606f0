"""Write the tables of functions into the reference: python docs/function_tables.py

A page has a table between `<!-- functions: NAMES -->` and `<!-- /functions -->`. A name is that of
a module, a class or a function under trackercore.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

PAGES = Path(__file__).parent / "reference"
HOME = re.compile(r"(\w+\.)+|~")  # the module of a type, and what marks a TypeVar
TABLE = re.compile(r"(<!-- functions: ([\w. ]+) -->\n).*?(<!-- /functions -->)", re.DOTALL)


def page(text: str) -> str:
    """The page with its tables up to date."""
    return TABLE.sub(lambda table: f"{table[1]}{rows(table[2].split())}\n\n{table[3]}", text)


def rows(names: list[str]) -> str:
    """A table of functions in Markdown."""
    head = ["| function | what it does | returns |", "|---|---|---|"]
    return "\n".join([*head, *(row(name, function) for name, function in functions(names))])


def functions(names: list[str]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions of these names, the public ones of modules, and the methods of classes."""
    for name in names:
        thing = resolve(name)
        if isinstance(thing, ModuleType):
            members = ((public, getattr(thing, public)) for public in thing.__all__)
            yield from ((public, call) for public, call in members if inspect.isfunction(call))
        elif inspect.isclass(thing):
            methods = inspect.getmembers(thing, inspect.isfunction)
            short = thing.__name__
            yield from ((f"{short}.{key}", call) for key, call in methods if key[0] != "_")
        else:
            yield name, thing


def resolve(name: str) -> Any:
    """The module, or else the object, that has this name under trackercore."""
    try:
        return import_module(f"trackercore.{name}")
    except ModuleNotFoundError:
        module, _, last = f"trackercore.{name}".rpartition(".")
        return getattr(import_module(module), last)


def row(name: str, function: Callable[..., Any]) -> str:
    """How a function is called, the first sentence of its docstring, and what it returns."""
    signature = inspect.signature(function, eval_str=True)
    parameters = [one for one in signature.parameters.values() if not is_shared(one, function)]
    arguments = [argument(one) for one in parameters]
    first = sum(one.kind is one.POSITIONAL_OR_KEYWORD for one in parameters)
    if any(one.kind is one.KEYWORD_ONLY and one.default is one.empty for one in parameters):
        arguments.insert(first, "*")
    call = ", ".join(arguments)
    summary = (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")
    written = inspect.formatannotation(signature.return_annotation)
    returned = HOME.sub("", written).replace("Generator", "ContextManager")
    cells = (f"`{name}({call})`", summary, "" if returned == "None" else f"`{returned}`")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def argument(parameter: inspect.Parameter) -> str:
    """A parameter as it is given in a call."""
    if parameter.kind is parameter.VAR_KEYWORD:
        return f"**{parameter.name}"
    return parameter.name if parameter.default is parameter.empty else f"{parameter.name}="


def is_shared(parameter: inspect.Parameter, function: Callable[..., Any]) -> bool:
    """Whether the page says once, for all functions, what the parameter is."""
    if parameter.name == "user_id":  # the owner's, except in users and where it is optional
        return not function.__module__.endswith(".users") and parameter.default is not None
    return parameter.name in {"self", "session", "now"}


if __name__ == "__main__":
    for path in PAGES.glob("*.md"):
        path.write_text(page(path.read_text(encoding="utf-8")), encoding="utf-8")
