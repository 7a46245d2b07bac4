"""A person's own record: export, and anonymisation. The row itself stays, because the ledger points to it."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from accounts.models import Profile, SavedFilter, User


def export(learner):
    profile = learner.profile
    yield (
        "account",
        {
            "email": learner.email,
            "display_name": learner.display_name,
            "joined": learner.date_joined,
            "interests": profile.interests,
            "language": profile.language,
            "timezone": profile.timezone,
            "personalised": profile.personalised,
            "demographics_consent": profile.demographics_consent,
            "gender": profile.gender,
            "birth_year": profile.birth_year,
            "country": profile.country,
            "education": profile.education,
        },
    )
    kept = SavedFilter.objects.filter(owner=learner).order_by("pk")
    yield "saved_filters", list(kept.values("list", "name", "query", "is_shared", "created_at"))


def erase(learner):
    # The admin's history names whom it was about.
    about = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=about, object_id=learner.pk).update(object_repr="")
    learner.emailaddress_set.all().delete()
    learner.authenticator_set.all().delete()
    learner.usersession_set.all().delete()
    SavedFilter.objects.filter(owner=learner).delete()
    Profile.objects.filter(user=learner).delete()
    Profile.objects.create(user=learner, personalised=False)
    learner.email = None
    learner.display_name = ""
    learner.external_id = ""
    learner.is_active = False
    learner.is_staff = learner.is_superuser = False
    learner.set_unusable_password()
    learner.save()
    learner.groups.clear()
    learner.user_permissions.clear()
