"""What may order the suggestions of a version: known to training, to the admin and to the command line."""

RANKER = "multi_tower_ranker"
NETWORKS = ("transformer", "lstm", "matrix_factorization", "autoencoder")
ON_REQUEST = (*NETWORKS, "text")
"""Trained, and part of a version, only where one of them is chosen: the towers know what they would add."""
MODELS = (
    RANKER, "blend", "multi_tower", *ON_REQUEST, "ease", "slit", "markov", "markov_second_order", "item_knn",
    "user_knn", "alike", "popularity", "popularity_week",
)  # fmt: skip
"""The ranker, the linear blend below it, or one opinion alone."""
