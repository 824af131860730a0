"""Pages that are generated say what the code says."""

from pathlib import Path

from tiltyard.engine.kind import DEFAULT, find_kind

PAGE = Path(__file__).parents[1] / "docs" / "estimators.md"


def test_the_page_of_the_estimators_is_the_catalogue():
    kind = find_kind(DEFAULT)
    assert PAGE.read_text(encoding="utf-8") == kind.methods_page(kind.methods({})), (
        "run `make docs`"
    )
