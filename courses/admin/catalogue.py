"""Courses: fields, outline, ready-to-publish list, versions, table."""

import json

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline
from unfold.decorators import action, display

from accounts.bulk import states_counts
from accounts.lists import ModelAdmin
from accounts.tables import TableAdminMixin
from courses import arranging, authoring, checks, publishing, revisions
from courses.admin import editor, plans
from courses.admin.forms import CourseForm, ScheduleForm
from courses.admin.ownership import OwnedAdmin
from courses.errors import Refused
from courses.models import (
    Asset,
    Cohort,
    Course,
    CourseAuthor,
    Lesson,
    Revision,
    Section,
    Status,
)
from courses.tables import CourseResource


class AuthorInline(TabularInline):
    model = CourseAuthor
    extra = 0
    tab = True
    autocomplete_fields = ["user"]
    verbose_name_plural = gettext_lazy("Authors")


class CohortInline(TabularInline):
    model = Cohort
    extra = 0
    tab = True


@admin.register(Course)
class CourseAdmin(TableAdminMixin, OwnedAdmin, ModelAdmin):
    resource_classes = [CourseResource]
    form = CourseForm
    list_display = [
        "title",
        "state",
        "language",
        "level",
        "price",
        "learner_count",
        "rating_shown",
        "updated_at",
    ]
    list_filter = ["status", "level", "language", "topics", "is_sample"]
    search_fields = ["title", "slug", "provider"]
    show_full_result_count = False
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["topics", "skills_taught", "skills_required", "prerequisites", "translation_of"]
    readonly_fields = ["status", "publish_at", "published_at", "learner_count", "rating_shown"]
    inlines = [AuthorInline, CohortInline]
    actions = ["publish_selected", "withdraw_selected", "copy_selected"]
    change_form_outer_before_template = "admin/courses/course_acts.html"
    fieldsets = [
        (None, {"fields": ["title", "slug", "summary", "description"]}),
        (
            gettext_lazy("About"),
            {
                "fields": [
                    "topics", "level", "language", "translation_of", "provider", "instructors", "cover",
                    "estimated_minutes",
                ],
                "classes": ["tab"],
            },
        ),
        (
            gettext_lazy("Access"),
            {
                "fields": ["price", "prerequisites", "skills_required", "skills_taught"],
                "classes": ["tab"],
            },
        ),
        (
            gettext_lazy("State"),
            {
                "fields": ["status", "publish_at", "published_at", "learner_count", "rating_shown"],
                "classes": ["tab"],
            },
        ),
    ]  # fmt: skip

    # ------------------------------------------------------------------------------------ who sees what

    def has_delete_permission(self, request, obj=None):
        if obj is not None and obj.enrolments.exists():
            return False  # learners' records hang on it: archive it instead
        return super().has_delete_permission(request, obj)

    def get_export_queryset(self, request):
        named = ("topics", "skills_taught", "skills_required")
        return super().get_export_queryset(request).prefetch_related(*named)

    def has_import_permission(self, request):
        return self.has_change_permission(request)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "cover":
            match = request.resolver_match.kwargs.get("object_id")
            kwargs["queryset"] = Asset.objects.filter(course=match or None, content_type__startswith="image/")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(
        description=gettext_lazy("status"),
        label={"published": "success", "scheduled": "info", "draft": "warning", "archived": "danger"},
        ordering="status",
    )
    def state(self, course):
        return course.status, course.get_status_display()

    @admin.display(description=gettext_lazy("rating"))
    def rating_shown(self, course):
        return f"{course.rating:.1f} ({course.rating_count})" if course.rating else "–"

    # ------------------------------------------------------------------------------------------ saving

    def save_model(self, request, obj, form, change):
        self._renamed = change and "slug" in form.changed_data
        try:
            authoring.render_course(obj)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return
        super().save_model(request, obj, form, change)
        if not change:
            CourseAuthor.objects.create(course=obj, user=request.user, role=CourseAuthor.Role.OWNER)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        course = form.instance
        if not course.pk:
            return
        if self._renamed:
            authoring.refresh_course(course=course)
        revisions.save_revision(course=course, author=request.user)

    # -------------------------------------------------------------------------------------------- acts

    @action(description=gettext_lazy("Publish those that are ready"), permissions=["change"])
    @states_counts(plans.publish_courses)
    def publish_selected(self, request, queryset):
        published, refused = publishing.publish_many(courses=queryset)
        if published:
            count = len(published)
            text = ngettext("%(n)d course is published.", "%(n)d courses are published.", count) % {
                "n": count
            }
            messages.success(request, text)
        for course, sentences in refused.items():
            messages.warning(request, f"{course.title}: {' '.join(sentences)}")
        if not published and not refused:
            messages.info(request, _("All of them were published already."))

    @action(description=gettext_lazy("Take back to draft"), permissions=["change"])
    @states_counts(plans.withdraw_courses)
    def withdraw_selected(self, request, queryset):
        count = 0
        for course in queryset.exclude(status=Status.DRAFT):
            publishing.withdraw(course=course)
            count += 1
        messages.success(
            request,
            ngettext("%(n)d course is a draft now.", "%(n)d courses are drafts now.", count) % {"n": count},
        )

    @action(description=gettext_lazy("Duplicate"), permissions=["add"])
    @states_counts(plans.copy_courses)
    def copy_selected(self, request, queryset):
        copies = [arranging.copy_course(course=course, author=request.user) for course in queryset]
        count = len(copies)
        messages.success(
            request,
            ngettext("%(n)d copy is made, as a draft.", "%(n)d copies are made, as drafts.", count)
            % {"n": count},
        )

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/outline/", wrap(self.outline_view), name="courses_course_outline"),
            path("<int:pk>/outline/arrange/", wrap(self.arrange_view), name="courses_course_arrange"),
            path("<int:pk>/markdown/", wrap(self.markdown_view), name="courses_course_markdown"),
            path("<int:pk>/paste/", wrap(self.paste_view), name="courses_course_paste"),
            path("<int:pk>/ready/", wrap(self.ready_view), name="courses_course_ready"),
            path("<int:pk>/state/", wrap(self.state_view), name="courses_course_state"),
            path("<int:pk>/versions/", wrap(self.versions_view), name="courses_course_versions"),
            path("versions/<int:pk>/", wrap(self.version_view), name="courses_course_version"),
            *super().get_urls(),
        ]

    def _course(self, request, pk, *, change=False):
        course = get_object_or_404(self.get_queryset(request), pk=pk)
        allowed = self.has_change_permission if change else self.has_view_permission
        if not allowed(request, course):
            raise PermissionDenied
        return course

    def _context(self, request, course, title, **more):
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "course": course,
            "original": course,
            **more,
        }

    def outline_view(self, request, pk):
        """The tree of a course: sections and lessons, to add, rename, move, copy and delete."""
        course = self._course(request, pk, change=request.method == "POST")
        if request.method == "POST":
            try:
                self._change_outline(request, course)
            except (Refused, ValidationError) as error:
                messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
            return redirect("admin:courses_course_outline", pk)
        sections = course.sections.prefetch_related("lessons")
        context = self._context(request, course, course.title, sections=sections)
        return render(request, "admin/courses/outline.html", context)

    def _change_outline(self, request, course):
        act, number = request.POST.get("act", ""), request.POST.get("id", "")
        title = request.POST.get("title", "").strip()
        if act == "add_section":
            authoring.add_section(course=course, title=title)
            return
        item = self._item(course, request.POST.get("of", ""), number)
        if act == "add_lesson" and isinstance(item, Section):
            authoring.add_lesson(section=item, title=title, status=Status.DRAFT)
        elif act == "rename" and title and isinstance(item, Section):
            item.title = title[:300]
            item.save(update_fields=["title"])
        elif act == "up":
            arranging.move(item=item, step=-1)
        elif act == "down":
            arranging.move(item=item, step=1)
        elif act == "copy" and isinstance(item, Lesson):
            arranging.copy_lesson(lesson=item)
        elif act == "delete" and isinstance(item, Section):
            if item.lessons.exists():
                raise Refused(_("Move or delete the lessons of this section first."))
            item.delete()
        else:
            raise Refused(_("That is not possible here."))

    def _item(self, course, kind, number):
        rows = {"section": course.sections, "lesson": course.lessons}.get(kind)
        if rows is None or not number.isdecimal():
            raise Refused(_("That is not possible here."))
        return get_object_or_404(rows.select_related("course"), pk=int(number))

    def arrange_view(self, request, pk):
        """The order after a drag, as JSON: [[section, [lesson, ...]], ...]."""
        course = self._course(request, pk, change=True)
        if request.method != "POST":
            raise PermissionDenied
        try:
            order = [
                (int(section), [int(lesson) for lesson in ids]) for section, ids in json.loads(request.body)
            ]
        except (TypeError, ValueError):
            return HttpResponseBadRequest(_("This is not an order of sections and lessons."))
        try:
            arranging.arrange(course=course, order=order)
        except Refused as error:
            return JsonResponse({"error": str(error)}, status=409)
        return JsonResponse({"saved": True})

    def markdown_view(self, request, pk):
        return editor.preview(request, self._course(request, pk, change=True))

    def paste_view(self, request, pk):
        return editor.paste(request, self._course(request, pk, change=True))

    def ready_view(self, request, pk):
        course = self._course(request, pk)
        problems = checks.content_problems(course)
        context = self._context(
            request,
            course,
            course.title,
            checks=publishing.readiness(course, problems=problems),
            problems=problems,
        )
        return render(request, "admin/courses/ready.html", context)

    def state_view(self, request, pk):
        """Publish now or later, take back, archive."""
        course = self._course(request, pk, change=True)
        act = request.POST.get("act", "")
        if act == "publish":
            missing = publishing.missing(course)
            if missing:
                for sentence in missing:
                    messages.error(request, _("Not ready: %(check)s") % {"check": sentence})
                return redirect("admin:courses_course_ready", pk)
            publishing.publish(course=course)
            messages.success(request, _("The course is published."))
        elif act == "schedule":
            form = ScheduleForm(request.POST)
            if not form.is_valid():
                messages.error(request, _("Give the date and time at which the course appears."))
                return redirect("admin:courses_course_ready", pk)
            publishing.schedule(course=course, at=form.cleaned_data["publish_at"])
            messages.success(request, _("The course will appear by itself."))
        elif act in ("withdraw", "archive"):
            publishing.withdraw(course=course, archive=act == "archive")
            messages.success(request, _("The course is out of the catalogue."))
        return redirect("admin:courses_course_change", pk)

    def versions_view(self, request, pk):
        """Versions of the course's fields, or with ?lesson= those of one lesson."""
        course = self._course(request, pk)
        number = request.GET.get("lesson", "")
        lesson = get_object_or_404(course.lessons, pk=int(number)) if number.isdecimal() else None
        versions = Revision.objects.filter(course=course, lesson=lesson).select_related("author")[:200]
        context = self._context(request, course, lesson or course, lesson=lesson, versions=versions)
        return render(request, "admin/courses/versions.html", context)

    def version_view(self, request, pk):
        """What changed since a version; POST goes back to it."""
        version = get_object_or_404(Revision.objects.select_related("course", "lesson__course"), pk=pk)
        course = self._course(request, version.course_id, change=request.method == "POST")
        if request.method == "POST":
            try:
                revisions.revert(revision=version, author=request.user)
                messages.success(request, _("Version %(number)d is back.") % {"number": version.number})
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
            if version.lesson_id:
                return redirect("admin:courses_lesson_change", version.lesson_id)
            return redirect("admin:courses_course_change", course.pk)
        lesson = version.lesson
        present = revisions.lesson_state(lesson) if lesson else revisions.course_state(course)
        context = self._context(
            request, course, lesson or course, version=version, lines=revisions.diff(version.data, present)
        )
        return render(request, "admin/courses/version.html", context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        course = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        extra = {}
        if course is not None:
            extra = {
                "preview_url": f"{course.get_absolute_url()}?preview=1",
                "markdown_url": reverse("admin:courses_course_markdown", args=[course.pk]),
                "paste_url": reverse("admin:courses_course_paste", args=[course.pk]),
                **editor.choices(course),
            }
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))
