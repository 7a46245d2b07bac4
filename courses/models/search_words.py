"""The words of the library, for typing mistakes: a misspelt word is looked up here, not in every text."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models


class SearchWord(models.Model):
    """A word of a title or a text. Triggers of the tables that hold texts add what is new;
    `courses.spelling.tidy` takes away what stands nowhere any more.

    The word is not unique on purpose: writers of two texts would wait for each other, in either order.
    """

    word = models.CharField(max_length=40)

    class Meta:
        indexes = [
            models.Index("word", name="search_word"),
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="search_word_trigrams"),
        ]

    def __str__(self):
        return self.word
