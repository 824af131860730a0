"""Ways in which a file of a study comes to harm, and the files that can."""

import os
from pathlib import Path

#: A study that is finished in seconds, with every table and figure.
SMALL = {
    "study": "trial",
    "seed": 7,
    "julia": False,
    "signals": ["gaussian_peak"],
    "samples": [21],
    "noise_levels": [1.0e-2, 1.0e-1],
    "trials": 1,
    "orders": [0, 1],
    "estimators": {"include": {"name": ["truth", "zero", "central_difference"]}},
}
#: Notes for people, from which nothing is computed: no receipt has them.
NOTES = ("logs", "benchmarks", "owners")


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def empty(path):
    path.write_bytes(b"")


def replace(path):
    path.write_bytes(b"\x80\x81 t,y\n0,1\n\xff")


def delete(path):
    path.unlink()


def flip(path, bit=0, share=0.5):
    """Flip one bit, and keep size and time: what a bad disk does."""
    seen, content = path.stat(), bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 1 << bit
    path.write_bytes(content)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


DAMAGES = {own.__name__: own for own in (truncate, empty, replace, delete, flip)}


def files_in(results: Path, *, all_figures: bool = True) -> list[str]:
    """Names of all files of a study that are signed, or of all but most figures."""
    paths = (path for path in results.rglob("*") if path.is_file())
    names = (path.relative_to(results) for path in paths)
    return sorted(
        name.as_posix()
        for name in names
        if name.parts[0] not in NOTES
        and (all_figures or name.parts[0] != "figures" or name.stem == "reach")
    )


class Kept:
    """A file that is as it was when the body has ended, its time included."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Path:
        self._content, self._seen = self._path.read_bytes(), self._path.stat()
        return self._path

    def __exit__(self, *error: object) -> None:
        self._path.write_bytes(self._content)
        os.utime(self._path, ns=(self._seen.st_atime_ns, self._seen.st_mtime_ns))
