"""The documentation's site: built strictly, complete, and of nothing from a network."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated

import pytest
import typer
from generators import generators
from mkdocs.commands.build import build
from mkdocs.config import load_config

ROOT = Path(__file__).parents[1]
ESTIMATORS = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make site` does it; a warning raises."""
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(folder)))
    return folder


@pytest.fixture
def generator():
    """A function that imports a module of docs/generate as MkDocs does it."""
    with generators() as imported:
        yield imported


class Page(HTMLParser):
    """What a page loads (links do not), and its anchors."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.anchors.add(given.get("id"))
        if tag != "a":
            self.loads += [given.get(name) or "" for name in ("src", "href", "srcset", "data")]
            self.loads += re.findall(r"url\(\s*['\"]?([^'\")]+)", given.get("style") or "")


def is_external(address):
    return re.match(r"\s*(\w+:)?//", address) is not None


@pytest.mark.parametrize(
    ("address", "external"),
    [
        ("https://fonts.example/a.css", True),
        ("//cdn.example/a.js", True),
        ("assets/a.js", False),
        ("../assets/a.css", False),
        ("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'>", False),
    ],
)
def test_addresses_of_other_places_are_recognised(address, external):
    assert is_external(address) is external


def test_no_page_loads_anything_from_elsewhere(site):
    loads = {}
    for file in site.rglob("*.html"):
        for address in Page(file.read_text(encoding="utf-8")).loads:
            loads.setdefault(address, file.name)
    assert any(address.endswith(".js") for address in loads)  # the parser sees them
    for file in site.rglob("*.css"):
        style = file.read_text(encoding="utf-8")
        for address in re.findall(r"(?:url\(\s*|@import\s+)['\"]?([^'\")\s]+)", style):
            loads.setdefault(address, file.name)
    assert {address: file for address, file in loads.items() if is_external(address)} == {}


def test_citations_of_estimators_lead_to_references(site):
    references = Page((site / "references.html").read_text(encoding="utf-8")).anchors
    keys = re.findall(r"^@\w+\{(\w+),", (ROOT / "docs/references.bib").read_text("utf-8"), re.M)
    assert set(keys) <= references
    catalogue = (site / "estimators.html").read_text(encoding="utf-8")
    cited = set(re.findall(r'href="references.html#(\w+)"', catalogue))
    assert "fornberg1988generation" in cited and cited <= references
    rows = re.findall(r"^\| `\w+` \|.* \| ([\w, ]+) \|$", ESTIMATORS, re.M)
    assert cited == {key for row in rows for key in row.split(", ")}


def test_links_to_files_of_the_repository_lead_to_the_pages_made_of_them(site, generator):
    for page in ("index", "rooms", "statistics"):
        text = (site / f"{page}.html").read_text(encoding="utf-8")
        assert 'href="../' not in text
    links = (site / "index.html").read_text(encoding="utf-8")
    for name in ("configuration", "command-line", "changelog"):
        assert f'href="{name}.html"' in links
    pages = generator("pages")
    linked = "see [a](../python/a.py), [b](references.bib#key) and [c](tutorial.md)"
    assert pages.LINK.sub(pages._in_the_site, linked) == (
        "see a, [b](references.md#key) and [c](tutorial.md)"
    )


def test_the_page_of_the_protocol_has_every_member(site, generator):
    members = dict(generator("protocol").members())
    assert {"grid", "measures", "make", "rows", "tables"} <= members.keys()
    assert all(members.values())
    text = (site / "kind.html").read_text(encoding="utf-8")
    assert [name for name in members if f"<code>{name}</code>" not in text] == []


def test_the_page_of_the_command_line_names_every_option(generator):
    app = typer.Typer()

    @app.command()
    def weigh(
        things: list[str],
        into: Annotated[Path, typer.Option(help="Where | it goes.")],
        times: Annotated[int, typer.Option(help="How often, <n>.")] = 3,
        label: Annotated[list[str] | None, typer.Option(help="Names.")] = None,
        dry: Annotated[bool, typer.Option("--dry", help="Do nothing.")] = False,
        loud: Annotated[bool, typer.Option(help="Say it.")] = True,
    ) -> None:
        """Weigh things.

        One after the other.
        """

    @app.command()
    def stop() -> None:
        """Stop it."""

    page = generator("command_line").page(app)
    for line in (
        "| [`tiltyard stop`](#tiltyard-stop) | Stop it. |",
        "tiltyard weigh --into PATH [OPTIONS] THINGS …",
        "One after the other.",
        "| `--into PATH` | Where \\| it goes. | required |",
        "| `--times INTEGER` | How often, &lt;n>. | `3` |",
        "| `--label TEXT …` | Names. | – |",
        "| `--dry` | Do nothing. | `off` |",
        "| `--loud / --no-loud` | Say it. | `--loud` |",
    ):
        assert line in page.splitlines(), line


def test_the_page_of_the_configuration_has_keys_limits_and_defaults(generator):
    schema = {
        "required": ["mass"],
        "properties": {
            "mass": {"description": "of the thing [kg]", "type": "number", "exclusiveMinimum": 0},
            "on": {"description": "whether", "type": "boolean", "default": True},
            "inner": {
                "description": "more",
                "type": "object",
                "default": {},
                "properties": {"names": {"$ref": "#/$defs/names", "description": "who"}},
            },
        },
        "$defs": {"names": {"type": "array", "items": {"type": "string", "pattern": "^a"}}},
    }
    lines = generator("configuration").page(schema, "mass: 2\n").splitlines()
    for line in (
        "| `mass` | of the thing [kg] | number, above 0 | required |",
        "| `on` | whether | `true` or `false` | `true` |",
        "| `inner` | more | keys below | – |",
        "| `inner.names` | who | list of: text, as in `^a` | – |",
        "mass: 2",
    ):
        assert line in lines, line


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Fran{\c{c}}ois", "François"),
        (r"S{\"a}rkk{\"a}", "Särkkä"),
        (r"{\"U}ber die ``{Ganzzahligkeit}''", "Über die “Ganzzahligkeit”"),
        (r"{Savitzky}--{Golay} \& Hall", "Savitzky–Golay & Hall"),
        (r"$\ell_1$ trend", "ℓ₁ trend"),
    ],
)
def test_tex_becomes_text(generator, tex, text):
    assert generator("bibliography").plain(tex) == text


def test_tex_that_is_not_known_is_refused(generator):
    with pytest.raises(ValueError, match=r"what '\\\\alpha' means is not known"):
        generator("bibliography").plain(r"\alpha")


def test_a_reference_has_authors_year_title_place_and_doi(generator, tmp_path):
    file = tmp_path / "references.bib"
    file.write_text(
        "@article{doe2001weights,\n  author = {Doe, Jane and Roe, Richard},\n"
        "  title = {On weights,\n           again},\n  journal = {Scales},\n  volume = {3},\n"
        "  number = {2},\n  pages = {1--9},\n  year = {2001},\n  doi = {10.1/x}\n}\n"
    )
    bibliography = generator("bibliography")
    entries = bibliography.read_entries(file)
    assert bibliography.reference(entries["doe2001weights"]) == (
        "Jane Doe and Richard Roe (2001). On weights, again. *Scales* 3(2), 1–9. "
        "[doi:10.1/x](https://doi.org/10.1/x)."
    )
    cited = bibliography.cite(["doe2001weights"], entries)
    assert cited == "[Doe & Roe 2001](references.md#doe2001weights)"
    file.write_text(file.read_text() + "stray\n")
    with pytest.raises(ValueError, match="what is no entry: 'stray'"):
        bibliography.read_entries(file)
