"""Items as documents: their terms, and the weights of TF-IDF.

Salton, Buckley (1988), "Term-weighting approaches in automatic text retrieval", Information Processing and
Management 24.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from .dataset import Items
from .vocabulary import Vocabulary

WORD = re.compile(r"[^\W\d_]+|\d+")
# Chinese, Japanese and Korean don't put spaces between words: pairs of characters stand for them.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
HEAVIEST = 64
"""Terms that serving keeps of one item: those that weigh most."""


def terms(text: str) -> list[str]:
    """Lower-case words; runs of unspaced script as overlapping pairs."""
    found = []
    for word in WORD.findall(text.lower()):
        if UNSPACED.search(word) and len(word) > 1:
            found += [word[place : place + 2] for place in range(len(word) - 1)]
        else:
            found.append(word)
    return found


def item_terms(items: Items) -> list[list[str]]:
    """Terms of each item: its text, and its attributes as terms of their own."""
    documents = []
    for row in range(len(items)):
        document = terms(f"{items.title[row]} {items.description[row]}")
        document += [f"topic:{topic}" for topic in items.topics[row]]
        document += [f"instructor:{name}" for name in items.instructors[row]]
        for attribute in ("level", "language", "provider"):
            value = getattr(items, attribute)[row]
            document += [f"{attribute}:{value}"] if value else []
        documents.append(document)
    return documents


def weighted(document: list[str], vocabulary: Vocabulary, idf: np.ndarray) -> dict[int, float]:
    """{code: (1 + log tf) idf} of a document's known terms, of length 1."""
    counts = Counter(code for code in map(vocabulary.code, document) if code)
    weights = {code: (1 + np.log(count)) * float(idf[code]) for code, count in counts.items()}
    length = np.sqrt(sum(weight * weight for weight in weights.values()))
    return {code: weight / length for code, weight in weights.items() if length > 0}


def heaviest(
    documents: list[list[str]], vocabulary: Vocabulary, idf: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Terms int32[n, 64] and weights float32[n, 64] of n documents; weight 0 is padding."""
    terms = np.zeros((len(documents), HEAVIEST), np.int32)
    weights = np.zeros((len(documents), HEAVIEST), np.float32)
    for row, document in enumerate(documents):
        found = weighted(document, vocabulary, idf)
        kept = sorted(found, key=lambda code: (-found[code], code))[:HEAVIEST]
        terms[row, : len(kept)] = kept
        weights[row, : len(kept)] = [found[code] for code in kept]
    return terms, weights
