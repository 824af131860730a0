"""Pages that are generated say what the code says."""

from pathlib import Path

from tiltyard.derivatives.catalogue import load
from tiltyard.report.tables import methods_page

PAGE = Path(__file__).parents[1] / "docs" / "estimators.md"


def test_the_page_of_the_estimators_is_the_catalogue():
    assert PAGE.read_text(encoding="utf-8") == methods_page(load()), "run `make docs`"
