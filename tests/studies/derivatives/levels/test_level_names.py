import pytest

from tiltyard.pipelines.pipeline import LIMIT, REFERENCE
from tiltyard.studies.derivatives.levels.names import PLAIN, limit, strategy_of


def test_a_name_says_jobs_threads_batch_and_image():
    found = strategy_of("j2-t3-b4-compiling")
    assert (found.workers, found.block, found.implementation) == (6, "4", "compiling")
    assert found.options == {"jobs": 2, "threads": 3, "batch": 4, "image": False}
    assert strategy_of("j2-t1").block == "" and strategy_of("j2-t1").options["image"]


def test_the_plain_one_is_the_reference_and_nobody_else():
    assert strategy_of(PLAIN).tags == (REFERENCE,)
    assert strategy_of("j1-t2").tags == () and limit().tags == (LIMIT,)


@pytest.mark.parametrize("name", ["", "j0-t1", "j1", "t1-j1", "j1-t1-b0", "j1-t1-x", "J1-t1"])
def test_another_name_is_refused_with_an_example(name):
    with pytest.raises(ValueError, match="j2-t1-b3"):
        strategy_of(name)
