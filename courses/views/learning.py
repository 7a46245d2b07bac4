"""What a learner has: courses under way and done, notes, goal, certificates."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import certificates as certifying
from courses import goals
from courses.access import active_enrolment
from courses.addresses import by_slug, moved
from courses.models import Bookmark, Certificate, Course, Enrolment, LearningGoal, Note, Skill

SHOWN = 50


@login_required
@require_safe
def my_learning(request):
    learner = request.user
    enrolments = (
        Enrolment.objects.filter(learner=learner)
        .active()
        .with_new_lessons()
        .select_related("course", "last_lesson")
        .prefetch_related("course__topics")
    )
    context = {
        "current": enrolments.current()[:SHOWN],
        "completed": enrolments.exclude(completed_at=None).order_by("-completed_at")[:SHOWN],
        "bookmarks": Bookmark.objects.filter(learner=learner).select_related("lesson__course")[:SHOWN],
        "skills": Skill.objects.filter(
            taught_by__enrolments__learner=learner, taught_by__enrolments__completed_at__isnull=False
        ).distinct()[:SHOWN],
        "week": goals.week(learner),
        "goal": LearningGoal.objects.filter(learner=learner).first() or LearningGoal(learner=learner),
    }
    return render(request, "courses/my_learning.html", context)


@login_required
@require_safe
def my_notes(request):
    notes = Note.objects.filter(learner=request.user).select_related("lesson__course").order_by("-updated_at")
    page = Paginator(notes, SHOWN).get_page(request.GET.get("page"))
    return render(request, "courses/my_notes.html", {"page": page})


@login_required
@require_POST
def goal(request):
    days = request.POST.get("days_per_week", "")
    goals.set_goal(
        learner=request.user,
        days_per_week=int(days) if days.isdecimal() and len(days) == 1 else 3,
        on_leaderboard=bool(request.POST.get("on_leaderboard")),
    )
    messages.success(request, _("Your goal is saved."))
    return redirect("courses:my_learning")


@login_required
@require_safe
def leaderboard(request, slug):
    """Lessons completed this week by those of a course (and cohort) who agreed to be seen."""
    course = by_slug(Course.objects.published(), slug)
    if course.slug != slug:
        return moved(request, reverse("courses:leaderboard", args=[course.slug]))
    enrolment = active_enrolment(course, request.user)
    if enrolment is None:
        messages.error(request, _("Enrol in the course to see its board."))
        return redirect(course)
    rows = goals.leaderboard(course, cohort=enrolment.cohort)[:SHOWN]
    return render(
        request, "courses/leaderboard.html", {"course": course, "enrolment": enrolment, "rows": rows}
    )


@login_required
@require_safe
def certificates(request):
    found = Certificate.objects.filter(learner=request.user).select_related("course")
    return render(request, "courses/certificates.html", {"certificates": found})


@require_safe
def certificate(request, code):
    """Anybody with the address can check a certificate."""
    certificate = get_object_or_404(Certificate.objects.select_related("course"), code=code)
    context = {
        "certificate": certificate,
        "qr": mark_safe(certifying.qr_svg(certificate)),  # noqa: S308 (drawn by us, paths only)
        "address": certifying.verification_address(certificate),
    }
    return render(request, "courses/certificate.html", context)


@require_safe
def certificate_pdf(request, code):
    certificate = get_object_or_404(Certificate, code=code)
    name = slugify(certificate.course_title) or "certificate"
    return HttpResponse(
        certifying.pdf(certificate),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )
