import pytest

from tiltyard.pipelines.pipeline import LIMIT, REFERENCE
from tiltyard.studies.derivatives.levels.names import PLAIN, controls, strategy_of


def test_a_name_says_jobs_threads_batch_and_image():
    found = strategy_of("j2-t3-b4-compiling")
    assert (found.workers, found.block, found.implementation) == (6, "4", "compiling")
    assert found.options == {"jobs": 2, "threads": 3, "batch": 4, "image": False}
    assert strategy_of("j2-t1").block == "" and strategy_of("j2-t1").options["image"]


def test_what_is_called_by_hand_is_the_reference_and_without_a_merge_the_limit():
    assert [one.tags for one in controls()] == [(REFERENCE,), (LIMIT,)]
    assert strategy_of(PLAIN).tags == strategy_of("j1-t2").tags == ()


@pytest.mark.parametrize("name", ["", "j0-t1", "j1", "t1-j1", "j1-t1-b0", "j1-t1-x", "J1-t1"])
def test_another_name_is_refused_with_an_example(name):
    with pytest.raises(ValueError, match="j2-t1-b3"):
        strategy_of(name)
