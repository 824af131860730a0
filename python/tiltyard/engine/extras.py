"""Packages that an extra of Tiltyard brings: which extra, and the sentence that says so."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from functools import cache

#: Modules whose distribution has another name.
DISTRIBUTIONS = {
    "cvxpy": "cvxpy-base",
    "llvmlite": "numba",  # which brings it
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
#: The extra with everything that a study needs.
STUDY = "study"

_OF_EXTRA = re.compile(r"""^([\w.-]+).*\bextra *== *["']([\w-]+)["']""")


class MissingPackage(RuntimeError):
    """A package is not installed; the message has the command that installs it."""


def distribution_of(module: str) -> str:
    """Name under which the top-level package of `module` is installed."""
    top = module.partition(".")[0]
    return DISTRIBUTIONS.get(top, top)


@cache
def _extras() -> tuple[tuple[str, str], ...]:
    """Pairs of distribution and extra, as the installed metadata list them."""
    from importlib import metadata  # takes as long as a short command

    try:
        requirements = metadata.requires("tiltyard") or []
    except metadata.PackageNotFoundError:  # a checkout that is only on the path
        requirements = []
    matches = (_OF_EXTRA.match(text) for text in requirements)
    return tuple((_normal(match[1]), match[2]) for match in matches if match)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def extras_of(module: str) -> tuple[str, ...]:
    """Extras that bring the package of `module`; none for a package that no extra names."""
    name = _normal(distribution_of(module))
    return tuple(extra for distribution, extra in _extras() if distribution == name)


def command_for(modules: Iterable[str]) -> str:
    """The command that installs the packages of `modules`, with as few extras as hold them."""
    extras: list[str] = []
    for module in modules:
        known = extras_of(module) or (STUDY,)
        if not set(known) & set(extras):
            extras.append(STUDY if STUDY in known else known[0])
    return f"pip install 'tiltyard[{','.join(sorted(extras))}]'"


def refusal_of(error: ModuleNotFoundError) -> str:
    """Message on a command whose package is not installed; "" if no extra brings that package."""
    name = error.name or ""
    if not extras_of(name):
        return ""
    command = command_for([name])
    whose = "the study's packages" if "study" in command else "packages that are not installed"
    return f"tiltyard: this command needs {whose}: {command} ({distribution_of(name)} is missing)"


def lacking(modules: Iterable[str]) -> tuple[str, ...]:
    """The modules out of `modules` whose top-level package is not installed."""
    return tuple(m for m in modules if importlib.util.find_spec(m.partition(".")[0]) is None)


def require(module: str, purpose: str, extra: str) -> None:
    """Raise an error if a package is not installed.

    Parameters
    ----------
    module : str
        Top-level name of what is about to be imported.
    purpose : str
        Thing that needs it: the subject of the message's sentence.
    extra : str
        The smallest extra that brings it.

    Raises
    ------
    MissingPackage
        If it is not installed.
    """
    if lacking([module]):
        raise MissingPackage(
            f"{purpose} needs {distribution_of(module)}, which is not installed: "
            f"pip install 'tiltyard[{extra}]'"
        )
