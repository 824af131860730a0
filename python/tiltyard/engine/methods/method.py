"""Methods under comparison: their facts, their registry, and how a study selects them."""

from __future__ import annotations

import difflib
from collections import abc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from types import MappingProxyType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from tiltyard.engine.grid.places import Fault, Key


@dataclass(frozen=True, kw_only=True)
class Method:
    """Facts of one method; (name, language) is its key.

    Parameters
    ----------
    name : str
        Lower case with underscores: algorithm, then choice.
    family : str
        Group in which the study reports the method.
    language : str
        Language of the implementation; never part of the name.
    tags : tuple of str
        Labels by which a study includes or excludes methods.
    cites : tuple of str
        Citation keys of the sources.
    version : str
        Digest of everything that decides the method's numbers.
    same_as : str
        Name of the method whose numbers it is known to reproduce; "" if there is none.
    explained : mapping
        Quality alarm that the method is known to raise -> why that is no defect.
    command : bool
        Whether it starts processes: it is then evaluated in a process tree of its own, which is
        measured and ended as a whole.
    threads : int
        Threads of numerical libraries in each of its processes, >= 1; more than 1 only if
        `command`.
    package : str
        Installed package that brings it; "" for the kind's own.
    """

    name: str
    family: str
    language: str = "python"
    tags: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    version: str = ""
    same_as: str = ""
    explained: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    command: bool = False
    threads: int = 1
    package: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return (self.name, self.language)

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain values, without those marked `LOCAL`."""
        return {
            fact.name: _plain(getattr(self, fact.name))
            for fact in fields(self)
            if not fact.metadata.get(LOCAL)
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The method with these `facts`; unknown names are ignored."""
        known = {fact.name for fact in fields(cls)}
        return cls(**{name: _frozen(value) for name, value in facts.items() if name in known})


@cache
def _types_of(method: Any) -> Mapping[str, Any]:
    try:
        return get_type_hints(method)
    except NameError:  # imported for a type checker alone
        return {}


def _refuse_types(method: Method) -> None:
    """Raise `TypeError` for the first fact of `method` that is of another type than declared."""
    own: Any = type(method)
    for name, wanted in _types_of(own).items():
        value = getattr(method, name)
        if not _fits(value, wanted):
            words = wanted.__name__ if isinstance(wanted, type) else str(wanted)
            raise TypeError(f"method {method.name!r}: {name} is {value!r}, no {words}")


def _fits(value: Any, wanted: Any) -> bool:
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(one, inner[0]) for one in value)
    if origin is abc.Mapping:
        return isinstance(value, abc.Mapping) and all(
            _fits(one, own) for pair in value.items() for one, own in zip(pair, inner, strict=True)
        )
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if isinstance(wanted, type) and wanted in (str, int, bool, float):
        # True is no number of anything.
        return isinstance(value, wanted) and isinstance(value, bool) <= (wanted is bool)
    return origin is not abc.Callable or callable(value)


#: Key in the metadata of a field that is not written to files, such as a function.
LOCAL = "local"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return MappingProxyType(value) if isinstance(value, dict) else value


M = TypeVar("M", bound=Method)


