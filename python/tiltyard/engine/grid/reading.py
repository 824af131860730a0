"""Reading configurations strictly: YAML or JSON in UTF-8, with the line of every key.

Nothing is guessed: a key that is written twice, a number in another base than ten, an invisible
character are refused. The parser is PyYAML's, which Snakemake takes as well, so that both agree
about what is YAML; what a scalar means is decided here.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tiltyard.engine.grid.parsing import Parsing, Unreadable
from tiltyard.engine.grid.places import (
    ConfigError,
    Fault,
    Key,
    Place,
    Written,
    refusal,
    shortened,
    shown,
)
from tiltyard.engine.project import project_root

#: No configuration is larger; the largest that is shipped has 2 kB.
LARGEST = 1 << 20
#: Characters that no line of text needs, and that editors do not show.
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
EXAMPLE = "write one key a line, a blank after its colon, as in config/config.yaml"


def read_config(path: Path) -> Written:
    """The configuration in the YAML or JSON file `path`, not yet checked.

    Raises
    ------
    ConfigError
        If the file is missing, no text in UTF-8, neither YAML nor JSON, no mapping, or says
        something that is ambiguous; each fault with line and remedy.
    """
    source = str(path)
    text = _decode(_content(path), source)
    _refuse_invisible(text, source)
    parse = _parse_json if path.suffix.lower() == ".json" else _parse
    return _mapping(*parse(text, source), source)


def read_json(text: str, option: str = "--json") -> Written:
    """The configuration in the JSON `text`, which `option` of the command line gave.

    Raises
    ------
    ConfigError
        As `read_config` does.
    """
    return _mapping(*_parse_json(text, option, lines=False), option)


def read_settings(entries: Sequence[str], option: str = "--config") -> Written:
    """The configuration that `entries` of the command line make, each ``KEY=VALUE``.

    A value is read as it would be in a file: ``lengths=[1e3]``, ``evaluation={time_limit: 5}``.

    Raises
    ------
    ConfigError
        If an entry has no key, or a value cannot be read.
    """
    given: dict[str, Any] = {}
    configs, faults = [], []
    for entry in entries:
        name, sign, text = entry.partition("=")
        if not name or not sign:
            faults.append(Fault((), f"got {entry!r}: write KEY=VALUE, as trials=3", Place(option)))
            continue
        value, places, found = _parse(text, option, (name,), lines=False)
        faults += found
        # Mappings come together key by key.
        if name in given and not (isinstance(given[name], dict) and isinstance(value, dict)):
            reason = f"given twice: {shown(value)} and {shown(given[name])}; leave one of them out"
            faults.append(Fault((name,), reason, Place(option)))
        given[name] = value
        configs.append(Written({name: value}, {(): Place(option), **places}))
    if faults:
        raise refusal(faults)
    return merged(configs)


def merged(configs: Iterable[Written]) -> Written:
    """The mapping of all keys of `configs`; a later one's value replaces that of an earlier one.

    As Snakemake merges configurations: mappings key by key, all else as a whole.
    """
    values: dict[str, Any] = {}
    places: dict[Key, Place] = {}
    for config in configs:
        values = _updated(values, config, (), places)
        # What is missing is missing in the first: what comes after only overrides.
        places |= {key: own for key, own in config.places.items() if key or () not in places}
    return Written(values, places)


def _updated(
    old: Mapping[str, Any], new: Mapping[str, Any], key: Key, places: dict[Key, Place]
) -> dict[str, Any]:
    result = dict(old)
    for name, value in new.items():
        own = (*key, name)
        former = result.get(name)
        if isinstance(value, Mapping) and isinstance(former, Mapping):
            result[name] = _updated(former, value, own, places)
            continue
        result[name] = value
        for replaced in [each for each in places if each[: len(own)] == own]:
            del places[replaced]
    return result


def _content(path: Path) -> bytes:
    """The bytes of the file `path`, which has to be a plain one: a pipe would never end."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            what = "a folder" if stat.S_ISDIR(facts.st_mode) else "no plain file"
            raise ConfigError(f"{path}: {what}: name a configuration file, YAML or JSON")
        if facts.st_size > LARGEST:
            raise ConfigError(
                f"{path}: {facts.st_size:,} bytes, which is no configuration: name a file of at "
                f"most {LARGEST:,}"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such configuration file{_elsewhere(path)}") from error
    except (OSError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(
            f"{str(path)!r}: cannot be read: {reason}; name a file that you may read"
        ) from error


def _elsewhere(path: Path) -> str:
    """The remedy where `path` would be right in the project's folder; else ""."""
    try:
        root = project_root()
    except RuntimeError:
        return ""
    if path.is_absolute() or not (root / path).is_file():
        return ""
    return f" in {Path.cwd()}; it is in the project's folder: cd {root}"


def _decode(data: bytes, source: str) -> str:
    # UTF-16 without its mark has a zero in every other byte.
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:100].count(0) > len(data[:100]) // 4:
        reason = "not text in UTF-8 but in UTF-16 or UTF-32, or no text at all: save it as UTF-8"
        raise refusal([Fault((), reason, Place(source, 1))])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lines = data[: error.start].count(b"\n")
        line = data.split(b"\n")[lines].decode("latin-1").strip()
        reason = (
            f"{shortened(line)!r}: the byte {data[error.start]:#04x} is not UTF-8; the file has "
            "another encoding, Latin-1 perhaps: save it as UTF-8"
        )
        raise refusal([Fault((), reason, Place(source, lines + 1))]) from error


def _refuse_invisible(text: str, source: str) -> None:
    faults = []
    for number, line in enumerate(re.split("\r\n?|\n", text), 1):
        if found := INVISIBLE.search(line):
            reason = (
                f"{shortened(line.strip())!r}: holds the invisible character "
                f"U+{ord(found[0]):04X}: delete it"
            )
            faults.append(Fault((), reason, Place(source, number)))
    if faults:
        raise refusal(faults)


def _parse(
    text: str, source: str, key: Key = (), *, lines: bool = True
) -> tuple[Any, dict[Key, Place], list[Fault]]:
    """Value of `text`, the places of its keys, and its faults."""
    parsing = Parsing(text, source, key, lines=lines)
    try:
        value = parsing.read()
    except Unreadable as error:
        return None, {}, [*parsing.faults, error.fault]
    return value, parsing.places, parsing.faults


def _parse_json(
    text: str, source: str, *, lines: bool = True
) -> tuple[Any, dict[Key, Place], list[Fault]]:
    loaded = None
    try:
        loaded = json.loads(text)
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1].strip()
        reason = f"{shortened(line)!r}: not JSON: {error.msg}, column {error.colno}; mend it"
        return None, {}, [Fault((), reason, Place(source, error.lineno * lines))]
    except (RecursionError, ValueError):
        pass  # too deep, or a number of too many digits: the parser says where
    # All JSON is YAML 1.2, but for tabs between values; its texts have none.
    value, places, faults = _parse(text.replace("\t", " "), source, lines=lines)
    return value if loaded is None else loaded, places, faults


def _mapping(value: Any, places: Mapping[Key, Place], faults: list[Fault], source: str) -> Written:
    """`value` as a configuration, which is a mapping of keys."""
    if faults:
        raise refusal(faults)
    if isinstance(value, dict):
        return Written(value, {(): Place(source), **places})
    line = Place(source, 1)
    if value is None:
        raise refusal([Fault((), f"holds no configuration: {EXAMPLE}", line)])
    place = places.get((), line)
    reason = f"a configuration is a mapping of keys, got {shown(value, place)}: {EXAMPLE}"
    raise refusal([Fault((), reason, place)])
