"""Options and arguments of a command, declared once: for a quick parser, and for help and pages.

Importing what the rest of the command line is made with takes longer than counting a million reads.
So a call that is well-formed is parsed here, from the command's own signature, and help is made
from the same declarations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints


class UsageError(ValueError):
    """A command line that is not one of this command; the message names what, and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """What stands beside the type of a command's parameter, in `typing.Annotated`.

    Parameters
    ----------
    names : tuple of str
        Its spellings, such as ``("--output", "-o")``; () for the parameter's own name.
    help : str
    panel : str
        Title under which help lists it.
    metavar : str
        What stands for the value in help; "" for the type's.
    least, most : int or None
        Range of a number, both ends included.
    positional : bool
        Whether it is an argument, without a name; a list takes all words that are left.
    """

    names: tuple[str, ...] = ()
    help: str = ""
    panel: str = ""
    metavar: str = ""
    least: int | None = None
    most: int | None = None
    positional: bool = False


def option(
    *names: str,
    help: str = "",
    panel: str = "",
    metavar: str = "",
    least: int | None = None,
    most: int | None = None,
) -> Option:
    """An option with its spellings: see `Option`."""
    return Option(names=names, help=help, panel=panel, metavar=metavar, least=least, most=most)


def argument(*, metavar: str, help: str = "") -> Option:
    """An argument, which is called `metavar` in help."""
    return Option(metavar=metavar, help=help, positional=True)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a command: its declaration, its type without None, and its default."""

    name: str
    option: Option
    kind: Any
    default: Any
    required: bool

    @property
    def spellings(self) -> tuple[str, ...]:
        """How it is written, the main one first."""
        return self.option.names or (f"--{self.name.replace('_', '-')}",)

    @property
    def spelt(self) -> str:
        """What it is called in a message."""
        return self.option.metavar if self.option.positional else self.spellings[0]

    @property
    def repeated(self) -> bool:
        """Whether each occurrence adds a value."""
        return get_origin(self.kind) is list

    def value(self, text: str) -> Any:
        """The value that `text` says.

        Raises
        ------
        UsageError
            If it says none of this type.
        """
        kind = get_args(self.kind)[0] if self.repeated else self.kind
        if get_origin(kind) is Literal:
            if text not in get_args(kind):
                raise UsageError(f"{self.spelt} {text}: write {_or(get_args(kind))}")
            return text
        if kind is int:
            return self._number(text)
        if kind is float:
            return self._real(text)
        return Path(text) if kind is Path else text

    def _number(self, text: str) -> int:
        least, most = self.option.least, self.option.most
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit():
            number = int(text)
            if (least is None or least <= number) and (most is None or number <= most):
                return number
        raise UsageError(f"{self.spelt} {text}: needs a whole number{self._range}")

    def _real(self, text: str) -> float:
        least, most = self.option.least, self.option.most
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        low = -math.inf if least is None else least
        if math.isfinite(number) and low <= number <= (math.inf if most is None else most):
            return number
        raise UsageError(f"{self.spelt} {text}: needs a number{self._range}")

    @property
    def _range(self) -> str:
        least, most = self.option.least, self.option.most
        lower = "" if least is None else f" from {least}"
        return lower + ("" if most is None else f" to {most}")


def parameters(command: Callable[..., Any]) -> list[Parameter]:
    """Parameters of a command, whose annotations have an `Option` each."""
    hints = get_type_hints(command, include_extras=True)
    hints.pop("return", None)
    given = command.__defaults__ or ()
    without = len(hints) - len(given)
    found = []
    for place, (name, hint) in enumerate(hints.items()):
        kind, option = hint.__origin__, hint.__metadata__[0]
        plain = [one for one in get_args(kind) if one is not NoneType]
        if NoneType in get_args(kind):
            (kind,) = plain
        default = given[place - without] if place >= without else None
        found.append(Parameter(name, option, kind, default, place < without))
    return found


def parse(command: Callable[..., Any], words: Sequence[str]) -> dict[str, Any]:
    """Values of a command's parameters from the words of a command line.

    Raises
    ------
    UsageError
        If a word is no option, a value is missing or wrong, or what is needed is not there.
    """
    declared = parameters(command)
    spelt = {name: one for one in declared for name in one.spellings if not one.option.positional}
    places = [one for one in declared if one.option.positional]
    found: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("-") or word == "-":
            if not places:
                raise UsageError(f"{word!r} is one word too many")
            if places[0].repeated:  # takes all words that are left
                found.setdefault(places[0].name, []).append(places[0].value(word))
                continue
            one = places.pop(0)
            found[one.name] = one.value(word)
            continue
        name, equals, text = word.partition("=")
        if not word.startswith("--") and len(word) > 2:
            name, equals, text = word[:2], "=", word[2:]  # as in -ofile
        if name not in spelt:
            raise UsageError(f"there is no option {name}{_near(name, spelt)}")
        one = spelt[name]
        if one.kind is bool:
            if equals:
                raise UsageError(f"{name} takes no value, and got {text!r}")
            found[one.name] = True
            continue
        if not equals:
            if not left:
                raise UsageError(f"{name} needs a value")
            text = left.pop(0)
        if one.repeated:
            found.setdefault(one.name, []).append(one.value(text))
        else:
            found[one.name] = one.value(text)
    missing = [one for one in declared if one.required and one.name not in found]
    if missing:
        raise UsageError(f"needed, and not given: {', '.join(one.spelt for one in missing)}")
    return {one.name: found.get(one.name, one.default) for one in declared}


def _near(name: str, known: Mapping[str, Parameter]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, 3)
    return f"; did you mean {_or(near)}?" if near else "; --help lists them all"


def _or(words: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def for_typer(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the declarations that Typer reads, for help and for pages."""
    import functools
    import inspect
    from typing import Annotated

    import typer

    @functools.wraps(command)
    def call(**values: Any) -> Any:
        return command(**values)

    shown = []
    for one in parameters(command):
        option = one.option
        kind: Any = one.kind
        extra: dict[str, Any] = {"help": option.help, "metavar": option.metavar or None}
        if kind in (int, float):
            extra.update(min=option.least, max=option.most)
        if option.positional:
            info = typer.Argument(**extra)
        else:
            info = typer.Option(*one.spellings, rich_help_panel=option.panel or None, **extra)
        if not one.required and one.default is None:
            kind = kind | None
        shown.append(
            inspect.Parameter(
                one.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if one.required else one.default,
                annotation=Annotated[kind, info],
            )
        )
    call.__annotations__ = {one.name: one.annotation for one in shown}
    vars(call).pop("__wrapped__", None)
    vars(call)["__signature__"] = inspect.Signature(shown)
    return call
