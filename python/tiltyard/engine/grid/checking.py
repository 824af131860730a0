"""Checking a configuration against a schema, with errors that name place, key, value and remedy."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from jsonschema import Draft202012Validator, TypeChecker, validators
from jsonschema.exceptions import ValidationError

from tiltyard.engine.grid.axes import render_level
from tiltyard.engine.grid.parsing import DEPTH
from tiltyard.engine.grid.places import (
    ConfigError,
    Fault,
    Key,
    Place,
    Written,
    refusal,
    shown,
)
from tiltyard.engine.grid.reading import read_config
from tiltyard.engine.grid.scalars import DIGITS, WORDS, Ambiguous, meaning

__all__ = ["ConfigError", "check_config", "read_config"]

#: How a type of JSON is called in messages, beside its name there.
TYPES = {
    "array": "a list, as [a, b], of type array",
    "boolean": "true or false, of type boolean",
    "integer": "a whole number, of type integer",
    "number": "a finite number, of type number",
    "object": "a mapping, as {key: value}, of type object",
    "string": "a text, of type string",
}


def _is_finite_number(checker: TypeChecker, value: object) -> bool:
    if not Draft202012Validator.TYPE_CHECKER.is_type(value, "number"):
        return False
    return math.isfinite(cast(float, value))


def _is_whole_number(checker: TypeChecker, value: object) -> bool:
    # JSON Schema takes 3.0 for an integer; ranges and ids do not.
    return isinstance(value, int) and not isinstance(value, bool)


def _pattern(
    validator: Any, pattern: str, value: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    # In JSON Schema $ is the end of the text; Python's is also before a newline at the end.
    if isinstance(value, str) and not re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), value):
        yield ValidationError(f"needs text that matches {pattern}")


_Validator = validators.extend(
    Draft202012Validator,
    validators={"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_finite_number, "integer": _is_whole_number}
    ),
)


def check_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `config` with the schema's defaults filled in.

    Raises
    ------
    ConfigError
        If it does not satisfy `schema`: every fault is listed with key, value and what is allowed,
        and with file and line where `config` was read from a file.
    """
    places = config.places if isinstance(config, Written) else {}
    complete = _with_defaults(config, schema)
    errors = _Validator(schema).iter_errors(complete)
    if faults := [fault for error in errors for fault in _explain(error, places)]:
        raise refusal(faults, places)
    return cast(dict[str, Any], complete)


def refuse_strange(config: Mapping[str, Any]) -> None:
    """Refuse what no file can hold, but a caller's mapping may: keys that are no text, dates, ….

    Raises
    ------
    ConfigError
        Naming every such key.
    """
    if strange := list(_strange(config, ())):
        raise refusal(strange, config.places if isinstance(config, Written) else {})


def _strange(value: Any, key: Key) -> Iterator[Fault]:
    if len(key) > DEPTH:
        yield Fault(key[:3], f"more than {DEPTH} lists or mappings in each other: use fewer")
    elif isinstance(value, Mapping):
        for name, own in value.items():
            if isinstance(name, str):
                yield from _strange(own, (*key, name))
            else:
                yield Fault(key, f"got the key {shown(name)}: keys are text, as 'trials'")
    elif isinstance(value, list):
        for position, own in enumerate(value):
            yield from _strange(own, (*key, position))
    elif isinstance(value, int) and abs(value) >= 10**DIGITS:
        yield Fault(key, f"a whole number of more than {DIGITS} digits: use a smaller one")
    elif value is not None and not isinstance(value, str | int | float | bool):
        yield Fault(key, f"got {shown(value)}: use text, numbers, true, false, lists and mappings")


