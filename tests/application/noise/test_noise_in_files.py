"""The same in a shell: columns of errors and weights, replicates, and what is refused."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import tiltyard
from tiltyard.application.options import in_a_shell
from tiltyard.cli import app

N = 40
T = np.linspace(0.0, 6.0, N)
RNG = np.random.default_rng(9)
ERRORS = np.where(np.arange(N) % 4 == 0, 0.002, 0.04)
TABLE = pd.DataFrame(
    {
        "t": T,
        "x": np.sin(T) + ERRORS * RNG.standard_normal(N),
        "sd": ERRORS,
        "a1": np.sin(T) + 0.04 * RNG.standard_normal(N),
        "a2": np.sin(T) + 0.04 * RNG.standard_normal(N),
    }
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "data.csv"
    TABLE.to_csv(path, index=False)
    return path


def differentiated(file, *options):
    result = CliRunner().invoke(
        app, ["differentiate", str(file), "--time", "t", "--format", "json", *options]
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_column_of_errors_is_no_signal_and_is_used(file):
    (one,) = differentiated(file, "--signal", "x", "--noise-column", "sd", "--order", "0:1")
    python = tiltyard.differentiate(TABLE, "x", time="t", noise="sd")
    np.testing.assert_allclose(one["orders"][1]["estimate"], python.estimate[1], rtol=1e-6)
    assert one["noise_is"] == "as you gave it for each sample"
    names = [each["signal"] for each in differentiated(file, "--noise-column", "sd")]
    assert names == ["x", "a1", "a2"]


def test_weights_and_replicates(file):
    (one,) = differentiated(file, "--signal", "x", "--weight-column", "sd", "--order", "0")
    assert one["noise_is"] == "under the weights that you gave"
    (mean,) = differentiated(file, "--signal", "a1", "--signal", "a2", "--replicates")
    assert mean["signal"] == "a"
    assert mean["noise_is"] == "of the means of repeated samples"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--noise-column", "e"], "it has no column 'e'; it has t, x, sd, a1, a2"),
        (["--noise-column", "sd", "--noise", "0.1"], "are both given; leave one out"),
        (["--noise-column", "sd", "--weight-column", "a1"], "--weight-column are both given"),
        (["--noise-model", "gaussian"], "--noise-model gaussian: use one of auto"),
        (["--noise-column", "a1"], "column 'a1', row"),
    ],
)
def test_what_cannot_be_is_refused_by_its_flag(file, options, message):
    with in_a_shell():
        result = CliRunner().invoke(
            app, ["differentiate", str(file), "--time", "t", "--signal", "x", *options]
        )
    assert result.exit_code != 0
    assert message in (result.output + str(result.exception or "")).replace("\n", " ")
