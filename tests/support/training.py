"""A network that a test can wait for: what it knows does not matter there, only that it is asked."""

from pathlib import Path

SMALL_TRAINING = str(Path(__file__).with_name("small_training.json"))
