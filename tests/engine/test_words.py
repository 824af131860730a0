"""Engine, report, workflow and rules speak of no kind of study, in no name, comment or message.

`FORBIDDEN` are words of the study of derivatives. `ALLOWED` are the phrases in which such a word
means something else; each is listed whole, so that the word alone stays forbidden.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "python" / "tiltyard"
FORBIDDEN = (
    *("derivative", "estimator", "julia", "noise", "noisy", "nrmse", "oracle", "order", "rmse"),
    "signal",
)
#: Phrases as they read once names are split into words and blanks are single.
ALLOWED = (
    # A sequence.
    *("in order", "in an order", "in the order", "in that order", "in its order"),
    *("in their order", "whatever their order", "set s order", "whose order pandas"),
    # The k-th smallest of a sample.
    *("order statistic", "order statistics"),
    # A signal of POSIX.
    *("a posix signal", "posix signals", "send signal", "death signal", "cleanly on signals"),
)
#: Texts with a forbidden word that are no speech: file and the whole text.
EXCEPTIONS = {
    # The kind of a configuration that names none: studies from before there were kinds.
    ("python/tiltyard/engine/kind/finding.py", "derivatives"),
}
#: Modules of Python whose names are not ours.
FOREIGN = ("signal",)

_WORDS = re.compile(r"[^\W\d_]+")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FORBIDDEN = re.compile(rf"\b(?:{'|'.join(FORBIDDEN)})(?:s|d|'s)?\b")
_ALLOWED = re.compile(rf"\b(?:{'|'.join(sorted(ALLOWED, key=len, reverse=True))})\b")


def words_in(text: str) -> list[str]:
    """Forbidden words in `text`, where names are words joined by underscores or humps."""
    plain = " ".join(_WORDS.findall(_HUMPS.sub(" ", text))).lower()
    return _FORBIDDEN.findall(_ALLOWED.sub(" ", plain))


def texts_of_python(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every name, string, docstring and comment."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    tree = ast.parse(source)
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in FOREIGN
    }
    yield from _texts_of_tree(tree, 1, imported)


def _texts_of_tree(node: ast.AST, line: int, imported: set[str]) -> Iterator[tuple[int, str]]:
    line = getattr(node, "lineno", line)
    # The name of a module that the file imports, and what that module calls its own things.
    of_module = isinstance(node, ast.Attribute) and ast.unparse(node.value) in imported
    is_module = isinstance(node, ast.Name | ast.alias) and ast.unparse(node) in imported
    for _, value in ast.iter_fields(node):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _texts_of_tree(each, line, imported)
            elif isinstance(each, bytes):
                yield line, each.decode(errors="replace")
            elif isinstance(each, str) and not of_module and not is_module:
                yield line, each


def texts_of_lines(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of a file of another language: all of it is names, strings or comments."""
    for number, line in enumerate(source.splitlines(), start=1):
        yield number, line.strip()


def faults_of(path: Path) -> list[str]:
    """Where the file speaks of one kind of study."""
    read = texts_of_python if path.suffix == ".py" else texts_of_lines
    name = path.relative_to(PROJECT).as_posix()
    return [
        f"{name}:{line}: {', '.join(found)} in {text[:80]!r}"
        for line, text in read(path.read_text(encoding="utf-8"))
        if (name, text) not in EXCEPTIONS and (found := words_in(text))
    ]


def files() -> list[Path]:
    rooms = [PACKAGE / "engine", PACKAGE / "report", PROJECT / "workflow" / "rules"]
    kinds = {".py", ".js", ".html", ".css", ".smk"}
    found = [path for room in rooms for path in room.rglob("*") if path.suffix in kinds]
    return sorted([*found, PACKAGE / "workflow.py", PROJECT / "Snakefile"])


@pytest.mark.parametrize("path", files(), ids=lambda p: p.relative_to(PROJECT).as_posix())
def test_no_file_speaks_of_one_kind_of_study(path):
    assert not (faults := faults_of(path)), "\n".join(faults)


def test_no_file_is_named_after_one_kind_of_study():
    assert not [path for path in files() if words_in(path.relative_to(PROJECT).as_posix())]


PLACES = (
    "{0} = 1",
    "def f({0}_count): ...",
    "class Best{1}: ...",
    "f(all_{0}s=1)",
    "f(x.{0})",
    "from here.{0}s import x",
    '"""Rows differ by {0}."""',
    'def f():\n    """Sum.\n\n    Of each {0},\n    and more."""',
    "x = 1  # by {0}",
    'raise ValueError(f"no {0} {{x}}")',
    'f"{{a.{0}}}"',
    'b = {{b"{0}": 1}}',
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("word", FORBIDDEN)
def test_a_word_is_found_wherever_it_stands(word, place):
    source = place.format(word, word.capitalize())
    assert [found for _, text in texts_of_python(source) for found in words_in(text)]


@pytest.mark.parametrize("word", FORBIDDEN)
def test_a_word_is_found_in_other_languages(word):
    name = word.capitalize()
    for source in (f"const by{name} = 1;", f"// by {word}", f'"{word}s"', f"--{word}-colour: red"):
        assert [found for _, text in texts_of_lines(source) for found in words_in(text)]


def test_nrmse_is_found_as_people_write_it():
    assert words_in("median nRMSE") and words_in("NRMSE") and words_in("nrmse_median")


def test_phrases_leave_the_word_forbidden():
    assert not words_in("results_in_order, by order statistics in the order in which they came")
    assert words_in("results_in_order of each order")
    assert words_in("in the order of appearance, and by signal")


def test_module_of_posix_signals_is_no_speech():
    source = (
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(signal.Signals(1))"
    )
    assert not [found for _, text in texts_of_python(source) for found in words_in(text)]
    for plant in ("signal = 1", "x.signal(1)", "def f(signal): ...", "print('signal')"):
        assert [found for _, text in texts_of_python(plant) for found in words_in(text)]
