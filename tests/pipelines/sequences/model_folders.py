"""Folders as Hugging Face's models have them, with tiny seeded weights, written without torch."""

import json

from safetensors.numpy import save_file

from tiltyard.pipelines.sequences.models.seeded import seeded_weights
from tiltyard.pipelines.sequences.models.shape import Shape
from tiltyard.pipelines.sequences.models.tokens import ESM_TOKENS

KINDS = ("bert", "esm", "mosaic")
#: Words of the vocabulary of nucleotides, the special ones first.
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"ACGTN", "AC", "GT", "ACG", "TTT", "GGC"]


def tiny(kind, **other):
    values = {
        "vocabulary": len(ESM_TOKENS) if kind == "esm" else len(WORDS),
        "hidden": 24,
        "layers": 2,
        "heads": 3,
        "inner": 40,
        "positions": 64,
        "epsilon": 1e-5,
    }
    return Shape(kind=kind, **(values | other))


def config_of(shape):
    found = {
        "model_type": "esm" if shape.kind == "esm" else "bert",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.inner,
        "max_position_embeddings": shape.positions,
        "layer_norm_eps": shape.epsilon,
        "pad_token_id": 1 if shape.kind == "esm" else 0,
    }
    if shape.kind == "esm":
        found |= {"position_embedding_type": "rotary", "token_dropout": True}
    return found


def write_words(path):
    """A tokenizer of byte pairs with [CLS] and [SEP] around, as DNABERT-2's is."""
    from tokenizers import Tokenizer, models, processors

    numbers = {word: number for number, word in enumerate(WORDS)}
    merges = [("A", "C"), ("G", "T"), ("AC", "G")]
    plain = {word: number for word, number in numbers.items() if word not in ("TTT", "GGC")}
    own = Tokenizer(models.BPE(vocab=plain, merges=merges, unk_token="[UNK]"))
    own.add_special_tokens([word for word in WORDS if word.startswith("[")])
    own.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    own.enable_padding(length=30)  # as many files have it; it must not be used
    own.enable_truncation(4)
    own.save(str(path))


def write_folder(folder, kind, seed=3, prefix="", config=None, extra=None, without=(), **other):
    """Write a model's folder, and return its shape and weights."""
    folder.mkdir(parents=True, exist_ok=True)
    shape = tiny(kind, **other)
    weights = seeded_weights(shape, seed)
    (folder / "config.json").write_text(json.dumps(config_of(shape) | (config or {})))
    named = {prefix + name: value for name, value in weights.items() if name not in without}
    save_file(named | (extra or {}), folder / "model.safetensors")
    if kind == "esm":
        (folder / "vocab.txt").write_text("\n".join(ESM_TOKENS) + "\n")
    else:
        write_words(folder / "tokenizer.json")
    return shape, weights
