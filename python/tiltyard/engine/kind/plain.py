"""Defaults for most of what a kind has to provide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tiltyard.engine.files.digests import digest
from tiltyard.engine.kind.outputs import Anchor, Figure, Panel, Table
from tiltyard.engine.methods.method import Method
from tiltyard.engine.methods.plugins import Plugin
from tiltyard.engine.methods.versions import package_files

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from tiltyard.engine.outcome import Outcome
    from tiltyard.engine.statistics.alarms import Alarm
    from tiltyard.engine.study import Study


class PlainKind:
    """Base class of kinds, with defaults for most of `Kind`.

    By default the version of methods and datasets is the digest of the kind's package.
    """

    method: type[Method] = Method
    within: Sequence[str] = ()
    levels = ""
    decides: Sequence[str] = ()
    extent: Sequence[str] = ()
    selection = "methods"
    tags: Sequence[str] = ()
    unranked: frozenset[str] = frozenset()
    statuses: Sequence[str] = ()
    line_figures = ("score_by_level", "score_by_row")
    families: Sequence[str] = ()
    reference: tuple[str, str] | None = None
    anchors: Sequence[Anchor] = ()
    opening: Mapping[str, Any] = MappingProxyType({})
    captions: Path | None = None
    alarmed_by: Sequence[str] = ()
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()
    panels: Sequence[Panel] = ()
    commands: Sequence[str] = ()

    def check(self, config: Mapping[str, Any]) -> None:
        """Accept every configuration that the schema accepts."""

    def code(self, config: Mapping[str, Any]) -> str:
        """Digest of the kind's own package."""
        return digest(path.read_bytes() for path in package_files(type(self).__module__))

    def sources(self, config: Mapping[str, Any]) -> str:
        """Digest of the kind's own package, from `code`."""
        return self.code(config)

    def packages(self, config: Mapping[str, Any]) -> Sequence[Plugin]:
        """No further methods."""
        return ()

    def runtimes(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """No runtimes besides Python."""
        return {}

    def kernels(self, config: Mapping[str, Any]) -> Sequence[str]:
        """No libraries besides those of Python."""
        return ()

    def dataset_code(self) -> Mapping[str, str]:
        """Digest of the kind's own package."""
        return {"code": self.code({})}

    def unsupported(self, method: Any, dataset: Any, config: Mapping[str, Any]) -> str:
        """Every method can be run on every dataset."""
        return ""

    def together(
        self, outcomes: Mapping[Any, Outcome], config: Mapping[str, Any]
    ) -> Mapping[Any, Outcome]:
        """The outcomes as they are."""
        return outcomes

    def scoring_code(self) -> str:
        """Digest of the kind's own package."""
        return self.code({})

    def alarms(self, study: Study, summary: pd.DataFrame, *rows: pd.DataFrame) -> Iterable[Alarm]:
        """No alarms other than the engine's own."""
        return ()

    def notes(self, config: Mapping[str, Any]) -> Sequence[str]:
        """No notes."""
        return ()

    def target(self, config: Mapping[str, Any]) -> float | None:
        """No target."""
        return None

    def page_facts(self, study: Study) -> Mapping[str, Any]:
        """No facts."""
        return {}

    def facts(self, methods: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """Name, language, family and tags."""
        names = ("name", "language", "family", "tags")
        return [{name: getattr(method, name) for name in names} for method in methods]

    def methods_page(self, methods: Sequence[Any]) -> str:
        """A table of `facts`."""
        rows = [list(map(str, row.values())) for row in self.facts(methods)]
        heads = list(self.facts(methods)[0]) if methods else []
        lines = [heads, ["---"] * len(heads), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def divisions(self, cells: pd.DataFrame) -> Mapping[str, Sequence[str]]:
        """No further columns."""
        return {}

    def made_up(
        self, method: Any, dataset: Any, config: Mapping[str, Any], rng: np.random.Generator
    ) -> Outcome:
        """Raise an error: only the kind can make results up."""
        raise NotImplementedError(f"{type(self).__name__} makes no results up for a rehearsal")
