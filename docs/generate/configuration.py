"""The page of a study's configuration, from its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

#: Keyword of JSON Schema -> how a limit reads.
LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "pattern": "as in `{}`",
    "maxLength": "at most {} characters",
}
#: What people cannot see in a table of keys.
READING = """\
## How it is read

- By the rules of YAML 1.2: `1e-3` is a number. `on`, `yes`, `off` and `no` are true and false, as
  they were in YAML 1.1.
- What the versions of YAML, or people, read differently is refused: a key that is written twice, a
  key that is no text (`1:`, `on:`, `~:`), `010`, `0x10`, `1_000`, `1:40`, `.inf`, `.nan`, a number
  that no double holds, tags (`!!int`), merge keys (`<<`), a second document, a tab between values.
  A text that looks like one of them needs quotes.
- Anchors and aliases (`&a`, `*a`) are read, up to 100,000 values in all.
- The file is text in UTF-8, of at most a megabyte and without invisible characters.
- A value in `snakemake --config KEY=VALUE` is read in the same way, and replaces the file's; of
  mappings, key by key: `--config 'noise_levels=[1e-3]' 'evaluation={time_limit: 5}'`. Of several
  files of `--configfile` the later ones override the earlier ones.
- A name belongs to one seed and one kind: the results of another study are not overwritten. All
  other keys may change, and what was evaluated is kept."""
KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "keys below",
}


def page(schema: Schema, example: str) -> str:
    """Every key with meaning, unit, what it may be, and default.

    Parameters
    ----------
    schema : mapping
        JSON Schema of the configuration.
    example : str
        A configuration file to show.
    """
    lines = [
        "# The configuration of a study",
        "",
        "A study is a YAML file, or JSON if its name ends in `.json`. A mistake in it is refused",
        "before any job starts, with file, line, key, value and what is allowed. `tiltyard",
        "validate FILE` looks for mistakes alone. Lists have no repeated values.",
        "",
        "| key | meaning | value | default |",
        "| --- | --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in _rows(schema, schema)),
        "",
        READING,
        "",
        "## The default study",
        "",
        "```yaml",
        example.rstrip("\n"),
        "```",
        "",
        "[How to configure a study of your own](tutorial.md#a-study-of-your-own).",
    ]
    return "\n".join(lines) + "\n"


def _rows(schema: Schema, part: Schema, above: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Rows of the keys of `part`, an object, and of the objects in it."""
    for name, given in part["properties"].items():
        key = f"{above}{name}"
        entry = _resolved(schema, given)
        meaning = " ".join(given.get("description", entry.get("description", "")).split())
        default = "required" if name in part.get("required", ()) else _default(entry, given)
        meaning = meaning.replace("|", "\\|").replace("<", "&lt;")
        yield f"`{key}`", meaning, _value(schema, entry), default
        if "properties" in entry:
            yield from _rows(schema, entry, f"{key}.")


def _resolved(schema: Schema, entry: Schema) -> Schema:
    """`entry`, or the definition that it refers to."""
    if "$ref" not in entry:
        return entry
    found: Any = schema
    for step in entry["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _value(schema: Schema, entry: Schema) -> str:
    if entry["type"] == "array":
        return f"list of: {_value(schema, _resolved(schema, entry['items']))}"
    limits = [text.format(entry[word]) for word, text in LIMITS.items() if word in entry]
    return ", ".join([KINDS[entry["type"]], *limits])


def _default(entry: Schema, given: Schema) -> str:
    value = given.get("default", entry.get("default"))
    if value is None or value == {}:
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`".replace("'", "")
