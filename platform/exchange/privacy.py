"""A person's rows among the imports: export, and erasure (an import stays, its owner doesn't)."""

from exchange.models import CourseImport


def export(learner):
    yield (
        "course_imports",
        [
            {"created_at": row.created_at, "file": row.file_name, "state": row.get_state_display()}
            for row in CourseImport.objects.filter(owner=learner).order_by("id")
        ],
    )


def erase(learner):
    CourseImport.objects.filter(owner=learner).update(owner=None)
