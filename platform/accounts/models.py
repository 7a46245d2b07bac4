"""The learner: who signs in, and what they chose to tell."""

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audited import ADDED, REMOVED, audited


class UserManager(BaseUserManager):
    @transaction.atomic
    def _create(self, email, password, **fields):
        user = self.model(email=self.normalize_email(email) if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        Profile.objects.create(user=user)
        return user

    def create_user(self, email, password=None, **fields):
        return self._create(email, password, **fields)

    def create_superuser(self, email, password=None, **fields):
        return self._create(email, password, is_staff=True, is_superuser=True, **fields)

    def real(self):
        """People, as opposed to simulated learners."""
        return self.filter(is_simulated=False)


# Who may do what, and no more of a person: neither address nor name, and no line for a new learner.
@audited(
    fields=["is_active", "is_staff", "is_superuser"],
    added=pgtrigger.Q(new__is_staff=True) | pgtrigger.Q(new__is_superuser=True),
)
class User(AbstractBaseUser, PermissionsMixin):
    """Signs in by e-mail. Learners that came with an imported history have none and can't sign in."""

    email = models.EmailField(_("e-mail address"), unique=True, null=True, blank=True)
    display_name = models.CharField(_("name shown to others"), max_length=80, blank=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_simulated = models.BooleanField(_("simulated"), default=False, db_index=True)
    is_imported = models.BooleanField(_("imported"), default=False)
    external_id = models.CharField(
        _("id in the imported history"), max_length=200, blank=True, help_text=_("bundle:learner_id")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], condition=~models.Q(external_id=""), name="user_external_id"
            ),
        ]

    def __str__(self):
        return self.display_name or self.email or self.external_id or f"learner {self.pk}"

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self)


class Profile(models.Model):
    """What a learner chose to tell. Demographics are optional and used only with consent."""

    class Gender(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")
        OTHER = "other", _("another")

    user = models.OneToOneField(User, models.CASCADE, related_name="profile", primary_key=True)
    interests = ArrayField(
        models.SlugField(max_length=100), default=list, blank=True, help_text=_("slugs of topics")
    )
    interests_asked_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, blank=True)
    personalised = models.BooleanField(
        _("personal suggestions"),
        default=True,
        help_text=_("Off: suggestions are what is popular, and nothing is recorded for training."),
    )
    history_from = models.DateTimeField(
        _("suggestions start afresh from"),
        null=True,
        blank=True,
        help_text=_("Events before this moment are ignored by suggestions."),
    )
    demographics_consent = models.BooleanField(_("use the answers below for suggestions"), default=False)
    gender = models.CharField(_("gender"), max_length=10, choices=Gender, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)
    education = models.CharField(_("education"), max_length=60, blank=True)
    single_key_shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self):
        return str(self.user)


# Django's own tables of roles and rights, as proxies: triggers belong to the migrations of the app that asks.


@audited(fields=["name"])
class AuditedRole(Group):
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("role")


@audited(fields=["group", "permission"], parent="group", kinds=(ADDED, REMOVED))
class RolePermission(Group.permissions.through):
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("right of a role")


@audited(fields=["user", "group"], parent="user", kinds=(ADDED, REMOVED))
class UserRole(User.groups.through):
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("role of a person")


@audited(fields=["user", "permission"], parent="user", kinds=(ADDED, REMOVED))
class UserPermission(User.user_permissions.through):
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("right of a person")


class SavedFilterQuerySet(models.QuerySet):
    def of(self, user):
        """A person's own, and those that others share."""
        return self.filter(models.Q(owner=user) | models.Q(is_shared=True))


class SavedFilter(models.Model):
    """The filters and the search of a list in the admin, under a name. Private unless it is shared."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_filters")
    list = models.CharField(max_length=120, help_text=_("Such as courses.course."))
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2_000)
    is_shared = models.BooleanField(_("for all who may see this list"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "list", "name"], name="saved_filter_once"),
        ]

    def __str__(self):
        return self.name
