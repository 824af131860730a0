"""Draw the pictures of docs/differentiate.md: of two of its commands, and of two odd records."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

import tiltyard
from tiltyard.application.example import write_example

PICTURES = Path(__file__).parents[1] / "pictures"
T = np.linspace(0.0, 24.0, 145)


def vessel() -> pd.Series[float]:
    """A vessel that fills ever more slowly, and is emptied at once."""
    level = 3.0 - 2.5 * np.exp(-T / 6.0) + 0.15 * np.sin(1.3 * T)
    level[T >= 13.2] -= 1.9
    return _measured("level", level, 0.02, seed=3)


def gauge() -> pd.Series[float]:
    """A gauge whose range ends at 2.5, with one reading that is wrong."""
    pressure = 1.6 + 1.3 * np.sin(0.5 * T) * np.exp(-T / 40.0) + 0.02 * T
    found = _measured("pressure", pressure, 0.015, seed=5).clip(upper=2.5)
    found.iloc[70] -= 0.7
    return found


def _measured(name: str, values: np.ndarray, noise: float, seed: int) -> pd.Series[float]:
    noisy = values + noise * np.random.default_rng(seed).standard_normal(len(T))
    return pd.Series(noisy, index=pd.Index(T, name="hours"), name=name)


def culture() -> pd.Series[float]:
    """The optical density on the page, over the time since the vessel was filled."""
    page = (PICTURES.parent / "differentiate.md").read_text(encoding="utf-8")
    table = page.partition('title="vessel.csv"\n')[2].partition("```")[0]
    data = pd.read_csv(StringIO(table))
    return data.set_index(pd.to_timedelta(data.pop("time [h]"), unit="h").rename("time"))["OD"]


def main() -> None:
    """Write the four pictures."""
    example = PICTURES / "example.csv"
    write_example(example)
    data = pd.read_csv(example, comment="#")
    example.unlink()
    tiltyard.differentiate(data, "x", range(4), time="t").plot(PICTURES / "differentiate.png")
    for name, series in (("reset", vessel()), ("saturation", gauge())):
        tiltyard.differentiate(series, orders=(0, 1)).plot(PICTURES / f"differentiate-{name}.png")
    found = tiltyard.differentiate(culture(), relative=True, find=["maxima:1", "lag"], unit="h")
    found.plot(PICTURES / "differentiate-growth.png")


if __name__ == "__main__":
    main()
