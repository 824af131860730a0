"""Folders of models: which are read, as what, and what is said of the others."""

import json

import numpy as np
import pytest
from model_folders import KINDS, WORDS, config_of, tiny, write_folder
from safetensors.numpy import load_file, save_file

from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.models.folder import read_encoder
from tiltyard.pipelines.sequences.models.model import model_of, write_graph
from tiltyard.pipelines.sequences.models.session import providers, session
from tiltyard.pipelines.sequences.models.tokens import Kmers, Letters, longest


@pytest.mark.parametrize("prefix", ["", "own."])
@pytest.mark.parametrize("kind", KINDS)
def test_shape_and_weights_come_back(tmp_path, kind, prefix):
    prefix = prefix and ("esm." if kind == "esm" else "bert.")
    beside = {
        f"{prefix}embeddings.position_ids": np.zeros((1, 3), np.int64),
        "lm_head.bias": np.zeros(3, np.float32),
        f"{prefix}pooler.dense.weight": np.zeros((2, 2), np.float32),
    }
    if kind == "esm":
        unused = np.zeros((64, 24), np.float32)
        beside[f"{prefix}embeddings.position_embeddings.weight"] = unused
    shape, weights = write_folder(tmp_path, kind, prefix=prefix, extra=beside)
    found, own = read_encoder(tmp_path)
    assert found == shape and own.keys() == weights.keys()
    assert all(np.array_equal(own[name], weights[name]) for name in weights)


def test_norms_by_their_old_names_are_read(tmp_path):
    _, weights = write_folder(tmp_path, "bert")
    file = tmp_path / "model.safetensors"
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    renamed = {}
    for name, value in load_file(file).items():
        for now, before in old.items():
            name = name.replace(now, before)
        renamed[name] = value
    save_file(renamed, file)
    assert len(set(renamed) - set(weights)) == 10
    _, found = read_encoder(tmp_path)
    assert found.keys() == weights.keys()
    assert all(np.array_equal(found[name], weights[name]) for name in weights)


def test_weights_in_several_files_and_of_half_precision(tmp_path):
    _, weights = write_folder(tmp_path, "bert")
    (tmp_path / "model.safetensors").unlink()
    names = sorted(weights)
    halves = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, own in halves.items():
        save_file({name: weights[name].astype(np.float16) for name in own}, tmp_path / file)
    places = {name: file for file, own in halves.items() for name in own}
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}))
    _, found = read_encoder(tmp_path)
    assert found.keys() == weights.keys()
    assert all(one.dtype == np.float32 for one in found.values())
    name = names[0]
    assert np.array_equal(found[name], weights[name].astype(np.float16).astype(np.float32))
    (tmp_path / "b.safetensors").unlink()
    with pytest.raises(InputError, match=r"b\.safetensors is missing"):
        read_encoder(tmp_path)


@pytest.mark.parametrize(
    ("kind", "config", "words"),
    [
        ("bert", {"model_type": "gpt2"}, "model_type 'gpt2' cannot be built, it has to be bert"),
        ("bert", {"hidden_act": "relu"}, "hidden_act 'relu'"),
        ("bert", {"position_embedding_type": "relative_key"}, "has to be absolute"),
        ("esm", {"position_embedding_type": "absolute"}, "has to be rotary"),
        ("esm", {"token_dropout": False}, "token_dropout False"),
        ("esm", {"emb_layer_norm_before": True}, "emb_layer_norm_before"),
        ("bert", {"num_attention_heads": 5}, "to divide 24 evenly"),
        ("bert", {"intermediate_size": 41}, r"is \(40, 24\), and config.json says \(41, 24\)"),
        ("bert", {"num_hidden_layers": 3}, r"layer\.2\.attention.* is missing"),
        ("bert", {"num_hidden_layers": 1}, r"layer\.1\.attention.* is none of a bert encoder"),
    ],
)
def test_what_cannot_be_built_is_named(tmp_path, kind, config, words):
    write_folder(tmp_path, kind, config=config)
    with pytest.raises(InputError, match=words):
        read_encoder(tmp_path)


def test_missing_and_unknown_weights_are_named(tmp_path):
    write_folder(tmp_path / "a", "mosaic", extra={"adapter.weight": np.zeros(3, np.float32)})
    with pytest.raises(InputError, match=r"weight adapter\.weight is none of a mosaic"):
        read_encoder(tmp_path / "a")
    write_folder(tmp_path / "b", "mosaic", without=["encoder.layer.1.mlp.wo.bias"])
    with pytest.raises(InputError, match=r"layer\.1\.mlp\.wo\.bias is missing"):
        read_encoder(tmp_path / "b")


def test_a_pickle_is_refused_with_the_lines_that_convert_it(tmp_path):
    write_folder(tmp_path, "mosaic")
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(InputError, match="its weights are a pickle") as error:
        model_of(str(tmp_path))
    assert "safe_serialization=True" in str(error.value) and str(tmp_path) in str(error.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none", "there is no config.json"),
        ("random-bert-2", "write random-KIND-LAYERSxWIDTH"),
        ("random-gpt-2x64", "write random-KIND-LAYERSxWIDTH"),
        ("random-bert-2x65", "multiple of 64"),
    ],
)
def test_models_that_there_are_not(tmp_path, monkeypatch, name, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=words):
        model_of(name)
    with pytest.raises(InputError, match="a composition has no tokens"):
        model_of("composition", "inner")


