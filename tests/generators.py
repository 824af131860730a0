"""Modules of docs/generate, imported as the scripts and MkDocs do it, and forgotten again."""

import contextlib
import importlib
import sys

from workplace import ROOT

GENERATE = ROOT / "docs" / "generate"


@contextlib.contextmanager
def generators():
    """A function that imports a module of docs/generate by its name."""
    before = set(sys.modules)
    sys.path.insert(0, str(GENERATE))
    try:
        yield importlib.import_module
    finally:
        sys.path.remove(str(GENERATE))
        for name in set(sys.modules) - before:
            if (GENERATE / f"{name}.py").exists():
                del sys.modules[name]