class Registry(Generic[M]):
    """Methods by (name, language), in order of registration.

    Parameters
    ----------
    explainable : sequence of str
        Names of the quality alarms that a method may explain.
    """

    def __init__(self, explainable: Sequence[str] = ()) -> None:
        self._methods: dict[tuple[str, str], M] = {}
        self._explainable = tuple(explainable)

    def add(self, method: M) -> None:
        """Register `method`.

        Raises
        ------
        TypeError
            If a fact is not of the type that the method's class declares.
        ValueError
            If the name is not lower case with underscores, (name, language) is taken, or
            `threads` is below 1, or above 1 without `command`.
        """
        _refuse_types(method)
        if not method.name.isidentifier() or method.name != method.name.lower():
            raise ValueError(
                f"method name {method.name!r}: use lower case letters, digits and underscores"
            )
        if method.threads < 1 or (method.threads > 1 and not method.command):
            raise ValueError(
                f"method {method}: {method.threads} threads; use 1, or more with command=True"
            )
        if method.key in self._methods:
            raise ValueError(
                f"method {method} is registered twice; (name, language) must be unique"
            )
        self._methods[method.key] = method

    def declare_same(self, name: str, other: str) -> None:
        """Declare that the method `name` gives the numbers of `other`; to be called in its file.

        Raises
        ------
        ValueError
            If no method is called `name`.
        """
        for method in self._called(name):
            self._methods[method.key] = replace(method, same_as=other)

    def explain(self, name: str, alarm: str, reason: str) -> None:
        """Declare why a quality alarm of the method `name` is no defect; to be called in its file.

        Raises
        ------
        ValueError
            If no method is called `name`, the alarm cannot be explained, or `reason` is empty.
        """
        if alarm not in self._explainable or not reason:
            raise ValueError(
                f"{name}: alarm {alarm!r}, reason {reason!r}: give a reason, and an alarm out of "
                f"{self._explainable}"
            )
        for method in self._called(name):
            explained = MappingProxyType({**method.explained, alarm: reason})
            self._methods[method.key] = replace(method, explained=explained)

    def _called(self, name: str) -> list[M]:
        found = [method for method in self if method.name == name]
        if not found:
            raise ValueError(f"no method {name!r} is registered; register it before this call")
        return found

    def __iter__(self) -> Iterator[M]:
        return iter(self._methods.values())

    def __len__(self) -> int:
        return len(self._methods)

    def __contains__(self, key: object) -> bool:
        return key in self._methods

    def __getitem__(self, key: tuple[str, str]) -> M:
        return self._methods[key]


CRITERIA = ("name", "family", "language", "tag")


def _matches(method: Method, criteria: Mapping[str, Sequence[str]]) -> Iterator[bool]:
    for kind, wanted in criteria.items():
        values = method.tags if kind == "tag" else (str(getattr(method, kind)),)
        yield bool(set(values) & set(wanted))


def select(
    methods: Iterable[M],
    include: Mapping[str, Sequence[str]] | None = None,
    exclude: Mapping[str, Sequence[str]] | None = None,
    tags: Sequence[str] = (),
    key: str = "methods",
    lost: Callable[[str], str] = lambda value: "",
) -> list[M]:
    """Methods that match every criterion of `include` and none of `exclude`, sorted by key.

    Parameters
    ----------
    methods : iterable of Method
    include, exclude : mapping from a criterion to the accepted values
        Criteria are ``name``, ``family``, ``language`` and ``tag``. No `include` means all.
    tags : sequence of str
        Tags that may be named although no method has them.
    key : str
        Key of the configuration that selects them, for messages.
    lost : callable
        Function from a value that no method has to the package whose methods have it, and why
        they are missing; "" if there is none. Such values may be excluded, not included.

    Raises
    ------
    ConfigError
        If a criterion or a value is unknown: the message lists what exists.
    """
    from tiltyard.engine.grid.places import ConfigError

    methods = sorted(methods, key=lambda method: method.key)
    include, exclude = include or {}, exclude or {}
    unknown = [
        fault
        for place, criteria in (("include", include), ("exclude", exclude))
        for kind, wanted in criteria.items()
        for fault in _unknown((key, place, kind), kind, wanted, methods, tags, lost)
    ]
    if unknown:
        raise ConfigError(unknown)
    return [
        method
        for method in methods
        if all(_matches(method, include)) and not any(_matches(method, exclude))
    ]


def _unknown(
    place: Key,
    criterion: str,
    wanted: Sequence[str],
    methods: Sequence[Method],
    tags: Sequence[str],
    lost: Callable[[str], str],
) -> Iterator[Fault]:
    """Faults of what is wanted of a criterion and is not there.

    What is `lost` may be excluded: it takes no part in any case.
    """
    from tiltyard.engine.grid.places import Fault, shown

    if criterion not in CRITERIA:
        yield Fault(place, f"unknown criterion; use one of {', '.join(CRITERIA)}")
        return
    if criterion == "tag":
        known = {tag for method in methods for tag in method.tags} | set(tags)
    else:
        known = {str(getattr(method, criterion)) for method in methods}
    known_are = f"known are {_listed(known)}"
    for position, value in enumerate(wanted):
        if value not in known and (reason := lost(value)):
            if place[1] == "include":
                yield Fault(place, f"{shown(value)} is of {reason}", at=(*place, position))
        elif value not in known:
            close = " or ".join(difflib.get_close_matches(value, sorted(known)))
            hint = f"did you mean {close}? " if close else ""
            yield Fault(
                place, f"{shown(value)} is unknown; {hint}{known_are}", at=(*place, position)
            )
            known_are = "known are those above"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
