"""Graphs of the three kinds of encoders against double precision, and planted faults in them."""

import math

import numpy as np
import onnx
import pytest
from model_folders import KINDS, tiny

from tiltyard.pipelines.sequences.models.encoders import encoder
from tiltyard.pipelines.sequences.models.graph import IR, OPSET, Graph, save
from tiltyard.pipelines.sequences.models.reference import embedding, gelu, rotated
from tiltyard.pipelines.sequences.models.seeded import seeded_weights
from tiltyard.pipelines.sequences.models.session import session
from tiltyard.pipelines.sequences.models.shape import alibi_slopes

#: Of the root mean square: float32 against double.
CLOSE = 3e-6


def run_of(shape, weights, **choices):
    return session(encoder(shape, weights, **choices).SerializeToString())


def drawn(shape, lengths, seed=2):
    """Tokens, attention and pooling of a padded batch."""
    rng = np.random.default_rng(seed)
    width = max(lengths)
    attended = (np.arange(width) < np.array(lengths)[:, None]).astype(np.int64)
    tokens = rng.integers(4, shape.vocabulary, (len(lengths), width)) * attended
    return tokens, attended, attended


def by_reference(shape, weights, tokens, attended, pooled):
    rows = [
        embedding(shape, weights, row[: own.sum()], pool[: own.sum()].astype(bool))
        for row, own, pool in zip(tokens, attended, pooled, strict=True)
    ]
    return np.array(rows)


def far(found, expected):
    return np.abs(found - expected).max() / np.sqrt((expected**2).mean())


@pytest.mark.parametrize("heads", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_gives_what_the_formulas_give(kind, heads):
    shape = tiny(kind, heads=heads)
    weights = seeded_weights(shape, 7)
    batch = drawn(shape, [9, 40, 1, 23])
    found = run_of(shape, weights)(*batch)
    assert found.dtype == np.float32 and found.shape == (4, shape.hidden)
    assert far(found, by_reference(shape, weights, *batch)) < CLOSE


@pytest.mark.parametrize("kind", KINDS)
def test_only_tokens_that_are_pooled_are_averaged(kind):
    shape = tiny(kind)
    weights = seeded_weights(shape, 7)
    tokens, attended, _ = drawn(shape, [3, 8])
    pooled = attended.copy()
    pooled[:, 0] = pooled[0, 2] = pooled[1, 7] = 0
    found = run_of(shape, weights)(tokens, attended, pooled)
    assert far(found, by_reference(shape, weights, tokens, attended, pooled)) < CLOSE
    every = run_of(shape, weights)(tokens, attended, attended)
    assert far(found, every) > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_padding_that_is_attended_to_is_seen(kind):
    shape = tiny(kind)
    weights = seeded_weights(shape, 7)
    batch = drawn(shape, [9, 40])
    expected = by_reference(shape, weights, *batch)
    assert far(run_of(shape, weights, masked=None)(*batch), expected) > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_is_used(kind):
    shape = tiny(kind)
    weights = seeded_weights(shape, 7)
    batch = drawn(shape, [12, 30])
    expected = run_of(shape, weights)(*batch)
    for name in weights:
        changed = weights | {name: weights[name] * np.float32(1.2) + np.float32(0.1)}
        moved = far(run_of(shape, changed)(*batch), expected)
        # A softmax does not see what is added to all scores of a row, as a key's bias is.
        unseen = name.endswith("self.key.bias") and kind == "bert"
        assert unseen or moved > 1e-4, name


def test_the_graph_is_one_that_onnx_accepts_with_standard_operators_alone():
    for kind in KINDS:
        shape = tiny(kind)
        model = encoder(shape, seeded_weights(shape, 1))
        onnx.checker.check_model(model, full_check=True)
        assert model.ir_version == IR == 8
        assert [(one.domain, one.version) for one in model.opset_import] == [("", OPSET)]


def test_weights_may_be_in_a_file_of_their_own(tmp_path):
    shape = tiny("mosaic")
    weights = seeded_weights(shape, 7)
    model = encoder(shape, weights)
    batch = drawn(shape, [5, 9])
    expected = session(model.SerializeToString())(*batch)
    save(model, tmp_path / "m.onnx", "m.weights")
    assert (tmp_path / "m.weights").stat().st_size > (tmp_path / "m.onnx").stat().st_size
    assert np.array_equal(session(tmp_path / "m.onnx")(*batch), expected)


def test_constants_are_written_once_and_never_mixed_up():
    graph = Graph({}, 1e-5)
    names = [graph.constant(np.float32(number % 3)) for number in range(30)]
    assert len(set(names)) == 3 and names[0] == names[3] != names[1]
    assert graph.constant(1, np.int64) != graph.constant(1.0) != graph.constant([1.0])
    large = [graph.constant(np.full(100, number, np.float32)) for number in range(5)]
    assert len(set(large)) == 5


def test_slopes_of_heads_that_are_no_power_of_two():
    halves = [2.0**-power for power in range(1, 9)]
    assert alibi_slopes(8) == pytest.approx(halves)
    assert alibi_slopes(12) == pytest.approx([*halves, 2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5])


def test_rotation_leaves_lengths_and_depends_on_distance_alone():
    rng = np.random.default_rng(3)
    query, key = rng.standard_normal((2, 8))
    both = [rotated(np.tile(one, (6, 1))) for one in (query, key)]
    products = both[0] @ both[1].T
    assert np.allclose(np.linalg.norm(both[0], axis=1), np.linalg.norm(query))
    assert products[0, 2] == pytest.approx(products[3, 5])
    assert abs(products[0, 2] - products[0, 3]) > 1e-3


def test_gelu_is_the_gaussian_one():
    x = np.array([-1.0, 0.0, 2.0])
    assert gelu(x) == pytest.approx([-0.15865525, 0, 2 * 0.5 * (1 + math.erf(2 / math.sqrt(2)))])
