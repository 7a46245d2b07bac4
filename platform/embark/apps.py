from django.apps import AppConfig


class EmbarkConfig(AppConfig):
    name = "embark"
