"""The page of a course, and joining, leaving and rating it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, Q, When
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from activity.requests import moment, record_request
from courses import completion
from courses import enrolment as enrolments
from courses import reviews as rating
from courses.access import active_enrolment, can_edit, is_published
from courses.addresses import by_slug, moved
from courses.errors import Refused
from courses.models import Cohort, Course, Skill
from courses.outline import outline
from courses.views.respond import back, refused

REVIEWS_SHOWN = 10


@require_safe
def course(request, slug):
    found = (
        Course.objects.with_translations().select_related("cover").prefetch_related("topics", "prerequisites")
    )
    course = by_slug(found, slug)
    preview = is_preview(request, course)
    if not preview and not is_published(course):
        raise Http404
    if course.slug != slug:
        return moved(request, course.get_absolute_url())
    learner = request.user if request.user.is_authenticated else None
    enrolment = active_enrolment(course, learner) if learner else None
    plan = outline(
        course, request.user, enrolment=enrolment, section=request.GET.get("section"), drafts=preview
    )
    if request.method == "GET" and not preview:
        record_request(request, verb="viewed", kind="course", object_id=course.pk)
    reviews = _reviews(course, learner)
    skills = list(Skill.objects.of_course(course))
    read_all = (
        enrolment is not None and enrolment.completed_at is None and plan.lessons and plan.next_unread.done
    )
    context = {
        "course": course,
        "preview": preview,
        "translations": course.in_other_languages() if course.has_translations else [],
        "missing": completion.missing(course, learner) if read_all else [],
        "enrolment": enrolment,
        "outline": plan,
        "minutes": course.estimated_minutes or plan.minutes,
        "percent": max(enrolment.percent, 100 * plan.done // max(1, len(plan.lessons))) if enrolment else 0,
        "resume": _resume(enrolment, plan),
        "cohorts": _open_cohorts(course) if enrolment is None else [],
        "reviews": [review for review in reviews if review.body and not review.is_hidden],
        "own_review": next(
            (review for review in reviews if learner and review.learner_id == learner.pk), None
        ),
        "skills_taught": [skill for skill in skills if skill.is_taught],
        "skills_required": [skill for skill in skills if skill.is_required],
        "prerequisites": [other for other in course.prerequisites.all() if is_published(other)],
        "stars": [5, 4, 3, 2, 1],
    }
    return render(request, "courses/course.html", context)


@require_POST
def enrol(request, slug):
    course = by_slug(Course.objects.published(), slug)
    if not request.user.is_authenticated:
        # After signing in the visitor is back where the button is; a GET never enrols or pays.
        return redirect(
            f"{reverse('account_login')}?next={request.POST.get('next') or course.get_absolute_url()}"
        )
    number = request.POST.get("cohort", "")
    cohort = Cohort.objects.filter(pk=int(number), course=course).first() if number.isdecimal() else None
    try:
        enrolment, created = enrolments.enrol(
            learner=request.user, course=course, cohort=cohort, context=moment(request)
        )
    except Refused as error:
        return refused(request, error, course.get_absolute_url())
    if created:
        messages.success(request, _("You are enrolled. Enjoy the course!"))
    first = outline(course, request.user, enrolment=enrolment).next_unread
    return back(request, first.url if first else course.get_absolute_url())


@login_required
@require_POST
def leave(request, slug):
    course = by_slug(Course.objects.all(), slug)
    if enrolments.leave(learner=request.user, course=course):
        messages.success(request, _("You have left the course. Your progress is kept in case you come back."))
    return back(request, course.get_absolute_url())


@login_required
@require_POST
def rate(request, slug):
    course = by_slug(Course.objects.all(), slug)
    stars = request.POST.get("stars", "")
    try:
        rating.rate(
            learner=request.user,
            course=course,
            stars=int(stars) if stars.isdecimal() and len(stars) == 1 else 0,
            body=request.POST.get("body", ""),
            context=moment(request),
        )
    except Refused as error:
        return refused(request, error, course.get_absolute_url())
    messages.success(request, _("Thank you for your rating."))
    return back(request, course.get_absolute_url())


def is_preview(request, course):
    """Whether this is an author looking at a course as learners will see it (`?preview=1`)."""
    return "preview" in request.GET and can_edit(course, request.user)


def _resume(enrolment, plan):
    """The lesson to continue with: where the learner stopped, unless that is completed."""
    if enrolment is None:
        return None
    last = next((lesson for lesson in plan.lessons if lesson.pk == enrolment.last_lesson_id), None)
    return last if last is not None and not last.done else plan.next_unread


def _open_cohorts(course):
    return [
        cohort for cohort in course.cohorts.all() if cohort.ends_at is None or cohort.ends_at > timezone.now()
    ]


def _reviews(course, learner):
    """The newest reviews with words, and the learner's own; no query for a course that nobody rated."""
    if not course.rating_count:
        return []
    shown = ~Q(body="") & Q(is_hidden=False)
    own_first = Case(When(learner=learner, then=0), default=1)
    rows = course.reviews.filter(shown | Q(learner=learner)).select_related("learner")
    return list(rows.order_by(own_first, "-created_at")[: REVIEWS_SHOWN + 1])
