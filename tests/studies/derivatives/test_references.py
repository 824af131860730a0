"""Every citation key that an estimator or signal declares is in the bibliography, once."""

import re
from collections import Counter
from pathlib import Path

from tiltyard.studies.derivatives.importing import load_python
from tiltyard.studies.derivatives.signals import SIGNALS

ROOT = Path(__file__).parents[3]
ENTRY = re.compile(r"^@\w+\{(\w+),", re.MULTILINE)
#: Julia's files name their keys in the registration.
CITES = re.compile(r"cites\s*=\s*\[([^\]]*)\]")


def test_every_cited_key_has_exactly_one_entry():
    text = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
    keys = ENTRY.findall(text)
    entries = Counter(keys)
    cited = {key for entry in load_python() for key in entry.cites}
    cited |= {key for signal in SIGNALS.values() for key in signal.cites}
    for source in (ROOT / "julia" / "src").rglob("*.jl"):
        for listed in CITES.findall(source.read_text()):
            cited |= set(re.findall(r'"(\w+)"', listed))
    assert cited <= set(entries), sorted(cited - set(entries))
    assert max(entries.values()) == 1, [key for key, count in entries.items() if count > 1]
    assert keys == sorted(keys), "keep the entries in order of their keys"
