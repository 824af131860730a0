"""What a word without quotes means in a configuration: YAML 1.2, and nothing ambiguous."""

from __future__ import annotations

import math
import re

# PyYAML reads YAML 1.1, where 1e-3 is text, 010 is 8 and 1:40 is 100. What both versions read alike
# is read; 1e-3 is a number, as everywhere else; whatever else they disagree about is refused. Only
# `off` and its like stay what they have been: people switch things off with them.
WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **{form: True for word in ("true", "yes", "on") for form in (word, word.title(), word.upper())},
    **{
        form: False
        for word in ("false", "no", "off")
        for form in (word, word.title(), word.upper())
    },
}
WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
#: Numbers of YAML 1.1 or 1.2 that people do not read as the machine does.
OTHER_BASE = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F_]+|[oO]?[0-7_]+|[bB][01_]+)")
LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
GROUPED = re.compile(r"[-+]?[0-9.][0-9_]*_[0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?")
#: Digits of the longest whole number; Python converts no more than some thousands.
DIGITS = 100


class Ambiguous(ValueError):
    """A word that is not read; the message says what to write in its place."""


def meaning(text: str) -> str | int | float | bool | None:
    """What `text`, written without quotes, means.

    Raises
    ------
    Ambiguous
        If it looks like a number but is none in decimal digits, or none that a double holds.
    """
    if text in WORDS:
        return WORDS[text]
    if WHOLE.fullmatch(text):
        if len(text) > DIGITS:
            raise Ambiguous(f"a number of {len(text)} digits: write one of at most {DIGITS}")
        return int(text)
    if LEADING_ZERO.fullmatch(text) or OTHER_BASE.fullmatch(text):
        raise Ambiguous(f"a number that is not in plain decimal digits: {_remedy(text)}")
    if REAL.fullmatch(text):
        return _real(text)
    if NOT_FINITE.fullmatch(text):
        raise Ambiguous("not finite: write a number in decimal digits, or leave the key out")
    if SEXAGESIMAL.fullmatch(text):
        raise Ambiguous(
            f"YAML 1.1 reads it to base 60, as {_sixties(text)}: write the number that you mean in "
            "decimal digits, or quotes around a text"
        )
    if GROUPED.fullmatch(text):
        plain = text.replace("_", "")
        raise Ambiguous(f"a number with _ in it: write {plain}, or quotes around a text")
    return text


def _real(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise Ambiguous("too large for a double: write a number below 1e308")
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise Ambiguous("so small that a double is 0: write 0, or a number above 1e-307")
    return value


def _remedy(text: str) -> str:
    """What may be meant by a number in another base than ten, or with zeros before it."""
    sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text.lstrip("+"))
    if digits[1] in "xXoObB":
        return f"write {sign}{int(digits.replace('_', ''), 0)}"
    digits = digits.replace("_", "").lstrip("0") or "0"
    also = ""
    if not set("89") & set(digits) and digits != str(int(digits, 8)):
        also = f" (or {sign}{int(digits, 8)}, which YAML 1.1 reads, to base 8)"
    return f"write {sign}{digits}{also}, or quotes around a text"


def _sixties(text: str) -> str:
    sign = "-" if text[0] == "-" else ""
    parts = text.lstrip("+-").replace("_", "").split(":")
    value = 0.0
    for part in parts:
        value = 60 * value + float(part)
    return f"{sign}{value:.15g}"
