"""Every route of the site and who may open it: one table for the tests of roles, pages and suggestions."""

from dataclasses import dataclass, field

from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

ROLES = ("visitor", "learner", "other", "author", "admin")


@dataclass(frozen=True)
class Route:
    """`answers` gives one word a role, in the order of ROLES:

    ok    200, 204
    new   201
    go    a redirect within the site
    in    a redirect to sign-in
    gate  the page that says how to read on, without the lesson
    400, 401, 403, 404, 405 ...: that status
    """

    name: str
    answers: str
    arguments: tuple = ()
    """Attributes of the world, such as "course.slug"."""
    query: str = ""
    post: dict | None = field(default=None)
    content_type: str = MULTIPART_CONTENT

    @property
    def method(self):
        return "GET" if self.post is None else "POST"


EVERYBODY = "ok ok ok ok ok"
SIGNED_IN = "in ok ok ok ok"
DOES = "in go go go go"
OWNER = "in ok 404 404 404"

TABLE = [
    Route("home", EVERYBODY),
    Route("search", EVERYBODY, query="q=numbers"),
    Route("set_language", "go go go go go", post={"language": "de"}),
    Route("terms", EVERYBODY),
    Route("privacy", EVERYBODY),
    Route("styleguide", "go go go ok ok"),
    Route("api:reference", EVERYBODY),
    Route("metrics", "404 404 404 404 ok"),
    Route("announcement", "go go go 403 ok"),
    Route("erase_person", "go go go 403 ok", ("learner.pk",)),
    Route("erase_person", "go go go 403 ok", ("learner.pk",), post={"number": "0"}),
    Route("dashboard_table", "go go go 403 ok"),
    Route("audit_history", "go go go 403 go", ("accounts", "user", "learner.pk")),
    Route("gradebook", "go go go 403 ok", ("course.pk",)),
    Route("gradebook_table", "go go go 403 ok", ("course.pk",)),
    Route("health-live", EVERYBODY),
    Route("health-ready", EVERYBODY),
    # courses
    Route("courses:catalogue", EVERYBODY),
    Route("courses:titles", EVERYBODY, query="q=numb"),
    Route("courses:topics", EVERYBODY),
    Route("courses:topic", EVERYBODY, ("topic.slug",)),
    Route("courses:course", EVERYBODY, ("course.slug",)),
    Route("courses:lesson", EVERYBODY, ("course.slug", "preview.slug")),
    Route("courses:lesson", "gate ok gate gate gate", ("course.slug", "lesson.slug")),
    Route("courses:enrol", DOES, ("course.slug",), post={}),
    Route("courses:enrol", "405 405 405 405 405", ("course.slug",)),
    Route("courses:leave", DOES, ("course.slug",), post={}),
    Route("courses:rate", DOES, ("course.slug",), post={"stars": "4"}),
    Route("courses:complete", "in go go go go", ("lesson.pk",), post={}),
    Route("courses:place", "in ok 403 403 403", ("lesson.pk",), post={"seconds": "5"}),
    Route("courses:bookmark", "in go go go go", ("lesson.pk",), post={"on": "1"}),
    Route("courses:notes", DOES, ("preview.pk",), post={"body": "Remember this."}),
    Route("courses:lesson", "gate ok gate ok ok", ("course.slug", "lesson.slug"), query="preview=1"),
    Route("courses:edit_note", "in go 404 404 404", ("note.pk",), post={"body": "Zero counts too."}),
    Route("courses:delete_note", "in go 404 404 404", ("note.pk",), post={}),
    Route("courses:answer", DOES, ("exercise.pk",), post={"body": "Four."}),
    Route("courses:comments", DOES, ("preview.pk",), post={"body": "I agree."}),
    Route("courses:edit_comment", OWNER, ("comment.pk",)),
    Route("courses:delete_comment", "in go 404 404 404", ("comment.pk",), post={}),
    Route("courses:report_comment", SIGNED_IN, ("comment.pk",)),
    Route("courses:vote_comment", DOES, ("comment.pk",), post={"on": "1"}),
    Route("courses:accept_comment", DOES, ("comment.pk",), post={}),
    Route("courses:goal", DOES, post={"days": "3"}),
    Route("courses:leaderboard", "in ok go go go", ("course.slug",)),
    Route("courses:discussion", "in ok go ok ok", ("course.slug",)),
    Route("courses:certificate", EVERYBODY, ("certificate.code",)),
    Route("courses:certificate_pdf", EVERYBODY, ("certificate.code",)),
    Route("courses:asset", "404 404 404 ok ok", ("asset.pk", "asset.path")),
    Route("courses:my_learning", SIGNED_IN),
    Route("courses:my_notes", SIGNED_IN),
    Route("courses:certificates", SIGNED_IN),
    # quizzes
    Route("quizzes:list", EVERYBODY),
    Route("quizzes:history", SIGNED_IN),
    Route("quizzes:quiz", EVERYBODY, ("quiz.slug",)),
    Route("quizzes:attempt", OWNER, ("attempt.public_id",)),
    Route("quizzes:save", "401 400 404 404 404", ("attempt.public_id",), post={}),
    Route("quizzes:focus", "401 ok 404 404 404", ("attempt.public_id",), post={}),
    Route("quizzes:start", DOES, ("quiz.slug",), post={}),
    Route("quizzes:buy_attempt", DOES, ("quiz.slug",), post={}),
    Route("quizzes:try", "404 404 404 404 404", ("quiz.slug",)),
    Route("quizzes:preview", "in 404 404 go go", ("quiz.slug",), post={}),
    Route("quizzes:file", "404 404 404 404 404", ("missing",)),
    Route("quizzes:finish", OWNER, ("attempt.public_id",)),
    Route("quizzes:result", OWNER, ("done.public_id",)),
    Route("quizzes:review", OWNER, ("done.public_id",)),
    # credits, notices, the learner
    Route("credits:wallet", SIGNED_IN),
    Route("credits:statement", SIGNED_IN),
    Route("notices:list", SIGNED_IN),
    Route("notices:preferences", SIGNED_IN),
    Route("due_calendar", DOES, post={"act": "renew"}),
    Route("due_calendar", "405 405 405 405 405"),
    Route("due_calendar_feed", EVERYBODY, ("calendar_token",)),
    Route("due_calendar_feed", "404 404 404 404 404", ("no-such-token",)),
    Route("notices:unsubscribe", EVERYBODY, ("unsubscribe_token",)),
    Route("accounts:profile", SIGNED_IN),
    Route("accounts:interests", SIGNED_IN),
    Route("personal_data", SIGNED_IN),
    Route("erase", "in go go go go"),
    Route("accounts:about_you", DOES, post={}),
    # suggestions
    Route("recommender:yours", SIGNED_IN),
    Route("recommender:feedback", "400 400 400 400 400", post={}),
    Route("recommender:personalisation", DOES, post={}),
    Route("recommender:afresh", DOES, post={}),
]


