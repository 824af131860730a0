"""A chain of steps: filters and augmentations in their order, then perhaps an encoder."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.steps import augmentations as changes
from tiltyard.pipelines.reads.steps.augmentations import Augmentation
from tiltyard.pipelines.reads.steps.encoders import ENCODERS, Encoder
from tiltyard.pipelines.reads.steps.filters import FILTERS, ORDERED, Filter, Fraction

#: A function of a batch: what it gives, an array of bool or a batch, says what it is.
Function = Callable[[Any], Any]
Step = Filter | Augmentation | Function
_CHANGES: dict[str, Callable[..., Augmentation]] = {
    "mutate": changes.Mutate,
    "reverse_complement": changes.ReverseComplement,
    "window": changes.Window,
    "uniform": changes.Uniform,
    "normal": changes.Normal,
    "high": changes.high,
    "medium": changes.medium,
    "degrading": changes.Degrading,
}
STEPS: dict[str, Callable[..., Any]] = {each.name: each for each in FILTERS} | _CHANGES
ENCODINGS: dict[str, Callable[..., Any]] = {each.name: each for each in ENCODERS}


@dataclass(frozen=True)
class Labelled:
    """A step and what its draws are labelled with, as ``mutate/0``; "" for one without draws."""

    step: Step
    label: str

    @property
    def name(self) -> str:
        """Its name in reports; functions have their own."""
        name = getattr(self.step, "name", "") or getattr(self.step, "__name__", "")
        return str(name or type(self.step).__name__)


@dataclass(frozen=True)
class Chain:
    """Steps in their order.

    Parameters
    ----------
    steps : tuple
        Filters, augmentations, and functions of a batch.
    encoder : Encoder or None
    """

    steps: tuple[Step, ...] = ()
    encoder: Encoder | None = None

    @cached_property
    def labelled(self) -> tuple[Labelled, ...]:
        """The steps with the labels of their draws: those of a name are numbered from 0."""
        met: dict[str, int] = {}
        found = []
        for step in self.steps:
            name = getattr(step, "label", "fraction" if isinstance(step, Fraction) else "")
            name = name if isinstance(step, (Filter, Augmentation)) else ""
            found.append(Labelled(step, f"{name}/{met.get(name, 0)}" if name else ""))
            met[name] = met.get(name, 0) + 1
        return tuple(found)

    @property
    def local(self) -> tuple[Labelled, ...]:
        """Steps before the first ordered filter: any worker can do them."""
        return self.labelled[: self._first_ordered]

    @property
    def ordered(self) -> tuple[Labelled, ...]:
        """Steps from the first ordered filter on: done where reads are in order again."""
        return self.labelled[self._first_ordered :]

    @property
    def _first_ordered(self) -> int:
        places = (n for n, step in enumerate(self.steps) if isinstance(step, ORDERED))
        return next(places, len(self.steps))

    def refuse_without_quality(self, what: str) -> None:
        """Raise `InputError` if a step needs qualities that `what` lacks."""
        has = False
        for each in self.labelled:
            has = has or isinstance(each.step, changes.QualitySimulator)
            if getattr(each.step, "needs_quality", False) and not has:
                raise InputError(f"{what} has no qualities, which {each.name} needs")
        if self.encoder is not None and self.encoder.needs_quality and not has:
            raise InputError(f"{what} has no qualities, which {self.encoder.name} encodes")


def chain_of(steps: Sequence[Step | str] = (), encode: Encoder | str | None = None) -> Chain:
    """The chain of steps that are given by name, as ``mutate(0.1)``, or as they are.

    Raises
    ------
    InputError
        If a text is no step, or a step's parameters are wrong.
    """
    encoder = named(encode, ENCODINGS, "encoder") if isinstance(encode, str) else encode
    if encoder is not None and not isinstance(encoder, Encoder):
        raise InputError(f"encode is {encoder!r}; give one of {', '.join(ENCODINGS)}")
    found: list[Step] = []
    for each in steps:
        step = named(each, STEPS, "step") if isinstance(each, str) else each
        if not isinstance(step, (Filter, Augmentation)) and not callable(step):
            raise InputError(f"{step!r} is no step; give a name, a step or a function of a batch")
        found.append(step)
    return Chain(tuple(found), encoder)


def named(text: str, known: dict[str, Callable[..., Any]], what: str) -> Any:
    """What `text` says, such as ``length(50, 500)`` or ``max_n(0.1, letters="ambiguous")``.

    Raises
    ------
    InputError
        If there is no such thing, or its parameters are wrong.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        call = tree if isinstance(tree, ast.Call) else ast.Call(tree, [], [])
        if not isinstance(call.func, ast.Name):
            raise ValueError(text)
        name = call.func.id
        values = [ast.literal_eval(each) for each in call.args]
        options = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError):
        raise InputError(
            f"{text!r} is not written as a {what}; write a name and values, as in length(50, 500)"
        ) from None
    if name not in known:
        raise InputError(f"there is no {what} {name!r}; there are {', '.join(known)}")
    try:
        return known[name](*values, **options)
    except TypeError as error:
        raise InputError(f"{text}: {str(error).replace('__init__() ', '')}") from None
