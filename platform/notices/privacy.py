"""A person's notices: export and erasure."""

from notices.models import Notice, Preference


def export(learner):
    yield (
        "notices",
        list(Notice.objects.filter(learner=learner).values("created_at", "title", "body", "url", "read_at")),
    )
    preferences = Preference.objects.filter(learner=learner)
    yield "notice_preferences", list(preferences.values("email", "digest", "quiet_from", "quiet_until"))


def erase(learner):
    Notice.objects.filter(learner=learner).delete()
    Preference.objects.filter(learner=learner).delete()
