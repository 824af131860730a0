"""Pages that are generated say what the code says."""

from pathlib import Path

from tiltyard.report.terminal import methods_page
from tiltyard.studies.derivatives.discovery import load

PAGE = Path(__file__).parents[1] / "docs" / "estimators.md"


def test_the_page_of_the_estimators_is_the_catalogue():
    assert PAGE.read_text(encoding="utf-8") == methods_page(load()), "run `make docs`"
