"""What may order the suggestions of a version: known to training, to the admin and to the command line."""

RANKER = "multi_tower_ranker"
MODELS = (
    RANKER, "blend", "multi_tower", "ease", "slit", "markov", "markov_second_order", "item_knn", "user_knn",
    "alike", "popularity", "popularity_week",
)  # fmt: skip
"""The ranker, the linear blend below it, or one opinion alone."""
