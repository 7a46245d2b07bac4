"""From items, learners, events and moments to the numbers that the towers read.

One encoder serves training, the live engine and the vectors of new items, so that all three see the same
numbers. Code 0 is "unknown" everywhere.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from recommender.data.dataset import Dataset, Items, Learners
from recommender.data.vocabulary import DEVICES, KINDS, PLACEMENTS, VERB_CODE, VERBS, Vocabulary

from .sentences import Sentences

TEXT_LENGTH = 64
"""n-grams kept of one item: those that tell most."""
TOPICS_LENGTH = 8
INSTRUCTORS_LENGTH = 4
INTERESTS_LENGTH = 16

N_EVENT_TOKENS = len(VERBS) + 3
ANSWERED_WRONG, RATED_LOW = len(VERBS) + 1, len(VERBS) + 2
N_GAPS = 24
N_HOURS, N_WEEKDAYS, N_DEVICES, N_KINDS = 25, 8, len(DEVICES) + 1, len(KINDS) + 1
N_AGES = 8
N_PLACEMENTS = len(PLACEMENTS) + 1
N_ITEM_NUMBERS = 4

BAG_TEXT, BAG_INSTRUCTORS = 24, 3
BAG_LENGTH = BAG_TEXT + TOPICS_LENGTH + BAG_INSTRUCTORS + 1

ItemFeatures = dict[str, np.ndarray]
"""Inputs of the item tower for n items, by name:
text int64[n, 64], text_weight float32[n, 64], topics int64[n, 8], instructors int64[n, 4], kind, level,
language, provider int64[n], numbers float32[n, 4]; where an encoder is configured, sentence float32[n, w]."""
ProfileFeatures = dict[str, np.ndarray]
"""Profile inputs of the user tower for b learners: interests int64[b, 16], gender, country, education and age
int64[b]."""

_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def ngrams(text: str) -> list[str]:
    """Words and their character 3-grams; for Chinese, Japanese and Korean, characters and pairs of them."""
    grams = []
    for word in _WORD.findall(text.lower()):
        if _CJK.search(word):
            grams += [*word, *(word[i : i + 2] for i in range(len(word) - 1))]
        else:
            marked = f"<{word}>"
            grams += [word, *(f"#{marked[i : i + 3]}" for i in range(len(marked) - 2))]
    return grams


def _bucket(gram: str, n_buckets: int) -> int:
    return 1 + zlib.crc32(gram.encode()) % (n_buckets - 1)


def _text_counts(title: str, description: str, n_buckets: int) -> Counter:
    """How often each hashed n-gram occurs; the title counts three times."""
    counts = Counter(_bucket(gram, n_buckets) for gram in ngrams(description[:2000]))
    for gram in ngrams(title):
        counts[_bucket(gram, n_buckets)] += 3
    return counts


@dataclass(frozen=True)
class Encoder:
    """Vocabularies learned from the training data, and how rare each hashed n-gram is there."""

    topics: Vocabulary
    levels: Vocabulary
    languages: Vocabulary
    providers: Vocabulary
    instructors: Vocabulary
    genders: Vocabulary
    countries: Vocabulary
    educations: Vocabulary
    locales: Vocabulary
    rarity: np.ndarray  # float32[text buckets], inverse document frequency
    sentences: Sentences | None = None  # where one is configured; the web process needs none

    @classmethod
    def learn(cls, dataset: Dataset, *, text_buckets: int, sentences: Sentences | None = None) -> Encoder:
        items, learners = dataset.items, dataset.learners
        documents = np.zeros(text_buckets, np.float32)
        for title, description in zip(items.title, items.description, strict=True):
            documents[list(_text_counts(title, description, text_buckets))] += 1
        topics = [topic for topics in (*items.topics, *learners.interests) for topic in topics]
        instructors = [name for names in items.instructors for name in names]
        return cls(
            topics=Vocabulary.learn(topics),
            levels=Vocabulary.learn(items.level),
            languages=Vocabulary.learn(items.language),
            providers=Vocabulary.learn(items.provider),
            instructors=Vocabulary.learn(instructors),
            genders=Vocabulary.learn(learners.gender),
            countries=Vocabulary.learn(learners.country, min_count=5),
            educations=Vocabulary.learn(learners.education, min_count=5),
            locales=Vocabulary(tuple(dataset.locales)),
            rarity=np.log((1 + len(items)) / (1 + documents)).astype(np.float32),
            sentences=sentences,
        )

    def items(self, items: Items, *, now: float, beat: Callable[[], None] = lambda: None) -> ItemFeatures:
        """The item tower's inputs; an item's age is counted up to `now`, seconds since the epoch. `beat` is
        called now and then while sentences are encoded."""
        n = len(items)
        text, weight = np.zeros((n, TEXT_LENGTH), np.int64), np.zeros((n, TEXT_LENGTH), np.float32)
        for row, (title, description) in enumerate(zip(items.title, items.description, strict=True)):
            counts = _text_counts(title, description, len(self.rarity))
            if not counts:
                continue
            grams = np.fromiter(counts.keys(), np.int64, len(counts))
            weights = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.rarity[grams]
            kept = np.argsort(-weights, kind="stable")[:TEXT_LENGTH]
            text[row, : len(kept)] = grams[kept]
            weight[row, : len(kept)] = weights[kept] / max(np.linalg.norm(weights[kept]), 1e-6)
        minutes, age_days = items.minutes, (now - items.published_at) / 86_400
        numbers = np.zeros((n, N_ITEM_NUMBERS), np.float32)
        for column, values, scale in ((0, minutes, 5.0), (2, age_days, 6.0)):
            known = np.isfinite(values)
            numbers[known, column] = np.log1p(np.maximum(values[known], 0)) / scale
            numbers[known, column + 1] = 1
        told = {}
        if self.sentences is not None:
            texts = [
                ". ".join(filter(None, both)) for both in zip(items.title, items.description, strict=True)
            ]
            told["sentence"] = self.sentences(texts, beat=beat)
        return told | {
            "text": text,
            "text_weight": weight,
            "topics": _bags(self.topics, items.topics, TOPICS_LENGTH),
            "instructors": _bags(self.instructors, items.instructors, INSTRUCTORS_LENGTH),
            "kind": items.kind.astype(np.int64) + 1,
            "level": _codes(self.levels, items.level),
            "language": _codes(self.languages, items.language),
            "provider": _codes(self.providers, items.provider),
            "numbers": numbers,
        }

    def profiles(self, learners: Learners, *, year: float) -> ProfileFeatures:
        """The profile part of the user tower's inputs; ages are those of `year`."""
        age = np.clip((year - learners.birth_year) // 10, 1, N_AGES - 1)
        return {
            "interests": _bags(self.topics, learners.interests, INTERESTS_LENGTH),
            "gender": _codes(self.genders, learners.gender),
            "country": _codes(self.countries, learners.country),
            "education": _codes(self.educations, learners.education),
            "age": np.where(np.isfinite(age), age, 0).astype(np.int64),
        }

    @property
    def sizes(self) -> dict[str, int]:
        """Rows of the embedding table that each coded feature needs, and the width of a sentence vector."""
        sizes = {name: len(getattr(self, name)) for name in self._vocabularies()}
        width = 0 if self.sentences is None else self.sentences.width
        return sizes | {"text": len(self.rarity), "sentence": width}

    def words(self) -> dict[str, list[str]]:
        """The vocabularies, for a JSON file."""
        return {name: list(getattr(self, name).words) for name in self._vocabularies()}

    @classmethod
    def _vocabularies(cls) -> list[str]:
        return [column.name for column in fields(cls) if column.name not in ("rarity", "sentences")]

    @classmethod
    def restore(
        cls, words: dict[str, list[str]], rarity: np.ndarray, sentences: Sentences | None = None
    ) -> Encoder:
        """Undo `words`."""
        known = {name: Vocabulary(tuple(values)) for name, values in words.items()}
        return cls(**known, rarity=rarity, sentences=sentences)


def attribute_terms(features: ItemFeatures, sizes: dict[str, int]) -> np.ndarray:
    """int64[n, 12]: topics, the first instructors and the provider of n items as terms of one numbering; 0 is
    none."""
    topics, people = features["topics"], features["instructors"][:, :BAG_INSTRUCTORS]
    providers = features["provider"][:, None]
    return np.concatenate(
        [
            topics,
            np.where(people > 0, people + sizes["topics"], 0),
            np.where(providers > 0, providers + sizes["topics"] + sizes["instructors"], 0),
        ],
        axis=1,
    )


def item_bags(
    features: ItemFeatures, attribute_rarity: np.ndarray, sizes: dict[str, int]
) -> tuple[np.ndarray, np.ndarray]:
    """What n items are about, for comparing them: terms int32[n, 36] and weights float32[n, 36] of length 1.

    Half of the square of the length is the text's (hashed n-grams, TF-IDF), half the attributes' (inverse
    document frequency); the one that an item lacks leaves its half empty. Weight 0 is padding.
    """
    attributes = attribute_terms(features, sizes)
    text = features["text_weight"][:, :BAG_TEXT]
    parts = []
    for weights in (text, attribute_rarity[attributes]):
        length = np.linalg.norm(weights, axis=1, keepdims=True)
        parts.append(np.divide(weights, length, out=np.zeros_like(weights), where=length > 0) / np.sqrt(2))
    terms = np.concatenate([features["text"][:, :BAG_TEXT], attributes + sizes["text"]], axis=1)
    return terms.astype(np.int32), np.concatenate(parts, axis=1).astype(np.float32)


def _codes(vocabulary: Vocabulary, values) -> np.ndarray:
    return np.fromiter((vocabulary.code(value) for value in values), np.int64, len(values))


def _bags(vocabulary: Vocabulary, lists, length: int) -> np.ndarray:
    """int64[len(lists), length]: the known codes of each list, 0 beyond them."""
    bags = np.zeros((len(lists), length), np.int64)
    for row, values in enumerate(lists):
        codes = [code for code in map(vocabulary.code, values) if code][:length]
        bags[row, : len(codes)] = codes
    return bags


def event_tokens(verbs: np.ndarray, values: np.ndarray) -> np.ndarray:
    """int64[events]: the verb, where a wrong answer and a low rating are verbs of their own; 0 is padding."""
    verbs = np.asarray(verbs, np.int64)
    tokens = verbs + 1
    tokens[(verbs == VERB_CODE["answered"]) & (values < 0.5)] = ANSWERED_WRONG
    tokens[(verbs == VERB_CODE["rated"]) & (values < 3)] = RATED_LOW
    return tokens


_GRADES = np.zeros(N_EVENT_TOKENS, np.float32)
_GRADES[[VERB_CODE["answered"] + 1, VERB_CODE["passed"] + 1]] = 1
_GRADES[[ANSWERED_WRONG, VERB_CODE["failed"] + 1]] = -1


def event_grades(tokens: np.ndarray) -> np.ndarray:
    """float32[events]: 1 for what was mastered, -1 for what was not, 0 for what says nothing of skill."""
    return _GRADES[tokens]


def are_done(verbs: np.ndarray) -> np.ndarray:
    """bool[events]: the verb finishes its item, as a prerequisite asks."""
    return np.isin(verbs, (VERB_CODE["completed"], VERB_CODE["passed"]))


def gap_buckets(seconds: np.ndarray) -> np.ndarray:
    """int64: 0 unknown, 1 under a minute, then one bucket for each doubling, up to 23 (eight years)."""
    known = np.isfinite(seconds)
    minutes = np.maximum(np.where(known, seconds, 0) / 60, 0.5)
    return np.where(known, np.clip(np.floor(np.log2(minutes)) + 2, 1, N_GAPS - 1), 0).astype(np.int64)
