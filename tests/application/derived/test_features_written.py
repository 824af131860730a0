"""What the command finds: in the report, in a file of its own, in JSON, in the plot."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

T = np.linspace(0.5, 12.5, 49)
QUICK = ("--estimator", "gaussian_process_se")


def tiltyard(*arguments, cwd):
    return subprocess.run(
        [Path(sys.executable).with_name("tiltyard"), "differentiate", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two wells one below the other, with their highest rates at 4 and 8 h."""
    folder = tmp_path_factory.mktemp("wells")
    frames = []
    for number, (well, at) in enumerate({"A1": 4.0, "A2": 8.0}.items()):
        noise = 0.02 * np.random.default_rng(number).standard_normal(len(T))
        y = 0.1 * np.exp(2 / (1 + np.exp(-(T - at))) + noise)
        frames.append(pd.DataFrame({"well": well, "time [h]": T, "OD": y}))
    pd.concat(frames).to_csv(folder / "wells.csv", index=False)
    return folder


def test_records_have_their_features_in_one_file_beside_the_table(folder):
    done = tiltyard(
        *("wells.csv", "--by", "well", "--order", "0,1", "--relative", *QUICK),
        *("--find", "maxima:1", "--find", "lag", "--output", "d.csv", "--plot", "d.svg"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "wrote d-features.csv" in said and "doubling time" in said
    found = pd.read_csv(folder / "d-features.csv")
    top = found[(found["kind"] == "maximum") & found["certain"]]
    # A stationary process may wave where the growth rests; the highest is the right one.
    for well, at in (("A1", 4), ("A2", 8)):
        best = top[top["well"] == well].sort_values("height").iloc[-1]
        assert best["signal"] == "OD" and abs(best["place"] - at) < 0.6
        assert best["height"] == pytest.approx(0.5, rel=0.15)
        assert best["doubling_time"] == pytest.approx(np.log(2) / best["height"])
    assert set(found["kind"]) == {"maximum", "lag"}
    assert {"ln_OD_d0", "ln_OD_d1"} <= set(pd.read_csv(folder / "d.csv"))
    drawings = sorted(folder.glob("d-*.svg"))
    assert len(drawings) == 2
    assert all("d ln OD / dt" in one.read_text(encoding="utf-8") for one in drawings)
    # Neither is written over.
    (folder / "d.csv").unlink()
    again = tiltyard("wells.csv", "--find", "maxima:1", "--output", "d.csv", cwd=folder)
    assert again.returncode != 0 and "d-features.csv" in again.stderr


def test_json_has_them_whole(folder):
    done = tiltyard(
        *("wells.csv", "--by", "well", "--order", "0,1", "--log-time", "ln", *QUICK),
        *("--find", "maxima:1", "--format", "json"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    for record in json.loads(done.stdout):
        assert record["log_time"] == "ln" and record["relative"] is False
        np.testing.assert_allclose(record["t"], T)
        (most,) = [
            one
            for one in record["features"]
            if one["height"]["value"] == max(each["height"]["value"] for each in record["features"])
        ]
        assert {"kind", "order", "certain", "probability", "edge", "piece"} <= set(most)
        place = most["place"]
        assert T[0] <= place["low"] <= place["value"] <= place["high"] <= T[-1]


def test_what_cannot_be_asked_for_is_refused_before_the_file_is_read(folder):
    done = tiltyard("wells.csv", "--find", "peaks", cwd=folder)
    assert done.returncode != 0 and done.stdout == ""
    assert "--find peaks: write maxima, minima, zeros" in " ".join(done.stderr.split())
