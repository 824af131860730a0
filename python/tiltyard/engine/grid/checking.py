"""Reading and checking a configuration file, with errors that name key, value and remedy."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator, TypeChecker, validators
from jsonschema.exceptions import ValidationError

from tiltyard.engine.project import project_root


def _is_finite_number(checker: TypeChecker, value: object) -> bool:
    return Draft202012Validator.TYPE_CHECKER.is_type(value, "number") and math.isfinite(
        cast(float, value)
    )


def _is_whole_number(checker: TypeChecker, value: object) -> bool:
    # JSON Schema takes 3.0 for an integer; ranges and ids do not.
    return isinstance(value, int) and not isinstance(value, bool)


_Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_finite_number, "integer": _is_whole_number}
    ),
)


class ConfigError(ValueError):
    """The configuration is wrong; the message lists every fault, one a line."""


def read_config(path: Path) -> dict[str, Any]:
    """The configuration in the YAML or JSON file `path`, not yet checked.

    Raises
    ------
    ConfigError
        If the file is missing, is not YAML, or is not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
        # YAML 1.1 reads JSON's 1e-08 as text.
        config = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such configuration file{_elsewhere(path)}") from error
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise ConfigError(f"{path}: not readable: {error}") from error
    if not isinstance(config, dict):
        raise ConfigError(f"{path}: a configuration is a mapping of keys, got {config!r}")
    return config


def check_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `config` with the schema's defaults filled in.

    Raises
    ------
    ConfigError
        If it does not satisfy `schema`: every fault is listed with key, value and what is allowed.
    """
    complete = _with_defaults(config, schema)
    errors = _Validator(schema).iter_errors(complete)
    faults = [line for error in errors for line in _explain(error, schema)]
    if faults:
        raise ConfigError("\n".join(["the configuration is refused:", *faults]))
    return complete


def _elsewhere(path: Path) -> str:
    """The remedy where `path` would be right in the project's folder; else ""."""
    try:
        root = project_root()
    except RuntimeError:
        return ""
    if path.is_absolute() or not (root / path).is_file():
        return ""
    return f" in {Path.cwd()}; it is in the project's folder: cd {root}"


def _with_defaults(config: Any, schema: Mapping[str, Any]) -> Any:
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


def _explain(error: ValidationError, schema: Mapping[str, Any]) -> Iterator[str]:
    key = _key(error)
    if error.validator == "additionalProperties":
        known = sorted(error.schema["properties"])
        for name in sorted(set(error.instance) - set(known)):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            yield f"  {_join(key, name)}: unknown key; {hint}known keys: {', '.join(known)}"
        return
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        for name in missing:
            part = error.schema["properties"][name]
            yield f"  {_join(key, name)}: missing; it is {part['description']}"
        return
    value = error.instance
    yield f"  {key}: got {value!r}, {_requirement(error)}{_hint(value, error)}"


def _requirement(error: ValidationError) -> str:
    wanted = error.validator_value
    phrases = {
        "type": f"needs a{' finite' * (wanted == 'number')} value of type {wanted}",
        "minimum": f"needs at least {wanted}",
        "maximum": f"needs at most {wanted}",
        "exclusiveMinimum": f"needs more than {wanted}",
        "minItems": f"needs at least {wanted} value(s)",
        "uniqueItems": "needs different values: one is given twice",
        "enum": f"needs one of {wanted}",
        "pattern": f"needs text that matches {wanted}",
    }
    return phrases.get(str(error.validator), error.message)


def _hint(value: Any, error: ValidationError) -> str:
    if error.validator != "type" or not isinstance(value, float | str):
        return ""
    try:
        number = float(value)
    except ValueError:
        return ""
    if error.validator_value == "integer":
        return f" (write {number:.0f})" if number.is_integer() else ""
    if isinstance(value, float) or not math.isfinite(number):
        return ""
    mantissa, _, exponent = f"{number:e}".partition("e")
    return f" (YAML reads {value} as text: write {float(mantissa)}e{int(exponent):+d})"


def _key(error: ValidationError) -> str:
    key = ""
    for part in error.absolute_path:
        key = f"{key}[{part}]" if isinstance(part, int) else _join(key, str(part))
    return key


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
