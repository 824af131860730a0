"""The engine does not know what a derivative is, and the package never imports Snakemake."""

from pathlib import Path

import pytest

from tiltyard.study.versions import imported_modules

PACKAGE = Path(__file__).parents[2] / "python" / "tiltyard"


@pytest.mark.parametrize("source", sorted((PACKAGE / "study").rglob("*.py")), ids=lambda p: p.stem)
def test_engine_never_imports_a_study(source):
    foreign = ("tiltyard.derivatives", "tiltyard.report", "tiltyard.cli")
    assert not [name for name in imported_modules(source) if name.startswith(foreign)]


@pytest.mark.parametrize("source", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_package_never_imports_snakemake(source):
    assert not [name for name in imported_modules(source) if name.startswith("snakemake")]
