"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from embark import announcing, dashboard, erasing, health, home, metrics, personal_data, search, styleguide
from embark.audit import admin as audit_admin
from embark.legal import views as legal_pages
from quizzes import calendar_pages
from quizzes.admin import gradebook

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("", include("courses.urls")),
    path("quizzes/", include("quizzes.urls")),
    path("calendar/", calendar_pages.change, name="due_calendar"),
    path("calendar/<str:token>.ics", calendar_pages.Feed.as_view(), name="due_calendar_feed"),
    path("wallet/", include("credits.urls")),
    path("notices/", include("notices.urls")),
    path("you/data/", personal_data.download, name="personal_data"),
    path("you/erase/", personal_data.erase, name="erase"),
    path("you/", include("accounts.urls")),
    path("suggestions/", include("recommender.urls")),
    path("terms/", legal_pages.terms, name="terms"),
    path("privacy/", legal_pages.privacy, name="privacy"),
    path("account/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("api/auth/", include("allauth.headless.urls")),
    path("api/v1/", include("embark.api.urls")),
    path("admin/announcement/", admin.site.admin_view(announcing.announcement), name="announcement"),
    path("admin/dashboard.csv", admin.site.admin_view(dashboard.table), name="dashboard_table"),
    path("admin/erase/<int:pk>/", admin.site.admin_view(erasing.erase_person), name="erase_person"),
    path("admin/gradebook/<int:pk>/", admin.site.admin_view(gradebook.page), name="gradebook"),
    path("admin/gradebook/<int:pk>.csv", admin.site.admin_view(gradebook.table), name="gradebook_table"),
    path(
        "admin/<slug:app>/<slug:model>/<int:pk>/history/",
        admin.site.admin_view(audit_admin.history),
        name="audit_history",
    ),
    path("admin/", admin.site.urls),
    path("health/", include(health)),
    path("metrics", metrics.metrics, name="metrics"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]

if settings.EMBARK_DEMO:
    urlpatterns.append(path("mail/", include("embark.mailbox")))
