from django.apps import AppConfig


def topics_to_choose_from():
    from courses.models import Topic

    return Topic.objects.values_list("slug", "name")


class EmbarkConfig(AppConfig):
    name = "embark"

    def ready(self):
        from accounts import interests
        from embark import (
            celery,  # noqa: F401 -- pages publish through this application
            maintenance,
        )

        interests.offer(topics_to_choose_from)
        maintenance.register()
