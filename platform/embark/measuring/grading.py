"""Answers of mixed types graded a second, on one core."""

import random
import time

from quizzes.types import REGISTRY

QUESTIONS = [
    (
        "single_choice",
        {"choices": [{"text": "a", "correct": True}, {"text": "b"}, {"text": "c"}]},
        [{"choice": ["0"]}, {"choice": ["1"]}],
    ),
    (
        "multiple_choice",
        {"choices": [{"text": "a", "correct": True}, {"text": "b", "correct": True}, {"text": "c"}]},
        [{"choice": ["0", "1"]}, {"choice": ["2"]}],
    ),
    ("true_false", {"answer": True}, [{"choice": ["true"]}, {"choice": ["false"]}]),
    ("numeric", {"answer": 3.14, "tolerance": 0.01}, [{"answer": ["3.14"]}, {"answer": ["2"]}]),
    ("short_text", {"answers": ["break", "leave*"]}, [{"answer": ["Break"]}, {"answer": ["stop"]}]),
    (
        "matching",
        {"pairs": [{"prompt": "1", "answer": "one"}, {"prompt": "2", "answer": "two"}]},
        [{"match-0": ["0"], "match-1": ["1"]}],
    ),
]


def measure(*, answers):
    """Answers graded a second by wall clock and by processor time, and the types that took part."""
    rng, work = random.Random(0), []  # noqa: S311  not a secret
    for name, data, forms in QUESTIONS:
        kind = REGISTRY[name]
        if kind.validate(data):
            raise RuntimeError(f"The question of type {name} is not valid: {kind.validate(data)}")
        variant = kind.draw(data, rng)
        work += [(kind, data, kind.read(data, variant, form), variant) for form in forms]
    began, used = time.perf_counter(), time.process_time()
    for number in range(answers):
        kind, data, response, variant = work[number % len(work)]
        kind.grade(data, response, variant)
    wall, processor = time.perf_counter() - began, time.process_time() - used
    return {
        "a second": round(answers / wall),
        "a second of processor time": round(answers / processor),
        "types": [name for name, _data, _forms in QUESTIONS],
    }
