"""Look whether an environment has what lock files name, and what else it has. Prints JSON.

Run by the environment's own Python: ``python -I looking.py LOCK … [FOLDER]``. With a folder of
packages, that is looked at instead of the environment's.
"""

import json
import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

try:
    from packaging.requirements import Requirement
except ImportError:  # it is one of the packages that are looked for
    from pip._vendor.packaging.requirements import Requirement  # type: ignore[assignment]


def name_of(text: str) -> str:
    """The name of a package in its one spelling."""
    return re.sub(r"[-_.]+", "-", text).lower()


def locked(files: Iterable[str]) -> dict[str, Requirement]:
    """Packages of the lock files: all of them, also those for other platforms.

    One for which a marker speaks in one file and not in another is wanted.
    """
    found: dict[str, Requirement] = {}
    for file in files:
        lines = Path(file).read_text("utf-8").splitlines()
        for line in filter(re.compile("[A-Za-z0-9]").match, lines):
            each = Requirement(line.rstrip(" \\"))
            before = found.get(name_of(each.name))
            if before is None or not each.marker or each.marker.evaluate():
                found[name_of(each.name)] = each
    return found


def fault(package: Distribution) -> str | None:
    """What is not as it was installed."""
    for file in package.files or ():
        path = package.locate_file(file)
        try:
            size = os.stat(path).st_size
        except OSError:
            return f"{file} is missing"
        # Commands begin with the path of their environment, so their size is another.
        if file.size is not None and size != file.size and file.parts[0] != "..":
            return f"{file} has {size} bytes of {file.size}"
    return None


def origin(package: Distribution) -> str:
    """What to tell pip to have the package again."""
    try:
        direct = json.loads(package.read_text("direct_url.json") or "{}")
    except ValueError:
        direct = {}
    if not direct.get("url"):
        return f"{package.name}=={package.version}"
    return ("--editable " if direct.get("dir_info", {}).get("editable") else "") + direct["url"]


def look(locks: Iterable[str], folder: str | None = None) -> dict[str, dict[str, str]]:
    """Name -> what is wrong, of what is locked; name -> origin, of what was installed beside it."""
    paths = sysconfig.get_paths()
    folders = [folder] if folder else sorted({paths["purelib"], paths["platlib"]})
    there = {name_of(each.name): each for each in distributions(path=folders) if each.name}
    wanted = locked(locks)
    wrong = {}
    for name, requirement in wanted.items():
        if folder or (requirement.marker and not requirement.marker.evaluate()):
            continue
        package = there.get(name)
        if package is None:
            wrong[name] = "is not there"
        elif package.version not in requirement.specifier:
            wrong[name] = f"is {package.version}, and {requirement.specifier} is locked"
        elif found := fault(package):
            wrong[name] = found
    beside = {n: origin(each) for n, each in there.items() if n not in {*wanted, "tiltyard"}}
    return {"wrong": wrong, "beside": beside}


if __name__ == "__main__":
    locks = [word for word in sys.argv[1:] if word.endswith(".lock")]
    print(json.dumps(look(locks, *sys.argv[len(locks) + 1 :])))
