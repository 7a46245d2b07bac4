"""Quizzes among what the site's search finds; their words among those that mistyped ones are looked up in."""

from courses import search, spelling
from quizzes.models import Quiz


def register():
    search.register("quiz", search.Source(rows=lambda: Quiz.objects.open().findable(), text="description"))
    spelling.register(Quiz, "title", "description")
