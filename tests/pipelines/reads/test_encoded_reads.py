"""Arrays of a batch: what is made of lengths when it is asked for, handed over, and cut."""

import pickle

import numpy as np
import pytest

from tiltyard.pipelines.reads.encoded import Encoded


def of_lengths(*lengths, width, cut=0):
    tensor = np.arange(len(lengths) * width).reshape(len(lengths), width)
    return Encoded(tensor, np.array(lengths), cut=cut, width=width)


def test_lengths_and_mask_are_those_of_what_is_left_of_the_reads():
    found = of_lengths(3, 0, 7, 4, width=4, cut=1)
    assert found.lengths.tolist() == [3, 0, 4, 4] and found.lengths.dtype == np.int32
    assert found.mask.sum(axis=1).tolist() == [3, 0, 4, 4] and found.mask[0].tolist()[3:] == [False]
    assert of_lengths(width=0).mask.shape == (0, 0)
    assert of_lengths(5, 5, width=5).mask.all()


def test_a_mask_stays_as_it_was_changed_also_in_another_process():
    found = of_lengths(3, 2, width=3)
    assert pickle.loads(pickle.dumps(found)).mask.sum() == 5
    found.mask[[True, False]] = False
    for one in (found, pickle.loads(pickle.dumps(found)), found.part(slice(0, 2))):
        assert one.mask.tolist() == [[False] * 3, [True, True, False]]
        assert one.lengths.tolist() == [3, 2]


def test_rows_of_arrays():
    found = of_lengths(3, 2, 1, width=3).part(slice(1, 3))
    assert found.tensor.tolist() == [[3, 4, 5], [6, 7, 8]] and len(found) == 2
    assert found.mask.sum(axis=1).tolist() == [2, 1]


def test_an_array_of_no_stated_width_is_refused():
    with pytest.raises(TypeError, match="a mask, or its width"):
        Encoded(np.zeros((1, 1)), np.array([1]))
