"""Tiny folders of models as their public implementations write them, and their vectors.

    PYTHON public_encoders.py bert|esm|mosaic FOLDER SEQUENCES

A program of its own, which the Python that `make peers-sequences` installs runs. Into FOLDER it
writes a model with drawn weights of the scale that trained ones have, with its tokenizer, and
expected.json: tokens, and mean vectors in double precision, one by one and as one padded batch.

bert and esm are those of transformers. mosaic is multimolecule's DNABERT-2, a rewriting of the code
that is published beside the weights; its weights are given the names that the published ones have.
"""

import json
import re
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    EsmConfig,
    EsmModel,
    EsmTokenizer,
    PreTrainedTokenizerFast,
)

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 48, 3, 6, 96, 320
SPECIAL = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
ESM_LETTERS = [
    *("<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO.-", "<null_1>", "<mask>"),
]


def drawn(model):
    """The model with weights of the scale that trained ones have, in double precision."""
    torch.manual_seed(7)
    model = model.double().eval()
    for name, value in model.named_parameters():
        mean, scale = 0.0, 0.1
        if "word_embeddings" in name:
            scale = 1.0
        elif "position_embeddings" in name:
            scale = 0.3
        elif value.ndim == 2 and "embeddings" not in name:
            scale = value.shape[1] ** -0.5
        elif value.ndim == 1 and name.endswith("weight"):
            mean = 1.0
        # Single precision is what the file holds.
        with torch.no_grad():
            value.copy_((mean + scale * torch.randn(value.shape)).float())
    return model


def words(folder):
    """A tokenizer of byte pairs as DNABERT-2 has one, with its files in `folder`."""
    merges = [("A", "C"), ("G", "T"), ("AC", "G"), ("T", "T"), ("GT", "A"), ("TT", "T")]
    vocabulary = [*SPECIAL, *"ACGTN", *("".join(pair) for pair in merges)]
    numbers = {word: number for number, word in enumerate(vocabulary)}
    own = Tokenizer(models.BPE(vocab=numbers, merges=merges, unk_token="[UNK]"))
    own.pre_tokenizer = pre_tokenizers.Whitespace()
    own.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    names = dict(zip(("unk", "cls", "sep", "pad", "mask"), SPECIAL, strict=True))
    found = PreTrainedTokenizerFast(
        tokenizer_object=own, **{f"{name}_token": word for name, word in names.items()}
    )
    found.save_pretrained(folder)
    return found, numbers


def bert(folder):
    tokenizer, numbers = words(folder)
    config = BertConfig(
        vocab_size=len(numbers),
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
        max_position_embeddings=POSITIONS,
        pad_token_id=numbers["[PAD]"],
    )
    model = drawn(BertModel(config))
    saved(model, folder)
    return tokenizer, model


def esm(folder):
    (folder / "letters.txt").write_text("\n".join(ESM_LETTERS))
    tokenizer = EsmTokenizer(str(folder / "letters.txt"))
    tokenizer.save_pretrained(folder)
    config = EsmConfig(
        vocab_size=len(ESM_LETTERS),
        mask_token_id=ESM_LETTERS.index("<mask>"),
        pad_token_id=ESM_LETTERS.index("<pad>"),
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
        max_position_embeddings=POSITIONS,
        position_embedding_type="rotary",
        token_dropout=True,
        emb_layer_norm_before=False,
        layer_norm_eps=1e-5,
    )
    model = drawn(EsmModel(config))
    saved(model, folder)
    return tokenizer, model


def saved(model, folder):
    """Write weights in single precision and config.json, as the library does."""
    model.float().save_pretrained(folder, safe_serialization=True)
    model.double()


def mosaic(folder):
    from multimolecule import DnaBert2Config, DnaBert2Model

    tokenizer, numbers = words(folder)
    shape = {
        "vocab_size": len(numbers),
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS,
        "layer_norm_eps": 1e-12,
    }
    config = DnaBert2Config(
        **shape, hidden_dropout=0.0, alibi_starting_size=64, pad_token_id=numbers["[PAD]"]
    )
    config._attn_implementation = "eager"
    model = drawn(DnaBert2Model(config))
    weights = {name: value.float() for name, value in model.state_dict().items()}
    save_file(published(weights), folder / "model.safetensors")
    said = {"model_type": "bert", "alibi_starting_size": 512, "attention_probs_dropout_prob": 0.0}
    said |= {"position_embedding_type": "absolute", "hidden_act": "gelu", "type_vocab_size": 2}
    (folder / "config.json").write_text(
        json.dumps({"pad_token_id": numbers["[PAD]"]} | shape | said)
    )
    return tokenizer, model


def published(weights):
    """Weights by the names that DNABERT-2's published ones have."""
    found = {}
    for name, value in weights.items():
        if found_query := re.fullmatch(r"(.*\.self)\.query\.(weight|bias)", name):
            at, part = found_query.groups()
            three = [weights[f"{at}.{one}.{part}"] for one in ("query", "key", "value")]
            found[f"bert.{at}.Wqkv.{part}"] = torch.cat(three)
        elif not re.search(r"\.self\.(key|value)\.", name):
            for ours, theirs in (
                (".mlp.up_proj.", ".mlp.gated_layers."),
                (".mlp.down_proj.", ".mlp.wo."),
                (".mlp.layer_norm.", ".mlp.layernorm."),
                ("layer_norm", "LayerNorm"),
            ):
                name = name.replace(ours, theirs)
            found[f"bert.{name}"] = value.contiguous()
    return found


def mean(states, pooled):
    """Mean of the states over the tokens that are pooled."""
    share = pooled[..., None].double()
    return (states * share).sum(1) / share.sum(1)


def main(kind, folder, sequences):
    """Write the folder, and what is expected of it."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    tokenizer, model = {"bert": bert, "esm": esm, "mosaic": mosaic}[kind](folder)
    texts = Path(sequences).read_text().split("\n")[1::2]
    every = [tokenizer(text)["input_ids"] for text in texts]

    def vectors(tokens):
        length = max(map(len, tokens))
        pad = model.config.pad_token_id
        given = torch.tensor([one + [pad] * (length - len(one)) for one in tokens])
        attended = torch.tensor([[1] * len(one) + [0] * (length - len(one)) for one in tokens])
        pooled = attended.clone()
        if kind == "esm":
            pooled[:, 0] = 0
            for row, one in enumerate(tokens):
                pooled[row, len(one) - 1] = 0
        with torch.no_grad():
            states = model(input_ids=given, attention_mask=attended).last_hidden_state
        return mean(states, pooled).tolist()

    expected = {
        "tokens": every,
        "single": [vectors([one])[0] for one in every],
        "batch": vectors(every),
    }
    (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    main(*sys.argv[1:])
