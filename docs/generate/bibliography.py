"""The page of references, and links to it, from `references.bib`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: What ``\x`` puts on the letter that follows, as Unicode's combining characters.
ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    '"': "\u0308",
    "^": "\u0302",
    "~": "\u0303",
    "c": "\u0327",
    "v": "\u030c",
}
ENTRY = re.compile(r"@(\w+)\{(\w+),\n(.*?)\n\}", re.DOTALL)
FIELD = re.compile(r"\s*(\w+) = \{(.*?)\}(?:,\n|,?\Z)", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """One reference: its key, its kind (article, book, …) and its fields as plain text."""

    key: str
    kind: str
    fields: Mapping[str, str]

    @property
    def authors(self) -> list[str]:
        """As *Family, Given*; those of the editors where there are no authors."""
        return (self.fields.get("author") or self.fields["editor"]).split(" and ")

    @property
    def label(self) -> str:
        """Family names and year, as in a text: *Eilers & Marx 1996*."""
        names = [author.partition(",")[0] for author in self.authors]
        if len(names) > 2 or names[-1] == "others":
            names = [f"{names[0]} et al."]
        return f"{' & '.join(names)} {self.fields['year']}"


def read_entries(path: Path) -> dict[str, Entry]:
    """Entries of the BibTeX file at `path` by key.

    Raises
    ------
    ValueError
        If something in the file is not an entry of the form that the house's file has.
    """
    text = path.read_text(encoding="utf-8")
    entries = {}
    for kind, key, body in ENTRY.findall(text):
        fields = {name: plain(value) for name, value in FIELD.findall(body)}
        if rest := FIELD.sub("", body).strip():
            raise ValueError(f"{path}: entry {key} has what is no field: {rest!r}")
        entries[key] = Entry(key, kind, fields)
    if rest := ENTRY.sub("", text).strip():
        raise ValueError(f"{path}: what is no entry: {rest[:60]!r}")
    return entries


def plain(value: str) -> str:
    r"""The text that TeX makes of `value`: accents, dashes, quotes, ``\&``, ``$\ell_1$``.

    Raises
    ------
    ValueError
        If a command is left that this function does not know.
    """
    value = re.sub(
        r"""\\(['`"^~cv])\s*\{?(\w)\}?""",
        lambda found: unicodedata.normalize("NFC", found[2] + ACCENTS[found[1]]),
        value,
    )
    for tex, text in {
        r"$\ell_1$": "ℓ₁",
        r"\&": "&",
        "---": "—",
        "--": "–",
        "``": "“",
        "''": "”",
    }.items():
        value = value.replace(tex, text)
    value = " ".join(value.replace("{", "").replace("}", "").split())
    if left := re.search(r"\\\w*|\$", value):
        raise ValueError(f"{value!r}: what {left[0]!r} means is not known")
    return value


def page(entries: Mapping[str, Entry]) -> str:
    """All references, by author and year, each with an anchor of its key."""
    lines = [
        "# References",
        "",
        "What estimators and signals cite, from `docs/references.bib`.",
        "",
    ]
    for entry in sorted(entries.values(), key=lambda one: (one.label.casefold(), one.key)):
        lines += [f'<a id="{entry.key}"></a>{reference(entry)}', ""]
    return "\n".join(lines)


def reference(entry: Entry) -> str:
    """One reference in Markdown."""
    fields = entry.fields
    given = [" ".join(reversed(author.split(", "))) for author in entry.authors]
    authors = ", ".join(given[:-1]) + " and " * (len(given) > 1) + given[-1]
    parts = [f"{authors.replace('and others', 'et al.')} ({fields['year']})", fields["title"]]
    where = fields.get("journal") or fields.get("booktitle") or fields.get("series")
    volume = fields.get("volume", "") + (f"({fields['number']})" if "number" in fields else "")
    details = [f"*{where}*{' ' + volume if volume else ''}" if where else volume]
    details += [fields.get("pages", ""), fields.get("edition", ""), fields.get("publisher", "")]
    parts.append(", ".join(filter(None, details)))
    if note := fields.get("note"):
        parts.append(note)
    if doi := fields.get("doi"):
        parts.append(f"[doi:{doi}](https://doi.org/{doi})")
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def cite(keys: Iterable[str], entries: Mapping[str, Entry]) -> str:
    """Links to the references `keys`, from a page beside theirs."""
    return ", ".join(f"[{entries[key].label}](references.md#{key})" for key in keys)
