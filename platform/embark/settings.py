"""Every setting of the site. The environment is read here, at the top, and nowhere else.

`embark.services.ensure()` has run before: DATABASE_URL, REDIS_URL and SECRET_KEY are set.
"""

from pathlib import Path

import environ
import pghistory
from csp.constants import NONE, SELF
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(env("EMBARK_VAR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000")
HTTPS = SITE_URL.startswith("https://")
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
DATABASE_URL = env("DATABASE_URL")
REDIS_URL = env("REDIS_URL")
EMAIL_URL = env("EMAIL_URL", default="consolemail://")
EMBARK_DEMO = env.bool("EMBARK_DEMO", default=False)
# While this file is there the site is closed (embark.maintenance). Several machines share one.
MAINTENANCE_FILE = env("MAINTENANCE_FILE", default=str(VAR_DIR / "maintenance.json"))

# ---------------------------------------------------------------------------------------------- the site

SITE_NAME = "Embark"
ROOT_URLCONF = "embark.urls"
WSGI_APPLICATION = "embark.wsgi.application"
ASGI_APPLICATION = "embark.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "import_export",
    "lucide",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "embark",
    "exchange",
    "recommender",
    "quizzes",
    "courses",
    "credits",
    "activity",
    "jobs",
    "notices",
    "accounts",
]

MIDDLEWARE = [
    "embark.logs.RequestId",
    "embark.metrics.Measure",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "embark.middleware.CompressPages",
    "csp.middleware.CSPMiddleware",
    "embark.middleware.AdminContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "embark.maintenance.Gate",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "embark.audit.middleware.Actor",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.LearnerTimeZone",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "embark.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ------------------------------------------------------------------------------------- database and cache

DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"].update(
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=600),
    CONN_HEALTH_CHECKS=True,
)
DATABASES["default"].setdefault("OPTIONS", {})

# A cache error is a miss; what must not be forgotten (sign-in limits) falls back to a table.
CACHES = {
    "default": {
        "BACKEND": "embark.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "embark",
        "OPTIONS": {"socket_connect_timeout": 0.2, "socket_timeout": 0.5},
    },
    "table": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "embark_cache",
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ------------------------------------------------------------------------------------------- Celery, jobs

# Celery spells a Unix socket differently from Django's cache.
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=REDIS_URL.replace("unix://", "redis+socket://", 1))
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = "UTC"

# --------------------------------------------------------------------------------------------- recommender

MODELS_DIR = Path(env("MODELS_DIR", default=str(VAR_DIR / "models")))
# Simulated learners make a demo worth looking at; a real site never learns from them.
TRAIN_ON_SIMULATED = env.bool("TRAIN_ON_SIMULATED", default=EMBARK_DEMO)
# A JSON file with the settings of training that differ from recommender.training.config.Config.
TRAINING_CONFIG = env("TRAINING_CONFIG", default="")
SUGGESTIONS_ENABLED = env.bool("SUGGESTIONS_ENABLED", default=True)

# ------------------------------------------------------------------------------------- accounts, sign-in

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("home")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "embark.sign_in.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
# A code typed on the same page keeps the session, so a visitor returns to the very lesson they came from.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
# Browsers treat loopback as a secure origin; elsewhere passkeys need https.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_TRACK_ACTIVITY = False

# -------------------------------------------------------------------------------------------------- mail

globals().update(env.email_url_config(EMAIL_URL))
EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Embark <hello@embark.invalid>")

# ---------------------------------------------------------------------------------- languages and formats

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# ------------------------------------------------------------------------------------------- files, uploads

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env("MEDIA_ROOT", default=str(VAR_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "embark.static_files.ServedFiles"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
FILE_UPLOAD_PERMISSIONS = 0o640

# ----------------------------------------------------------------------------------------------- retention

# Days that events and impressions are kept; what visitors without an account did fades much sooner.
EVENTS_KEPT_DAYS = env.int("EVENTS_KEPT_DAYS", default=3 * 365)
VISITORS_KEPT_DAYS = env.int("VISITORS_KEPT_DAYS", default=90)
AUDIT_KEPT_DAYS = env.int("AUDIT_KEPT_DAYS", default=5 * 365)

# -------------------------------------------------------------------------------------------------- audit

# Changes are looked up by object, parent and time alone (accounts.audited makes those indexes).
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# -------------------------------------------------------------------------------------------------- safety

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_SSL_REDIRECT = HTTPS
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)

# ------------------------------------------------------------------------------------------------- API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "embark.api.authentication.SessionToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "embark.api.pagination.Pages",
    "DEFAULT_THROTTLE_CLASSES": ["embark.api.throttling.Throttle"],
    # Requests a minute: of an address that is not signed in, and of a learner by what they ask.
    "DEFAULT_THROTTLE_RATES": {
        "visitor": env.int("API_VISITOR_RATE", default=120),
        "learner": env.int("API_LEARNER_RATE", default=600),
        "write": env.int("API_WRITE_RATE", default=240),
        "suggestions": env.int("API_SUGGESTIONS_RATE", default=240),
    },
    "EXCEPTION_HANDLER": "embark.api.problems.as_problem",
    "NUM_PROXIES": env.int("TRUSTED_PROXY_COUNT", default=1) if BEHIND_PROXY else 0,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": _("Embark API"),
    "DESCRIPTION": _(
        "Courses, quizzes, credits and suggestions for programs. Sign in with a browser's session, or with "
        "the session token of POST /api/auth/app/v1/auth/login."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "embark.api.schema.add_problems",
    ],
}
# Sign-in for programs alone: browsers have the pages.
HEADLESS_CLIENTS = ["app"]

# ---------------------------------------------------------------------------------------------- courses

# Other sites whose pages (video players, mostly) a lesson may show in a sandboxed frame.
EMBED_HOSTS = env.list("EMBED_HOSTS", default=["www.youtube-nocookie.com", "player.vimeo.com"])
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=500 * 2**20)

# ------------------------------------------------------------------------------------------------ admin

# The right that a table of the admin needs to leave, and to come in where a page names no other. Without them
# the library lets everybody who may enter the admin do both.
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "change"

UNFOLD = {
    "SITE_TITLE": "Embark",
    "SITE_HEADER": "Embark",
    "SITE_SUBHEADER": _("Administration"),
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SITE_ICON": lambda request: static("icons/embark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("icons/embark.svg")}
    ],
    # The site's blue (docs/design.md) from light to dark.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .015 264)",
            "100": "oklch(94% .03 264)",
            "200": "oklch(88% .06 264)",
            "300": "oklch(80% .1 264)",
            "400": "oklch(70% .14 264)",
            "500": "oklch(58% .19 264)",
            "600": "oklch(44% .2 264)",
            "700": "oklch(38% .18 264)",
            "800": "oklch(32% .15 264)",
            "900": "oklch(27% .12 264)",
            "950": "oklch(20% .08 264)",
        }
    },
    "STYLES": [lambda request: static("css/admin.css")],
    "SCRIPTS": [lambda request: static("js/admin.js")],
    "DASHBOARD_CALLBACK": "embark.dashboard.dashboard",
    # Ctrl + K. Unfold's own search of models has no limit, so ours searches the few that have names.
    "COMMAND": {"search_callback": "embark.palette.find"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "embark.admin.navigation",
    },
}

# ---------------------------------------------------------------------------------------------- logging

LOG_FORMAT = env.str("LOG_FORMAT", default="line")  # or json
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"origin": {"()": "embark.logs.Origin"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "embark.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["origin"]}
    },
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
}

# -------------------------------------------------------------------------------------------- monitoring

# Lets a program read /metrics; without it only admins can.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
