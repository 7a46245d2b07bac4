"""The lesson editor: fields and blocks, live preview, pasted images, versions."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import StackedInline
from unfold.decorators import action, display

from accounts.bulk import states_counts
from accounts.lists import ModelAdmin
from courses import arranging, authoring, media, revisions
from courses.admin import editor, plans
from courses.admin.forms import BlockForm, BlockFormSet, LessonForm, MoveForm
from courses.admin.ownership import OwnedAdmin
from courses.models import Block, Course, Lesson, Status


class BlockInline(StackedInline):
    model = Block
    form = BlockForm
    formset = BlockFormSet
    extra = 0
    ordering_field = "position"
    hide_ordering_field = True
    fieldsets = [
        (None, {"fields": ["position", "kind", "source"]}),
        (None, {"fields": [("asset", "upload"), ("alt", "url"), "captions", "extra"]}),
    ]


@admin.register(Lesson)
class LessonAdmin(OwnedAdmin, ModelAdmin):
    form = LessonForm
    list_display = ["title", "course", "section", "state", "is_preview", "reading_minutes", "updated_at"]
    list_filter = ["status", "is_preview", ("course", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["course", "section"]
    search_fields = ["title", "course__title"]
    show_full_result_count = False
    autocomplete_fields = ["topics", "skills"]
    readonly_fields = ["course", "published_at", "measured_minutes"]
    inlines = [BlockInline]
    actions = ["publish_selected", "withdraw_selected", "copy_selected", "move_selected"]
    change_form_outer_before_template = "admin/courses/lesson_acts.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "course", ("title", "slug"), ("section", "status"), "publish_at",
                    ("is_preview", "minutes"),
                ]
            },
        ),
        (
            gettext_lazy("Topics, skills, prerequisites"),
            {
                "fields": ["topics", "skills", "prerequisites", "published_at", "measured_minutes"],
                "classes": ["collapse"],
            },
        ),
    ]  # fmt: skip

    class Media:
        js = ["js/markdown-editor.js"]
        css = {"all": ["css/authoring.css"]}

    # ------------------------------------------------------------------------------------ who sees what

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("course", "section")

    def has_add_permission(self, request):
        return False  # lessons are added in the outline of their course, where their place is

    @display(
        description=gettext_lazy("status"),
        label={"published": "success", "scheduled": "info", "draft": "warning", "archived": "danger"},
        ordering="status",
    )
    def state(self, lesson):
        return lesson.status, lesson.get_status_display()

    # ------------------------------------------------------------------------------------------ saving

    def save_model(self, request, obj, form, change):
        # The form has set the fields on the object; `status` is passed on so that the verb sees the change.
        status = form.cleaned_data.get("status", obj.status)
        if "status" in form.changed_data:
            obj.status = form.initial.get("status", obj.status)
        authoring.save_lesson(lesson=obj, status=status)

    def save_formset(self, request, form, formset, change):
        if formset.model is not Block:
            super().save_formset(request, form, formset, change)
            return
        formset.save(commit=False)  # fills the lists that the admin's log reads; the verb does the writing
        lesson = form.instance
        blocks = []
        for row in sorted(formset.kept(), key=lambda row: row.cleaned_data.get("position") or 0):
            block = row.as_block()
            upload = row.cleaned_data.get("upload")
            if upload:
                try:
                    block["asset"] = media.add_asset(
                        course=lesson.course, path=f"files/{upload.name}", content=upload, alt=block["alt"]
                    )
                except ValidationError as error:
                    messages.error(request, " ".join(error.messages))
            blocks.append(block)
        try:
            for sentence in authoring.set_blocks(lesson=lesson, blocks=blocks):
                messages.warning(request, sentence)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        revisions.save_revision(course=form.instance.course, lesson=form.instance, author=request.user)

    def delete_model(self, request, obj):
        authoring.delete_lesson(lesson=obj)

    def delete_queryset(self, request, queryset):
        for lesson in queryset:
            authoring.delete_lesson(lesson=lesson)

    # -------------------------------------------------------------------------------------------- acts

    @action(description=gettext_lazy("Publish"), permissions=["change"])
    @states_counts(plans.publish_lessons)
    def publish_selected(self, request, queryset):
        self._set_status(request, queryset, Status.PUBLISHED)

    @action(description=gettext_lazy("Take back to draft"), permissions=["change"])
    @states_counts(plans.withdraw_lessons)
    def withdraw_selected(self, request, queryset):
        self._set_status(request, queryset, Status.DRAFT)

    def _set_status(self, request, queryset, status):
        chosen = list(queryset.exclude(status=status))
        for lesson in chosen:
            authoring.save_lesson(lesson=lesson, status=status)
        count = len(chosen)
        text = ngettext("%(n)d lesson is changed.", "%(n)d lessons are changed.", count) % {"n": count}
        messages.success(request, text)

    @action(description=gettext_lazy("Duplicate"), permissions=["change"])
    @states_counts(plans.copy_lessons)
    def copy_selected(self, request, queryset):
        count = len([arranging.copy_lesson(lesson=lesson) for lesson in queryset])
        text = ngettext("%(n)d copy is made, as a draft.", "%(n)d copies are made, as drafts.", count) % {
            "n": count
        }
        messages.success(request, text)

    @action(description=gettext_lazy("Move to another section"), permissions=["change"])
    def move_selected(self, request, queryset):
        courses = set(queryset.values_list("course", flat=True))
        if len(courses) != 1:
            messages.error(request, _("Choose lessons of one course to move them together."))
            return None
        course = Course.objects.get(pk=courses.pop())
        form = MoveForm(request.POST if "section" in request.POST else None, course=course)
        if form.is_valid():
            count = arranging.move_lessons(
                lessons=list(queryset.in_order()), section=form.cleaned_data["section"]
            )
            messages.success(
                request, ngettext("%(n)d lesson is moved.", "%(n)d lessons are moved.", count) % {"n": count}
            )
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Move to another section"),
            "opts": self.opts,
            "lessons": queryset,
            "form": form,
        }
        return render(request, "admin/courses/move.html", context)

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/markdown/", wrap(self.markdown_view), name="courses_lesson_markdown"),
            path("<int:pk>/paste/", wrap(self.paste_view), name="courses_lesson_paste"),
            *super().get_urls(),
        ]

    def _lesson(self, request, pk):
        lesson = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, lesson):
            raise PermissionDenied
        return lesson

    def markdown_view(self, request, pk):
        return editor.preview(request, self._lesson(request, pk).course)

    def paste_view(self, request, pk):
        return editor.paste(request, self._lesson(request, pk).course)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        lesson = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        extra = {}
        if lesson is not None:
            extra = {
                "preview_url": f"{lesson.get_absolute_url()}?preview=1",
                "markdown_url": reverse("admin:courses_lesson_markdown", args=[lesson.pk]),
                "paste_url": reverse("admin:courses_lesson_paste", args=[lesson.pk]),
                **editor.choices(lesson.course),
            }
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def add_view(self, request, form_url="", extra_context=None):
        messages.info(request, _("Lessons are added in the outline of their course."))
        return redirect("admin:courses_course_changelist")
