"""The kind and the pipeline of a study, read before there is anything that reads YAML.

Only what decides the packages is read, and only as it is usually written; all else of a
configuration is for `tiltyard validate`, which names the fault and its line.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

#: Keys that decide what is installed.
KEYS = ("kind", "pipeline")
#: Kind of a configuration that names none.
DEFAULT_KIND = "derivatives"

_ENTRY = re.compile(rf"""(["']?)({"|".join(KEYS)})\1\s*:(?:\s+(.*))?$""")
_NAME = re.compile(r"""(["']?)([\w.-]+)\1\s*(?:\s#.*)?$""")
#: A mapping in braces, or keys that come from elsewhere.
_OTHER_WAY = re.compile(r"[{?&*!]|<<\s*:")


class Unreadable(Exception):
    """The file cannot be read so far; the text says where, and how to write it."""


def read(file: Path) -> dict[str, str]:
    """Kind and, if it has one, pipeline of the configuration in `file`.

    Raises
    ------
    Unreadable
        If the file is not text, or one of the two is written in a way that is not read.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise Unreadable(f"{file} cannot be read: {error}.") from None
    found = _of_json(text)
    if found is None:
        found = _of_yaml(text, file)
    return {"kind": DEFAULT_KIND} | found


def _of_json(text: str) -> dict[str, str] | None:
    """The two keys of a JSON object; None if the text is none."""
    try:
        content = json.loads(text)
    except ValueError:
        return None
    if not isinstance(content, dict):
        return {}  # a fault that the validation names
    return {key: value for key in KEYS if isinstance(value := content.get(key), str)}


def _of_yaml(text: str, file: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    indent = None
    for number, line in enumerate(text.splitlines(), start=1):
        written = line.strip()
        if not written or written.startswith(("#", "---", "%")):
            continue
        depth = len(line) - len(line.lstrip())
        indent = depth if indent is None else indent
        if depth != indent:  # the value of a key above it
            continue
        entry = _ENTRY.match(written)
        name = _NAME.match(entry[3] or "") if entry else None
        if name and entry and entry[2] not in found:
            found[entry[2]] = name[2]
        elif entry or _OTHER_WAY.match(written):
            key = entry[2] if entry else "kind"
            raise Unreadable(
                f"{file}, line {number}: {written[:60]!r}: {key} decides what is installed, and "
                f"must be read before YAML can be: write it once, as a name in a line of its own, "
                f"as in `{key}: {DEFAULT_KIND if key == 'kind' else 'alleles'}`."
            )
    return found