def _with_defaults(config: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(config, list):
        return list(config)
    if not isinstance(config, Mapping):
        return config
    properties = schema.get("properties", {})
    complete = {
        key: _with_defaults(value, properties.get(key, {})) for key, value in config.items()
    }
    for key, part in properties.items():
        if key not in complete and "default" in part:
            complete[key] = _with_defaults(part["default"], part)
    return complete


def _explain(error: ValidationError, places: Mapping[Key, Place]) -> Iterator[Fault]:
    key = tuple(error.absolute_path)
    value = error.instance
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        for name in sorted(set(value) - set(known)):
            close = _meant(name, error.schema.get("properties", {}))
            hint = f"did you mean {close!r}? " if close else ""
            own = (*key, name)
            got = shown(value[name], places.get(own))
            reason = f"unknown key, with {got}; {hint}known keys: {', '.join(known)}"
            yield Fault(own, reason)
    elif error.validator == "required":
        for name in error.validator_value:
            if name not in value:
                part = error.schema.get("properties", {}).get(name, {})
                meant = f"; it is {part['description']}" if "description" in part else ""
                yield Fault((*key, name), f"missing{meant}: write a line with {name}: and a value")
    elif error.validator == "uniqueItems":
        position = next(
            (i for i, own in enumerate(value) if _is_in(own, value[:i])), len(value) - 1
        )
        again = (*key, position)
        got = shown(value[position], places.get(again))
        reason = f"needs different values: {got} is given twice; leave one of them out"
        yield Fault(key, reason, at=again)
    else:
        got = shown(value, places.get(key))
        yield Fault(key, f"got {got}, {_requirement(error)}{_hint(value, error)}")


def _meant(name: str, properties: Mapping[str, Any]) -> str:
    """The key that `name`, which is none, may be meant for; "" if there is none."""
    for key, part in properties.items():
        if name in part.get("properties", {}):
            return f"{key}.{name}"
    return next(iter(difflib.get_close_matches(name.lower(), properties, n=1)), "")


def _is_in(value: Any, others: list[Any]) -> bool:
    """Whether `value` equals one of `others`, as JSON Schema has it: true is not 1."""
    return any(
        value == other and isinstance(value, bool) == isinstance(other, bool) for other in others
    )


def _requirement(error: ValidationError) -> str:
    wanted = error.validator_value
    described = error.schema.get("description", "")
    phrases = {
        "type": f"needs {TYPES.get(str(wanted), f'a value of type {wanted}')}",
        "minimum": f"needs at least {wanted}",
        "maximum": f"needs at most {wanted}",
        "exclusiveMinimum": f"needs more than {wanted}",
        "exclusiveMaximum": f"needs less than {wanted}",
        "minItems": f"needs at least {wanted} value(s)",
        "maxItems": f"needs at most {wanted} values",
        "minLength": f"needs at least {wanted} characters",
        "maxLength": f"needs at most {wanted} characters",
        "enum": f"needs one of {wanted}",
        "pattern": f"needs text that matches {wanted}" + (f": {described}" if described else ""),
    }
    return phrases.get(str(error.validator), error.message)


def _hint(value: Any, error: ValidationError) -> str:
    """What to write, where `value` is of another type than is wanted."""
    wanted = error.validator_value
    if error.validator != "type":
        return ""
    if value is None:
        return " (nothing is written after the key: write a value, or leave the key out)"
    if wanted == "string" and isinstance(value, bool | int | float):
        return " (put quotes around what is meant as text)"
    if wanted == "array" and isinstance(value, bool | int | float | str):
        return " (put brackets around it)"
    if wanted == "boolean" and isinstance(value, str):
        if WORDS.get(value) is not None:
            return f" (without quotes, write {value})"
        return {"y": " (write true)", "n": " (write false)"}.get(value.lower(), "")
    if wanted in ("number", "integer") and isinstance(value, float | str):
        return _numeric_hint(value, wanted)
    return ""


def _numeric_hint(value: float | str, wanted: str) -> str:
    """The number that `value` would be: text in quotes, or a fraction where there is none."""
    if isinstance(value, str) and not value.isascii():
        return f" (digits and signs of ASCII, not those of {value!a})"
    try:
        number = meaning(value) if isinstance(value, str) else value
    except Ambiguous:
        return ""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return ""
    if not _is_finite_number(Draft202012Validator.TYPE_CHECKER, number):
        return ""
    write = "without quotes, write" if isinstance(value, str) else "write"
    if wanted == "integer":
        whole = float(number).is_integer() and abs(number) < 1e15
        return f" ({write} {number:.0f})" if whole else ""
    if isinstance(value, float):
        return ""
    mantissa, _, exponent = render_level(number).partition("e")
    return f" (this is text: {write} {float(mantissa)}e{int(exponent):+d})"
