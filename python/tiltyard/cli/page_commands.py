"""The subcommand `tiltyard page`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tiltyard.cli.options import CONFIG, ConfigOption, ResultsOption


def page(
    config: ConfigOption = CONFIG,
    results: ResultsOption = None,
    megabytes: Annotated[
        float, typer.Option(min=3, help="Size that it may have; curves that do not fit stay out.")
    ] = 30,
    picture: Annotated[
        Path | None, typer.Option(help="Also a PNG of its first screen; needs a Chromium.")
    ] = None,
) -> None:
    """Write the page of a study, report.html, which holds its results and needs no network."""
    from tiltyard.report.page.building import write_page
    from tiltyard.studies.derivatives.jobs import paths_of, study_of

    study = study_of(config)
    path = write_page(study, paths_of(study, results), largest=int(megabytes * 1e6))
    print(path)
    if picture is not None:
        from tiltyard.report.page.picture import draw_picture

        draw_picture(path, picture)
        print(picture)
