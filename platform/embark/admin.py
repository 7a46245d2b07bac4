"""The admin's menu."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from embark.audit import admin as audit_admin  # noqa: F401 -- registers the audit log
from embark.legal import admin as legal_admin  # noqa: F401 -- registers terms and privacy

# (heading, [(title, icon, view name)]): only what the person may see is drawn.
_MENU = [
    (
        "Learning",
        [
            ("Courses", "menu_book", "courses.course"),
            ("Lessons", "article", "courses.lesson"),
            ("Topics", "label", "courses.topic"),
            ("Comments", "forum", "courses.comment"),
            ("Enrolments", "how_to_reg", "courses.enrolment"),
            ("Course imports", "upload_file", "exchange.courseimport"),
        ],
    ),
    (
        "Quizzes",
        [
            ("Quizzes", "quiz", "quizzes.quiz"),
            ("Question banks", "inventory_2", "quizzes.questionbank"),
            ("Questions", "help", "quizzes.question"),
            ("Attempts", "fact_check", "quizzes.attempt"),
            ("Question imports", "upload_file", "quizzes.questionimport"),
            ("Accommodations", "accessibility_new", "quizzes.accommodation"),
        ],
    ),
    (
        "Suggestions",
        [
            ("Model versions", "model_training", "recommender.modelversion"),
            ("Impressions", "visibility", "activity.impression"),
            ("Events", "timeline", "activity.event"),
        ],
    ),
    (
        "People and credits",
        [
            ("Learners", "group", "accounts.user"),
            ("Ledger", "account_balance", "credits.entry"),
            ("Proposals", "approval", "credits.proposal"),
            ("Credit rules", "rule", "credits.rules"),
            ("Notices", "notifications", "notices.notice"),
        ],
    ),
    (
        "Work",
        [
            ("Jobs", "pending_actions", "jobs.job"),
            ("Outgoing messages", "outbox", "jobs.outbox"),
            ("Audit log", "policy", "embark.change"),
            ("Terms and privacy", "gavel", "embark.legaltext"),
        ],
    ),
]


def navigation(request):
    """The side menu (unfold's SIDEBAR["navigation"]), without what this person may not view."""
    groups = []
    for heading, entries in _MENU:
        items = []
        for title, icon, model in entries:
            app, name = model.split(".")
            if not request.user.has_perm(f"{app}.view_{name}"):
                continue
            try:
                link = reverse(f"admin:{app}_{name}_changelist")
            except NoReverseMatch:
                continue
            items.append({"title": _(title), "icon": icon, "link": link})
        if items:
            groups.append({"title": _(heading), "separator": True, "items": items})
    return groups
