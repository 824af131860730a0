"""Classifiers: scores, folders, and the one that comes with the package."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from sequence_folders import write_classifier

from tiltyard.pipelines.sequences.classifying.classifier import read_classifier
from tiltyard.pipelines.sequences.classifying.embedded import about, embedded
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.composition import WIDTH, composition


def drawn(width=4, rows=5):
    rng = np.random.default_rng(8)
    return {
        kind: rng.standard_normal((rows, width)).astype(np.float32)
        for kind in ("nucleotide", "protein")
    }


def test_a_logistic_one_scales_and_weighs(tmp_path):
    own = write_classifier(tmp_path, "a", "b", 4)
    given = drawn()
    joined = np.hstack([given["nucleotide"], given["protein"]]).astype(np.float64)
    logit = ((joined - own["mean"]) / own["scale"]) @ own["coefficients"] + own["intercept"]
    scores = read_classifier(tmp_path).scores(given)
    assert scores[:, 1] == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-6)
    assert scores.sum(axis=1) == pytest.approx(1) and scores.dtype == np.float64


def test_a_network_normalises_with_what_it_learnt(tmp_path):
    own = write_classifier(tmp_path, "a", "b", 4, kind="mlp")
    given = drawn()
    scores = read_classifier(tmp_path).scores(given)
    for row, found in enumerate(scores):
        x = np.concatenate([given["nucleotide"][row], given["protein"][row]]).astype(float)
        hidden = own["hidden_layer.weight"] @ x + own["hidden_layer.bias"]
        normal = (hidden - own["bn1.running_mean"]) / np.sqrt(own["bn1.running_var"] + 1e-5)
        active = np.maximum(normal * own["bn1.weight"] + own["bn1.bias"], 0)
        powers = np.exp(own["output_layer.weight"] @ active + own["output_layer.bias"])
        assert found == pytest.approx(powers / powers.sum(), rel=1e-5)


def test_scores_of_large_logits_are_finite(tmp_path):
    write_classifier(tmp_path, "a", "b", 4)
    given = {kind: one * np.float32(1e4) for kind, one in drawn().items()}
    scores = read_classifier(tmp_path).scores(given)
    assert np.isfinite(scores).all() and scores.sum(axis=1) == pytest.approx(1)


def test_vectors_of_another_width_are_refused(tmp_path):
    write_classifier(tmp_path, "a", "b", 4)
    own = read_classifier(tmp_path)
    with pytest.raises(
        InputError, match="takes 4 numbers of each nucleotide sequence, and there are 3"
    ):
        own.scores(drawn(3))
    with pytest.raises(InputError, match="each protein sequence, and there are no"):
        own.scores({"nucleotide": drawn()["nucleotide"]})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "forest"}, "kind is logistic or mlp"),
        ({"labels": ["virus", "others"]}, r"labels are \['others', 'virus'\]"),
        ({"inputs": {}}, "inputs has nucleotide or protein"),
        ({"inputs": {"protein": {"width": 4}}}, "'model' is missing or wrong"),
        ({"window": "wide"}, "is missing or wrong"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path, change, words):
    write_classifier(tmp_path, "a", "b", 4, **change)
    with pytest.raises(InputError, match=words):
        read_classifier(tmp_path)


def test_missing_files_and_weights_are_named(tmp_path):
    with pytest.raises(InputError, match=r"there is no classifier\.json"):
        read_classifier(tmp_path)
    own = write_classifier(tmp_path, "a", "b", 4)
    for changed, words in (
        ({name: own[name] for name in own if name != "scale"}, "scale is missing"),
        (own | {"more": np.zeros(2)}, "more is none of a logistic classifier"),
        (own | {"mean": np.zeros(3)}, r"mean is \(3,\), not \(8,\)"),
    ):
        save_file(changed, tmp_path / "classifier.safetensors")
        with pytest.raises(InputError, match=words):
            read_classifier(tmp_path)


def test_models_are_found_beside_the_classifier(tmp_path):
    write_classifier(tmp_path, "own", "random-esm-1x16", 4, pooling="x")
    (tmp_path / "own").mkdir()
    inputs = read_classifier(tmp_path).inputs
    assert inputs["nucleotide"].model == str(tmp_path / "own")
    assert inputs["protein"].model == "random-esm-1x16" and inputs["protein"].pooling is None


@pytest.mark.parametrize(("window", "taken"), [(300, 300), (500, 500), (120, 300), (2000, 500)])
def test_the_embedded_one_is_that_of_the_nearest_window(window, taken):
    own = embedded(window)
    assert own.window == taken and own.width == WIDTH
    text = [b"GAAAAAGCTGATATT" * 30, b"GCCGGCCGCGACCTG" * 30, b"NNN"]
    scores = own.scores({"nucleotide": composition(text)})
    assert scores.sum(axis=1) == pytest.approx(1)
    assert scores[0, 1] != pytest.approx(scores[1, 1], abs=0.01)


def test_what_it_cannot_do_is_with_it():
    said = about()
    assert "never for discovery, diagnosis or cleaning" in said["limits"]
    for window in ("300", "500"):
        own = said["accuracy"][window]
        right = {one["group"]: one["right"] for one in own["groups"]}
        assert 0.7 < own["interval"][0] < own["balanced"] < own["interval"][1] < 0.9
        assert right["hiv1"] < 0.5 and right["influenza_a"] < 0.5 and right["human"] < 0.7
        by_label = {
            label: [one["right"] for one in own["groups"] if one["label"] == label]
            for label in ("virus", "others")
        }
        means = [np.mean(one) for one in by_label.values()]
        assert np.mean(means) == pytest.approx(own["balanced"], abs=2e-3)
    assert all(len(one["sha256"]) == 64 and one["bases"] for one in said["training"])
    assert json.dumps(said)
