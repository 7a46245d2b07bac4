"""The ledger: double entry, append-only.

An entry is one happening (a quiz passed, a course unlocked); its lines move credits between accounts and sum
to zero, which a constraint trigger checks at commit. Lines and entries refuse UPDATE and DELETE in the
database. A learner's balance is kept by a trigger and never falls below
zero.
"""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audited import audited


@audited()
class Rules(models.Model):
    """What the site pays and asks, set in the admin: one row, or the defaults while there is none."""

    daily_cap = models.PositiveIntegerField(
        _("most credits a day"),
        default=0,
        help_text=_("That one learner may earn within any 24 hours; 0: no limit."),
    )
    perfect_credits = models.PositiveIntegerField(
        _("credits for a perfect mark"), default=0, help_text=_("Where a quiz sets none of its own.")
    )
    improvement_credits = models.PositiveIntegerField(
        _("credits for an improved mark"),
        default=0,
        help_text=_(
            "Once a quiz, for a better mark of record after a pass, where a quiz sets none of its own. Right "
            "answers stay hidden while they can be earned."
        ),
    )
    streak_days = models.PositiveSmallIntegerField(
        _("days of a streak"), default=7, validators=[MinValueValidator(2)]
    )
    streak_credits = models.PositiveIntegerField(
        _("credits for a streak"),
        default=5,
        help_text=_("Each time that a streak grows by this many days; 0: none."),
    )
    one_admin_up_to = models.PositiveIntegerField(
        _("most credits by one admin"),
        null=True,
        blank=True,
        help_text=_(
            "That one admin alone may give or take by hand for one learner within 24 hours: more needs a "
            "second admin. Empty: no limit; 0: always two."
        ),
    )
    expire_after_days = models.PositiveSmallIntegerField(
        _("days until credits expire"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2)],
        help_text=_(
            "Counted from the day on which they came; the oldest are spent first. Empty: they never expire."
        ),
    )
    expiry_notice_days = models.PositiveSmallIntegerField(
        _("days of notice before they expire"),
        default=14,
        validators=[MinValueValidator(1)],
        help_text=_("No credits expire before their learner has been told so long ago."),
    )

    class Meta:
        verbose_name = _("credit rules")
        verbose_name_plural = _("credit rules")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="credits_one_row_of_rules"),
            models.CheckConstraint(
                condition=models.Q(expire_after_days=None)
                | models.Q(expire_after_days__gt=models.F("expiry_notice_days")),
                name="credits_notice_before_expiry",
                violation_error_message=_("The days of notice must be fewer than the days until expiry."),
            ),
        ]

    def __str__(self):
        return str(_("credit rules"))

    @classmethod
    def current(cls):
        """The rules that hold; one query."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Account(models.Model):
    class Kind(models.TextChoices):
        LEARNER = "learner", _("learner")
        ISSUED = "issued", _("credits granted")
        SPENT = "spent", _("credits spent")
        EXPIRED = "expired", _("credits expired")

    kind = models.CharField(max_length=10, choices=Kind)
    learner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="credit_account"
    )
    # Of a learner, kept by a trigger. A house account's is the sum of its lines and is not kept here: every
    # movement touches one, and all learners would queue for its row.
    balance = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="learner") | models.Q(balance__gte=0),
                name="credits_learner_never_negative",
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=~models.Q(kind="learner"), name="credits_one_house_account"
            ),
        ]

    def __str__(self):
        return str(self.learner) if self.learner_id else self.get_kind_display()


class Entry(models.Model):
    class Reason(models.TextChoices):
        FIRST_PASS = "first_pass", _("First pass")
        IMPROVEMENT = "improvement", _("Improved mark")
        PERFECT = "perfect", _("Perfect mark")
        STREAK = "streak", _("Streak")
        COURSE_UNLOCK = "course_unlock", _("Course unlocked")
        HINT = "hint", _("Hint")
        EXTRA_ATTEMPT = "extra_attempt", _("One more attempt")
        REFUND = "refund", _("Refund")
        ADJUSTMENT = "adjustment", _("Adjustment")
        EXPIRY = "expiry", _("Expired")

    account = models.ForeignKey(Account, models.PROTECT, related_name="entries")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    source = models.CharField(_("source"), max_length=80, help_text=_("what it is for, such as quiz:7"))
    description = models.CharField(_("description"), max_length=200, blank=True)
    # PROTECT: an entry can't be changed afterwards, so an admin who made one is anonymised, never deleted.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-created_at", "-id"]
        constraints = [
            # One award, one unlock: whoever comes second finds the first.
            models.UniqueConstraint(fields=["account", "source", "reason"], name="credits_entry_once"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="credits_entry_newest")]

    def __str__(self):
        return f"{self.get_reason_display()} · {self.source}"


class Line(models.Model):
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, models.PROTECT, related_name="lines")
    amount = models.BigIntegerField(_("credits"))

    class Meta:
        verbose_name = _("ledger line")
        verbose_name_plural = _("ledger lines")
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="credits_line_not_zero"),
            models.UniqueConstraint(fields=["entry", "account"], name="credits_line_once"),
        ]

    def __str__(self):
        return f"{self.account}: {self.amount:+d}"


class ExpiryWarning(models.Model):
    """A learner was told that credits will expire: what came until `granted_until` and is not spent."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="expiry_warnings")
    granted_until = models.DateTimeField()
    amount = models.BigIntegerField(_("credits"))
    # The first moment at which some of them may expire; none does before.
    expires_at = models.DateTimeField(_("expire from"))
    created_at = models.DateTimeField(_("told"))

    class Meta:
        verbose_name = _("expiry warning")
        verbose_name_plural = _("expiry warnings")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["account", "created_at"], name="credits_warnings_of_account")]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="credits_warning_of_something")
        ]

    def __str__(self):
        return f"{self.account}: {self.amount}"


class Proposal(models.Model):
    """An adjustment or a refund that needs a second admin. A `spend` makes it a refund of that entry."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for a second admin")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")

    key = models.UUIDField(unique=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="proposals")
    amount = models.BigIntegerField(_("credits"))
    description = models.CharField(_("reason"), max_length=200)
    spend = models.ForeignKey(
        Entry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("refund of")
    )
    # PROTECT, as of an entry: who decides about credits is anonymised, never deleted.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    entry = models.ForeignKey(
        Entry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("ledger entry"),
    )

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="credits_proposal_not_zero"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="credits_proposal_two_admins",
            ),
            models.CheckConstraint(
                condition=models.Q(state="pending", decided_by=None, entry=None)
                | models.Q(state="approved", decided_by__isnull=False, entry__isnull=False)
                | models.Q(state="declined", decided_by__isnull=False, entry=None),
                name="credits_proposal_decided",
            ),
            models.UniqueConstraint(
                fields=["spend"],
                condition=models.Q(state="pending"),
                name="credits_proposal_one_refund",
            ),
            models.UniqueConstraint(fields=["entry"], name="credits_proposal_entry_once"),
        ]

    def __str__(self):
        return f"{self.account}: {self.amount:+d}"
