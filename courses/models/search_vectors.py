"""Stored search vectors: a generated column, stemmed in the row's own language.

PostgreSQL computes the vector itself, so no write path (bulk import, COPY, admin) can leave it stale.
A generated column needs an immutable expression; a cast from text to `regconfig` is not one, a literal is:
hence one CASE branch for each language that PostgreSQL can stem.
"""

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db.models import Case, GeneratedField, When
from django.db.models.functions import Left

SEARCH_CONFIGS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
UNSTEMMED = "simple"
# PostgreSQL refuses a row whose vector passes 1 MB; the start of a very long text is enough to find it.
INDEXED_CHARACTERS = 200_000


def search_vector_field(**weights):
    """A generated tsvector over the given columns, e.g. `search_vector_field(title="A", summary="B")`."""

    def vector(config):
        columns = [
            SearchVector(Left(column, INDEXED_CHARACTERS), weight=weight, config=config)
            for column, weight in weights.items()
        ]
        total = columns[0]
        for column in columns[1:]:
            total = total + column
        return total

    branches = [When(language=code, then=vector(config)) for code, config in SEARCH_CONFIGS.items()]
    return GeneratedField(
        expression=Case(*branches, default=vector(UNSTEMMED)),
        output_field=SearchVectorField(),
        db_persist=True,
    )
