"""A person's own record: export, and anonymisation. The row itself stays, because the ledger points to it."""

from accounts.models import Profile, SavedFilter


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
