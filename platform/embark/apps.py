from django.apps import AppConfig


class EmbarkConfig(AppConfig):
    name = "embark"

    def ready(self):
        from embark import celery  # noqa: F401 -- pages publish through this application
