"""Files of marker trajectories, .trc, as motion capture writes them: three columns a marker."""

from __future__ import annotations

import numpy as np

from tiltyard.application.reading.separators import split_lines
from tiltyard.application.reading.table import Column, Said, Table
from tiltyard.application.series import UnusableData

#: The word at the beginning of such a file.
FIRST = "PathFileType"
AXES = "XYZ"


def is_marker_file(text: str) -> bool:
    """Whether the text is that of a .trc file."""
    return text.startswith(FIRST)


def marker_table(text: str, said: Said) -> Table:
    """Frames, times and the coordinates of each marker, as ``NAME_X``, ``NAME_Y`` and ``NAME_Z``.

    The five lines above the frames are those of Motion Analysis' format, which OpenSim reads: keys
    and values of the recording, names of the markers with two empty cells behind each, axes.

    Raises
    ------
    UnusableData
        If the lines are others.
    """
    lines = split_lines(text)
    if len(lines) < 6:
        raise UnusableData("a file of markers has five lines above its frames, and this one fewer")
    facts = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=False))
    frame, time, *names = (cell.strip() for cell in lines[3].split("\t"))
    markers = [name for name in names if name]
    unit = facts.get("Units", "").strip()
    columns = [f"{marker}_{axis}" for marker in markers for axis in AXES]
    rows = [
        (number, [cell.strip() for cell in line.split("\t")])
        for number, line in enumerate(lines[4:], 5)
    ]
    data = [(number, cells) for number, cells in rows if cells[0].isdigit() and len(cells) > 2]
    if not markers or not data:
        raise UnusableData("no markers or no frames are found in this file of markers")
    for number, cells in data:
        if sum(map(bool, cells[2 + len(columns) :])):
            raise UnusableData(
                f"line {number} has more cells than the {len(markers)} markers of line 4 need"
            )
    said.layout.append(f"{len(markers)} markers in {unit or 'a unit that it does not name'}")

    def cells_at(place: int) -> list[str | None]:
        return [cells[place] or None if place < len(cells) else None for _, cells in data]

    found = [Column(frame or "Frame#", cells_at(0)), Column(time or "Time", cells_at(1), "s")]
    found += [Column(name, cells_at(k), unit) for k, name in enumerate(columns, 2)]
    return Table(found, np.array([number for number, _ in data]))
