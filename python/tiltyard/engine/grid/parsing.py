"""From the events of PyYAML's parser to plain values, each with its place; what is unclear is not.

Values are made from events, not by PyYAML's constructors: those keep the last of two equal keys in
silence, and know no lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from tiltyard.engine.grid.places import Fault, Key, Place, shortened, shown
from tiltyard.engine.grid.scalars import Ambiguous, meaning

#: Most levels of lists and mappings in each other; studies have four.
DEPTH = 20
#: Most values, those behind aliases counted each time: few lines of aliases may mean billions.
VALUES = 100_000
#: Closing words of a fault of YAML's syntax.
QUOTES = (
    "mend it: a colon needs a blank after it, and a text with one of : # , [ ] { } & * ! | > % @ ` "
    "in it needs quotes"
)


class Unreadable(Exception):
    """The text has a fault after which nothing can be read."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class Parsing:
    """The values of one text, their places, and the faults that were found on the way.

    Parameters
    ----------
    text : str
    source : str
        File or option that the text is from.
    key : tuple
        Key of the configuration whose value the text is; ``()`` for a whole configuration.
    lines : bool
        Whether the text has lines that people can count.
    """

    def __init__(self, text: str, source: str, key: Key = (), *, lines: bool = True) -> None:
        self.places: dict[Key, Place] = {}
        self.faults: list[Fault] = []
        # All of them are ends of lines to YAML.
        text = re.sub("\r\n?|[\x85\u2028\u2029]", "\n", text)
        self._text, self._source, self._key, self._lines = text, source, key, lines
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._last = 1
        self._count = 0
        #: Values with an anchor, and how many values they have; None while it is being read.
        self._anchors: dict[str, tuple[Any, int] | None] = {}

    def read(self) -> Any:
        """The value of the text.

        Raises
        ------
        Unreadable
            If it is not YAML, or more than one document.
        """
        self._next()  # of the stream
        first = self._next()
        if isinstance(first, yaml.StreamEndEvent):
            self.places[self._key] = Place(self._source, int(self._lines))
            return None
        value = self._value(self._next(), self._key)
        self._next()  # of the document
        another = self._next()
        if not isinstance(another, yaml.StreamEndEvent):
            raise Unreadable(
                self._fault(
                    self._key,
                    f"{self._excerpt(self._last)}: a second document begins: write one "
                    "configuration into a file",
                    another,
                )
            )
        return value

    def _next(self) -> Any:
        try:
            event = next(self._events)
        except yaml.MarkedYAMLError as error:
            raise Unreadable(self._syntax(error)) from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # PyYAML stumbles over "\U00110000", which is no character.
            where = Place(self._source, self._last * self._lines)
            reason = f"{self._excerpt(self._last)}: not YAML: {error}; {QUOTES}"
            raise Unreadable(Fault(self._key, reason, where)) from error
        self._last = self._written(event.start_mark.line + 1)
        return event

    def _syntax(self, error: yaml.MarkedYAMLError) -> Fault:
        problem = str(error.problem or error)
        marks = [error.problem_mark, error.context_mark]
        if "could not find expected ':'" in problem:  # in the line before
            marks.reverse()
        line = self._written(next((mark.line + 1 for mark in marks if mark), 1))
        begun = error.context_mark.line + 1 if error.context_mark else line
        context = f" in what begins in line {begun}" if begun != line and self._lines else ""
        written = self._line(line)
        if "'\\t'" in problem or "\t" in written[: -len(written.lstrip())]:
            reason = "a tab: indent, and separate, with blanks"
        else:
            reason = f"not YAML: {problem}{context}; {QUOTES}"
        where = Place(self._source, line * self._lines)
        return Fault(self._key, f"{self._excerpt(line)}: {reason}", where)

    def _line(self, number: int) -> str:
        return self._text.split("\n")[number - 1]

    def _written(self, number: int) -> int:
        """`number`, or that of the next line above that is not empty."""
        number = min(number, self._text.count("\n") + 1)
        while number > 1 and not self._line(number).strip():
            number -= 1
        return number

    def _excerpt(self, number: int) -> str:
        return repr(shortened(self._line(number).strip()))

    def _place(self, event: Any, text: str = "") -> Place:
        return Place(self._source, (event.start_mark.line + 1) * self._lines, text)

    def _fault(self, key: Key, reason: str, event: Any) -> Fault:
        return Fault(key, reason, self._place(event))

    def _refuse(self, key: Key, reason: str, event: Any) -> None:
        self.faults.append(self._fault(key, reason, event))

    def _counted(self, values: int, key: Key, event: Any) -> None:
        self._count += values
        if self._count > VALUES:
            reason = f"more than {VALUES:,} values, those behind aliases included: write fewer"
            raise Unreadable(self._fault(key, reason, event))

    def _value(self, event: Any, key: Key) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, key)
        self._counted(1, key, event)
        if len(key) > DEPTH:
            reason = f"more than {DEPTH} lists or mappings in each other: no key needs so many"
            raise Unreadable(self._fault(key, reason, event))
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            reason = f"got the tag {shortened(tag)}: tags are not read; write the value alone"
            self._refuse(key, reason, event)
        before = self._count - 1
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, key)
        else:
            self.places[key] = self._place(event)
            read = self._mapping if isinstance(event, yaml.MappingStartEvent) else self._list
            value = read(key)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._count - before)
        return value

    def _alias(self, event: Any, key: Key) -> Any:
        self.places[key] = self._place(event)
        found = self._anchors.get(event.anchor)
        if found is None:
            inside = event.anchor in self._anchors
            why = "stands inside of what it means" if inside else "has no anchor before it"
            reason = f"got *{event.anchor}: {why}; write the value in its place"
            self._refuse(key, reason, event)
            return None
        value, count = found
        self._counted(count, key, event)
        return value

    def _scalar(self, event: Any, key: Key) -> Any:
        if event.style is not None:
            self.places[key] = self._place(event)
            return event.value
        self.places[key] = self._place(event, event.value)
        try:
            return meaning(event.value)
        except Ambiguous as error:
            self._refuse(key, f"got {shortened(event.value)}, {error}", event)
            return event.value

    def _list(self, key: Key) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._value(event, (*key, len(values))))
        return values

    def _mapping(self, key: Key) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            name = self._name(event, key)
            value_event = self._next()
            if name is None:
                self._value(value_event, (*key, "?"))
                continue
            own = (*key, name)
            if name in values:
                self._twice(own, values[name], value_event, event)
            else:
                values[name] = self._value(value_event, own)
            # The line of the key, which a value in the next lines does not have.
            self.places[own] = self._place(event, self.places[own].text)
        return values

    def _twice(self, key: Key, former: Any, value_event: Any, event: Any) -> None:
        first = self.places[key]
        before = f"in line {first.line}" if self._lines else "before"
        value = self._value(value_event, key)
        reason = (
            f"written twice: {shown(value, self.places[key])} here, {shown(former, first)} "
            f"{before}; leave one of them out"
        )
        self._refuse(key, reason, event)

    def _name(self, event: Any, key: Key) -> str | None:
        """The key that `event` begins; None, with a fault, if it is no text."""
        if not isinstance(event, yaml.ScalarEvent):
            what = {yaml.AliasEvent: "an alias", yaml.SequenceStartEvent: "a list"}
            got = what.get(type(event), "a mapping")
            line = self._excerpt(event.start_mark.line + 1)
            self._refuse(key, f"{line}: got {got} as a key: keys are names, as trials", event)
            if not isinstance(event, yaml.AliasEvent):
                self._value(event, (*key, "?"))
            return None
        written = shortened(event.value)
        if event.tag is not None or event.anchor is not None:
            reason = "got a key with a tag or an anchor: write the name alone"
            self._refuse((*key, event.value), reason, event)
        if event.style is not None:
            return str(event.value)
        if event.value == "<<":
            reason = "got <<, a merge of YAML 1.1: write the keys themselves"
            self._refuse((*key, "<<"), reason, event)
            return None
        try:
            name = meaning(event.value)
        except Ambiguous:
            name = None
        if not isinstance(name, str):
            got = f"the key {written}" if written else "an empty key"
            reason = f"got {got}, which is no text to YAML: keys are names, as trials"
            self._refuse((*key, event.value) if written else key, reason, event)
            return None
        return name
