"""Subcommands about what a study is made of: its methods, and one of its configurations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from tiltyard.cli.options import CONFIG, ConfigOption, JsonOption, study_of
from tiltyard.engine.files.json import json_text


def methods(
    config: Annotated[
        Path | None, typer.Option("--config", help="Only those that this study selects.")
    ] = None,
    kind: Annotated[str, typer.Option(help="Kind of study, without --config.")] = "",
    language: Annotated[str, typer.Option(help="Only those of this language.")] = "",
    format: Annotated[
        Literal["table", "json", "markdown"], typer.Option("--format", help="How to print it.")
    ] = "table",
) -> None:
    """List the methods of a study, or of a kind of study, with their facts."""
    from tiltyard.engine.kind import DEFAULT, find_kind
    from tiltyard.engine.methods.catalogue import selected_methods

    if config is not None:
        study = study_of(config)
        chosen, found = study.kind, selected_methods(study)
    else:
        chosen = find_kind(kind or DEFAULT)
        found = list(chosen.methods({"language": language} if language else {}))
    found = [method for method in found if language in ("", method.language)]
    if not found:
        raise ValueError(f"--language {language}: no {chosen.words.method} is written in it")
    if format == "json":
        print(json_text([method.to_dict() for method in found]))
        return
    if format == "markdown":
        print(chosen.methods_page(found), end="")
    else:
        from tiltyard.report.terminal import facts_table, print_table

        print_table(facts_table(chosen.facts(found), f"{len(found)} {chosen.words.method}s"))


def profile(
    configuration: Annotated[
        str, typer.Argument(help="Its id, as lotka_volterra-n101-gaussian-1e-03-t2.")
    ],
    config: ConfigOption = CONFIG,
    rows: Annotated[int, typer.Option(min=1, help="Methods in the table.")] = 25,
    format: JsonOption = "table",
) -> None:
    """Evaluate one configuration afresh, in one thread, and show where the time goes."""
    from tiltyard.engine.journal.profile import profile_configuration
    from tiltyard.report.terminal import print_table, profile_tables

    study = study_of(config)
    found = profile_configuration(study, configuration)
    if format == "json":
        print(json_text(found.to_dict()))
    else:
        for table in profile_tables(found, rows, study.kind.words.method):
            print_table(table)


SUBCOMMANDS = (methods, profile)
