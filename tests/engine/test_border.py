"""The engine does not know what a derivative is, and the package never imports Snakemake."""

from pathlib import Path

import pytest

from tiltyard.engine.methods.versions import imported_modules

PACKAGE = Path(__file__).parents[2] / "python" / "tiltyard"
ENGINE = (PACKAGE / "engine").rglob("*.py")


@pytest.mark.parametrize("source", sorted(ENGINE), ids=lambda p: p.stem)
def test_engine_never_imports_a_study(source):
    foreign = ("tiltyard.studies", "tiltyard.report", "tiltyard.cli")
    assert not [name for name in imported_modules(source) if name.startswith(foreign)]


@pytest.mark.parametrize("source", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_package_never_imports_snakemake(source):
    assert not [name for name in imported_modules(source) if name.startswith("snakemake")]
