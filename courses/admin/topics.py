"""Topics and skills, by which courses, lessons and questions are found."""

from django.contrib import admin
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from accounts.lists import ModelAdmin
from courses.models import Skill, Topic


@admin.register(Topic)
class TopicAdmin(ModelAdmin, ImportExportModelAdmin):
    list_display = ["name", "slug", "course_count"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    import_form_class = ImportForm
    export_form_class = ExportForm

    def get_queryset(self, request):
        return super().get_queryset(request).with_course_counts()

    @admin.display(description=gettext_lazy("published courses"), ordering="course_count")
    def course_count(self, topic):
        return topic.course_count


@admin.register(Skill)
class SkillAdmin(ModelAdmin, ImportExportModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    import_form_class = ImportForm
    export_form_class = ExportForm
