from django.apps import AppConfig


class RecommenderConfig(AppConfig):
    name = "recommender"

    def ready(self):
        from notices import digest
        from recommender.digest import suggestions

        digest.register("suggestions", suggestions)
