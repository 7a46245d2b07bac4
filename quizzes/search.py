"""Quizzes among the hits of the site's search."""

from courses import search
from quizzes.models import Quiz


def hits(words, language, limit):
    query = search.text_query(words, language)
    rows = search.matching(Quiz.objects.open(), words, language=language)
    return [
        search.Hit("quiz", row, row.title, row.get_absolute_url(), search.marked(row.snippet), row.score)
        for row in rows.annotate(snippet=search.headline("description", query))[:limit]
    ]


def register():
    search.register("quiz", hits)
