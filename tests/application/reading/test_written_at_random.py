"""Tables in hundreds of ways of writing are read as they were meant, or refused, never misread."""

import numpy as np
import pytest
from writer import written

from tiltyard.application.reading import Wishes, read_records
from tiltyard.application.series import UnusableData

#: Ways of writing in each test.
WAYS = 60


@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_is_read(tmp_path, seed):
    refused = []
    for number in range(WAYS):
        made = written(np.random.default_rng([seed, number]))
        path = tmp_path / f"{number}.txt"
        path.write_bytes(made.raw)
        unit = "s" if made.way["way"] != "numbers" else ""
        try:
            reading = read_records(path, Wishes(unit=unit))
        except UnusableData as error:
            refused.append((number, str(error), made.way))
            continue
        where = f"seed {seed}, {number}: {made.way}\n{reading.words()}"
        (record,) = reading.records
        assert [one.name for one in record.series] == list(made.values), where
        for one in record.series:
            values = made.values[one.name]
            kept = np.isfinite(values)
            times = made.seconds[kept]
            np.testing.assert_allclose(one.y, values[kept], rtol=1e-6, atol=1e-9, err_msg=where)
            np.testing.assert_allclose(one.t - one.t[0], times - times[0], atol=1e-6, err_msg=where)
    assert len(refused) <= 0.02 * WAYS, refused
