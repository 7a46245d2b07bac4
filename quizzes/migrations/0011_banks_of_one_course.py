"""Banks whose questions are all placed in the quizzes of one course, and used nowhere else, are that course's."""

from django.db import migrations
from django.db.models import Q


def name_courses(apps, schema_editor):
    QuestionBank = apps.get_model("quizzes", "QuestionBank")
    QuizSlot = apps.get_model("quizzes", "QuizSlot")
    for bank in QuestionBank.objects.filter(course=None, questions__isnull=False).distinct():
        places = QuizSlot.objects.filter(Q(question__bank=bank) | Q(draw_bank=bank)).order_by()
        courses = set(places.values_list("quiz__course", flat=True))
        if len(courses) != 1 or None in courses:
            continue
        # A question that is in no quiz may be what an exam elsewhere will ask: only editors can tell.
        if bank.questions.exclude(slots__quiz__course__in=courses).exists():
            continue
        bank.course_id = courses.pop()
        bank.save(update_fields=["course"])


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0010_bank_courses")]
    operations = [migrations.RunPython(name_courses, migrations.RunPython.noop)]
