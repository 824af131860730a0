"""Declarations of a command's options: the quick parser and Typer's read the same of a line."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer

from tiltyard.pipelines.declaring import UsageError, argument, for_typer, option, parse


def weigh(
    thing: Annotated[str, argument(metavar="THING", help="What.")],
    scale: Annotated[Path, option("--scale", "-s", help="Where.")],
    names: Annotated[list[str] | None, option("--name", "-n", help="Whose.")] = None,
    times: Annotated[int, option(least=1, most=9, help="How often.")] = 3,
    into: Annotated[Path | None, option(help="Table.")] = None,
    share: Annotated[float, option(least=0, most=1, help="How much of it.")] = 1.0,
    unit: Annotated[Literal["g", "kg"], option(help="Unit.")] = "g",
    gross: Annotated[bool, option("--gross", help="With what it is in.")] = False,
) -> None:
    """Weigh a thing."""


def by_typer(words):
    """What Typer reads of the words."""
    found = {}
    app = typer.Typer()
    call = for_typer(weigh)
    command = app.command()(call)
    assert command is call
    parsed = typer.main.get_command(app).make_context("weigh", list(words)).params
    for name, value in parsed.items():
        found[name] = list(value) if isinstance(value, tuple) else value
    return found


@pytest.mark.parametrize(
    "words",
    [
        "ball --scale a",
        "-s a ball --times 9 --into t.tsv",
        "--scale=a ball --name x -n y --name=z --unit kg --gross",
        "-sa ball -nx --times=1",
        "ball -s a --share 0.25",
    ],
)
def test_both_read_the_same(words):
    found = parse(weigh, words.split())
    expected = by_typer(words.split())
    assert found == {**expected, "names": expected["names"] or None}
    assert {type(value) for value in found.values()} <= {
        str,
        int,
        float,
        bool,
        list,
        type(None),
        type(Path()),
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "needed, and not given: THING, --scale"),
        ("ball", "needed, and not given: --scale"),
        ("ball bat -s a", "'bat' is one word too many"),
        ("ball -s a --times 10", "--times 10: needs a whole number from 1 to 9"),
        ("ball -s a --times ½", "--times ½: needs a whole number from 1 to 9"),
        ("ball -s a --share 1.5", "--share 1.5: needs a number from 0 to 1"),
        ("ball -s a --share nan", "--share nan: needs a number from 0 to 1"),
        ("ball -s a --share half", "--share half: needs a number from 0 to 1"),
        ("ball -s a --unit lb", "--unit lb: write g or kg"),
        ("ball -s a --gros", "there is no option --gros; did you mean --gross?"),
        ("ball -s", "-s needs a value"),
    ],
)
def test_what_is_wrong_is_named(words, said):
    with pytest.raises(UsageError) as caught:
        parse(weigh, words.split())
    assert str(caught.value) == said
    with pytest.raises(typer.BadParameter.__base__):
        by_typer(words.split())


def gather(
    things: Annotated[list[str], argument(metavar="THING…", help="What.")],
    into: Annotated[Path | None, option(help="Where.")] = None,
) -> None:
    """Gather things."""


def test_an_argument_of_several_words_takes_all_of_them():
    found = parse(gather, ["a", "--into", "b", "c", "-"])
    assert found == {"things": ["a", "c", "-"], "into": Path("b")}
    with pytest.raises(UsageError, match="needed, and not given: THING…"):
        parse(gather, ["--into", "b"])
    app = typer.Typer()
    app.command()(for_typer(gather))
    context = typer.main.get_command(app).make_context("gather", ["a", "--into", "b", "c"])
    assert list(context.params["things"]) == ["a", "c"]


def test_help_shows_every_option():
    from typer.testing import CliRunner

    app = typer.Typer()
    app.command()(for_typer(weigh))
    said = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120"}).stdout
    for words in ("THING", "--scale", "-s", "How often.", "1<=x<=9", "Weigh a thing."):
        assert words in said
