"""The files of the page "From my instrument's file to a derivative"; it shows the heads."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

ROWS = 36
STEPS = np.arange(ROWS)
START = datetime(2025, 2, 13, 22, 0)


def wave(k=STEPS, offset=12.0):
    """What every instrument measures here."""
    return offset + 3 * np.sin(k / 5)


def lines(*rows, end="\n"):
    return end.join(rows) + end


def stamps(form, minutes=10, start=START):
    return [(start + timedelta(minutes=minutes * int(k))).strftime(form) for k in STEPS]


def rows(times, values, sep=",", decimal="."):
    return [f"{t}{sep}{v:.2f}".replace(".", decimal) if decimal != "." else f"{t}{sep}{v:.2f}"
            for t, v in zip(times, values, strict=True)]  # fmt: skip


def buoy():
    body = rows([f"{k / 2:.1f}" for k in STEPS], wave(), ";", ",")
    return lines("Zeit [s];Höhe [m]", *body, end="\r\n").encode("cp1252")


def tensile():
    body = [f"{k / 5:.1f},{f:.2f},{k / 8:.3f}" for k, f in zip(STEPS, wave(), strict=True)]
    head = ["Machine,Frame 12", "Operator,", "", "time,force,travel", "s,N,mm"]
    return lines(*head, *body, "Mean,12.3,2.2", "End of test,,").encode()


def channel():
    body = [
        f"  {k / 5:.2f}   {v:.4E}".replace("E", "D") for k, v in zip(STEPS, wave(), strict=True)
    ]
    return lines("# pressure cell, channel 3", "# time  pressure", *body).encode()


def logger():
    body = [
        f"{day};{f'{v:.2f}'.replace('.', ',')}"
        for day, v in zip(stamps("%d.%m.%Y;%H:%M"), wave(), strict=True)
    ]
    return lines("Datum;Uhrzeit;Pegel", *body).encode()


def sensor():
    return lines(
        "timestamp,ax", *rows([f"{1754200800000 + 250 * k}" for k in STEPS], wave())
    ).encode()


def tide():
    midnight = datetime(2025, 10, 26)
    shown = [midnight + timedelta(minutes=10 * int(k) - 60 * bool(k > 17)) for k in STEPS]
    clock = [f"{moment:%Y-%m-%d %H:%M}" for moment in shown]
    return lines("time,height", *rows(clock, wave())).encode()


def flow():
    texts = [f"{v:.2f}" for v in wave()]
    texts[3], texts[4], texts[9], texts[20] = "OVL", "OVL", "-9999", "n/a"
    return lines("t,flow", *(f"{k},{text}" for k, text in enumerate(texts))).encode()


def plate():
    body = [f"{k / 4:.2f},{w},{v:.2f}" for k, v in zip(STEPS, wave(), strict=True) for w in "AB"]
    return lines("hours,well,od", *body).encode()


def runs():
    body = rows([f"{k / 5:.1f}" for k in STEPS], wave())
    return lines("t,x", *body, *body[:20]).encode()


def counter():
    body = [f"{k};{v:.3f}".replace(".", ",") for k, v in zip(STEPS, wave(), strict=True)]
    return lines("t;mass", *body).encode()


def days():
    body = rows([f"{k:02d}/05/2025" for k in range(1, 13)], wave(STEPS[:12]))
    return lines("date,height", *body).encode()


def laps():
    body = rows([f"{10 * k // 60:02d}:{10 * k % 60:02d}" for k in STEPS], wave())
    return lines("elapsed,speed", *body).encode()


def records():
    found = [
        {"time": s, "mass": round(float(v), 2)}
        for s, v in zip(stamps("%Y-%m-%dT%H:%M:00Z"), wave(), strict=True)
    ]
    return lines("[", ",\n".join(map(json.dumps, found)), "]").encode()


def walk():
    head = [
        "PathFileType\t4\t(X/Y/Z)\twalk.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits",
        f"60\t60\t{ROWS}\t1\tmm",
        "Frame#\tTime\tHEEL\t\t",
        "\t\tX1\tY1\tZ1",
        "",
    ]
    body = [
        f"{k + 1}\t{k / 60:.4f}\t{v:.2f}\t{2 * v:.2f}\t{3 * v:.2f}"
        for k, v in zip(STEPS, wave(), strict=True)
    ]
    return lines(*head, *body).encode()


#: Name of each file -> its content.
FILES: dict[str, Callable[[], bytes]] = {
    "buoy.csv": buoy,
    "tensile.csv": tensile,
    "tensile.csv.gz": lambda: gzip.compress(tensile(), mtime=0),
    "channel.dat": channel,
    "logger.csv": logger,
    "sensor.csv": sensor,
    "tide.csv": tide,
    "flow.csv": flow,
    "plate.csv": plate,
    "runs.csv": runs,
    "counter.txt": counter,
    "days.csv": days,
    "laps.csv": laps,
    "records.json": records,
    "walk.trc": walk,
}


def write_brought(folder: Path) -> None:
    """Write all files of the page."""
    for name, content in FILES.items():
        (folder / name).write_bytes(content())