def test_damaged_files_are_named(tmp_path):
    write_folder(tmp_path, "bert")
    weights = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights[:-5])
    with pytest.raises(InputError, match=r"model\.safetensors: its weights cannot be read"):
        read_encoder(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="its tokenizer cannot be read"):
        model_of(str(tmp_path)).tokenizer()
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"no tokenizer\.json and no vocab\.txt"):
        model_of(str(tmp_path)).tokenizer()
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"config\.json: .*copy it again"):
        model_of(str(tmp_path))


def test_tokens_of_a_file_are_neither_padded_nor_cut(tmp_path):
    write_folder(tmp_path, "mosaic")
    own = model_of(str(tmp_path)).tokenizer()
    found = own.tokens([b"ACGACA", b"NN"])
    words = [[WORDS[number] for number in one] for one in found]
    assert words == [["[CLS]", "ACG", "AC", "A", "[SEP]"], ["[CLS]", "N", "N", "[SEP]"]]
    assert own.pad == 0


def test_a_vocabulary_of_words_is_read_too(tmp_path):
    write_folder(tmp_path, "bert")
    (tmp_path / "tokenizer.json").unlink()
    (tmp_path / "vocab.txt").write_text("\n".join([*WORDS[:10], "##A", "##C"]) + "\n")
    own = model_of(str(tmp_path)).tokenizer()
    (found,) = own.tokens([b"ACA"])
    assert found.tolist() == [2, 5, 11, 10, 3]


def test_residues_are_one_token_each(tmp_path):
    write_folder(tmp_path, "esm")
    own = model_of(str(tmp_path)).tokenizer()
    assert isinstance(own, Letters)
    (found,) = own.tokens([b"MAJX"])
    assert found.tolist() == [0, 20, 5, 3, 24, 2] and own.pad == 1
    (tmp_path / "vocab.txt").write_text("<cls>\n<pad>\nA\n")
    with pytest.raises(InputError, match="it lacks <eos>, <unk>"):
        model_of(str(tmp_path)).tokenizer()


def test_words_of_seeded_models():
    (found,) = Kmers().tokens([b"AAAAAAAAAAACNAAAAATTTTTTAC"])
    assert found.tolist() == [1, 5, 6, 4, 5 + 4**6 - 1, 2]
    assert Kmers.SIZE == 4101


def test_pooling_and_most_tokens_follow_the_kind(tmp_path):
    write_folder(tmp_path / "esm", "esm")
    write_folder(tmp_path / "bert", "bert")
    esm, bert = (model_of(str(tmp_path / name)) for name in ("esm", "bert"))
    assert (esm.pooling, esm.most_tokens, esm.protein) == ("inner", 62, True)
    assert (bert.pooling, bert.most_tokens, bert.protein) == ("all", 64, False)
    assert model_of(str(tmp_path / "esm"), "all").pooling == "all"
    settings = tmp_path / "bert" / "tokenizer_config.json"
    settings.write_text(json.dumps({"model_max_length": 12}))
    assert model_of(str(tmp_path / "bert")).most_tokens == 12
    settings.write_text(json.dumps({"model_max_length": 10**30}))
    assert longest(tmp_path / "bert") is None


def test_the_digest_follows_everything_that_decides(tmp_path):
    def digest():
        return model_of(str(tmp_path)).digest

    write_folder(tmp_path, "bert")
    digests = [digest(), digest()]
    assert digests[0] == digests[1]
    weights = load_file(tmp_path / "model.safetensors")
    weights["embeddings.LayerNorm.bias"] = weights["embeddings.LayerNorm.bias"] + 1
    save_file(weights, tmp_path / "model.safetensors")
    digests.append(digest())
    (tmp_path / "config.json").write_text(json.dumps(config_of(tiny("bert")) | {"x": 1}))
    digests.append(digest())
    (tmp_path / "tokenizer_config.json").write_text("{}")
    digests.append(digest())
    assert len(set(digests)) == 4


def test_a_graph_is_written_once(tmp_path):
    model = model_of("random-esm-1x16")
    path = write_graph(model, tmp_path / "graphs")
    before = path.stat().st_mtime_ns
    assert write_graph(model, tmp_path / "graphs") == path and path.stat().st_mtime_ns == before
    apart = write_graph(model, tmp_path / "apart", largest=100)
    assert len(list(apart.parent.iterdir())) == 2
    given = (np.array([[0, 5, 6, 2]]), np.ones((1, 4), np.int64), np.ones((1, 4), np.int64))
    assert np.array_equal(session(path)(*given), session(apart)(*given))
    other = model_of("random-esm-2x16")
    assert write_graph(other, tmp_path / "graphs") != path


def test_a_device_that_is_not_there_is_refused_with_those_that_are():
    assert providers("cpu") == providers("auto") == ["CPUExecutionProvider"]
    with pytest.raises(InputError, match=r"--device cuda: this onnxruntime has .*CPUExecution"):
        providers("cuda")
