"""A table of numbers is written without pandas as pandas would write it."""

import numpy as np
import pandas as pd
import pytest

from tiltyard.application import writing


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_numbers_are_written_as_pandas_writes_them(tmp_path, ending):
    values = np.array([0.0, 1.0, -1e-300, 1e22, 0.1, np.nan, 123456.789, 5e-5, 1 / 3])
    columns = {"t": np.arange(9.0), 'odd, "name"\t;': values, "x_d1": values[::-1]}
    writing._write_numbers(columns, tmp_path / f"own{ending}")
    writing._write(pd.DataFrame(columns), tmp_path / f"pandas{ending}")
    own, its = ((tmp_path / f"{name}{ending}").read_bytes() for name in ("own", "pandas"))
    assert own == its
