"""Names of months, in English, and with Babel in most languages that are written with letters."""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from tiltyard.application.series import UnusableData
from tiltyard.engine.extras import require

ENGLISH = (
    "january february march april may june july august september october november december"
).split()

#: Those whose months are words; of a hundred more, some take another's word for another month.
LANGUAGES = (
    "bg ca cs cy da de el es et eu fi fr ga gl hr hu id is it lt lv ms nb nl pl pt ro ru sk sl sq "
    "sv tr uk"
).split()


def month_numbers(words: Iterable[str]) -> dict[str, int]:
    """Number of the month, 1 to 12, for each word.

    Raises
    ------
    MissingPackage
        If a word is not English, and Babel is not installed.
    UnusableData
        If no language has all the words, or languages that have them disagree.
    """
    wanted = {word: _plain(word) for word in words}
    english = _english()
    if all(word in english for word in wanted.values()):
        return {word: english[plain] for word, plain in wanted.items()}
    strange = next(word for word, plain in wanted.items() if plain not in english)
    require("babel", f"reading the month {strange!r}", "languages")
    readings = {
        tuple(names[plain] for plain in wanted.values()): language
        for language, names in _languages().items()
        if all(plain in names for plain in wanted.values())
    }
    if not readings:
        raise UnusableData(f"{strange!r} is the name of no month; write months as numbers")
    if len(readings) > 1:
        languages = " and ".join(sorted(readings.values())[:2])
        raise UnusableData(
            f"{strange!r} is not the same month in every language ({languages} disagree); write "
            "months as numbers"
        )
    return dict(zip(wanted, next(iter(readings)), strict=True))


def is_month(word: str, everywhere: bool = False) -> bool:
    """Whether the word is a month in English, or if `everywhere` in any language.

    Without Babel, a word between two numbers is taken for one: `month_numbers` then names Babel.
    """
    plain = _plain(word)
    if plain in _english():
        return True
    if not everywhere:
        return False
    if importlib.util.find_spec("babel") is None:
        return True
    return any(plain in names for names in _languages().values())


def _plain(word: str) -> str:
    """Small letters without accents and points."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if letter.isalpha())


@cache
def _english() -> Mapping[str, int]:
    names = {name: number for number, name in enumerate(ENGLISH, 1)}
    return names | {name[:3]: number for name, number in names.items()} | {"sept": 9}


@cache
def _languages() -> Mapping[str, Mapping[str, int]]:
    """For each language its names of months, whole and short."""
    from babel import Locale

    found = {}
    for language in LANGUAGES:
        months = Locale(language).months
        found[language] = {
            _plain(name): number
            for context in ("format", "stand-alone")
            for width in ("wide", "abbreviated")
            for number, name in months[context][width].items()
            if len(_plain(name)) > 2
        }
    return found
