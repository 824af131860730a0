"""A picture of the page's first screen, for the README."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tiltyard.engine.files.atomic import atomic_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: Window of the picture [pixels].
WIDTH, HEIGHT = 1280, 1120
#: Chromium under its Debian name and its others.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A Chromium of this machine without a window.

    Raises
    ------
    RuntimeError
        If there is none, or playwright, which drives it, is not installed.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise RuntimeError("playwright is not installed: `pip install playwright`") from None
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise RuntimeError(f"no browser on the PATH (looked for {', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
        # Its sandbox needs rights that containers do not give; the page is this study's own.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def draw_picture(page: Path, picture: Path) -> None:
    """Write what `page` shows first, in a light window, to the PNG file `picture`."""
    with open_browser() as browser:
        tab = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="light",
            reduced_motion="reduce",
        )
        tab.goto(page.resolve().as_uri())
        tab.wait_for_selector("html[data-ready]", state="attached")
        for plot in tab.query_selector_all(".plot"):
            box = plot.bounding_box()
            if box is not None and box["y"] < HEIGHT:
                tab.wait_for_selector(f"#{plot.get_attribute('id')}[data-drawn]")
        with atomic_path(picture) as temporary:
            temporary.write_bytes(tab.screenshot())