def json_post(name, answers, arguments=(), *, body=None):
    return Route(name, answers, arguments, post=body or {}, content_type="application/json")


API_SIGNED_IN = "401 ok ok ok ok"
API_OWNER = "401 ok 404 404 404"

# The same site for programs. Whatever is not the caller's own is not found.
API = [
    Route("api:schema", EVERYBODY),
    Route("api:courses", EVERYBODY, query="q=numbers"),
    Route("api:course", EVERYBODY, ("course.slug",)),
    Route("api:topics", EVERYBODY),
    json_post("api:enrolment", "401 ok new new new", ("course.slug",)),
    Route("api:enrolment", "401 405 405 405 405", ("course.slug",)),
    Route("api:enrolments", API_SIGNED_IN),
    Route("api:lesson", EVERYBODY, ("preview.pk",)),
    Route("api:lesson", "401 ok 403 403 403", ("lesson.pk",)),
    json_post("api:open_lesson", "401 ok 403 403 403", ("lesson.pk",)),
    json_post("api:complete_lesson", "401 ok 409 409 409", ("lesson.pk",)),
    Route("api:quizzes", EVERYBODY),
    Route("api:quiz", EVERYBODY, ("quiz.slug",)),
    json_post("api:start_attempt", "401 ok 409 409 409", ("quiz.slug",)),
    Route("api:attempts", API_SIGNED_IN),
    Route("api:refreshers", API_SIGNED_IN),
    Route("api:due_dates", API_SIGNED_IN),
    Route("api:attempt", API_OWNER, ("attempt.public_id",)),
    json_post("api:save_answers", API_OWNER, ("attempt.public_id",), body={"sequence": 9, "answers": []}),
    json_post("api:turn_page", API_OWNER, ("attempt.public_id",), body={"page": 1}),
    json_post(
        "api:check_answer", "401 409 404 404 404", ("attempt.public_id",), body={"position": 1, "values": {}}
    ),
    json_post(
        "api:buy_hint",
        "401 409 404 404 404",
        ("attempt.public_id",),
        body={"position": 1, "number": 1, "price": 1},
    ),
    json_post("api:submit_attempt", API_OWNER, ("attempt.public_id",)),
    Route("api:result", API_OWNER, ("done.public_id",)),
    Route("api:review", API_OWNER, ("done.public_id",)),
    Route("api:review", "401 409 404 404 404", ("attempt.public_id",)),
    Route("api:wallet", API_SIGNED_IN),
    Route("api:entries", API_SIGNED_IN),
    Route("api:suggestions", EVERYBODY, query="placement=home"),
    Route("api:feedback", API_SIGNED_IN),
    json_post("api:feedback", "401 404 404 404 404", body={"item": "course:999999", "answer": "known"}),
    Route("api:feedback_of_item", "401 405 405 405 405", ("course:1",)),
    Route("api:notices", API_SIGNED_IN),
    json_post("api:read_notices", API_SIGNED_IN),
    Route("api:preferences", API_SIGNED_IN),
]

# What allauth serves: who may open these is its own business, and its tests'. They are listed so that a new
# route of it does not appear here unnoticed.
SIGN_IN_ROUTES = [
    "account_change_password",
    "account_confirm_login_code",
    "account_email",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_set_password",
    "account_signup",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "usersessions_list",
]


def every_name(patterns, namespace=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            prefix = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from every_name(pattern.url_patterns, prefix)
        elif pattern.name:
            yield namespace + pattern.name


def word(response):
    """The table's word for a response."""
    if response.status_code in (301, 302, 303):
        return "in" if "/account/login/" in response.url else "go"
    if "courses/lesson_gate.html" in [template.name for template in response.templates]:
        return "gate"
    return {200: "ok", 204: "ok", 201: "new"}.get(response.status_code, str(response.status_code))


def argument(world, path):
    if not hasattr(world, path.partition(".")[0]):
        return path
    value = world
    for name in path.split("."):
        value = getattr(value, name)
    return value


def address(world, route):
    """Where a route of the table leads in a world."""
    return f"{reverse(route.name, args=[argument(world, path) for path in route.arguments])}?{route.query}"
