"""Addresses that changed: what a page was called before goes on leading to it.

The database itself remembers a slug when it changes (a trigger, so that no way of writing is missed). A slug
in use always means the row that has it now; only where nobody has it is its last owner looked up.
"""

from django.http import Http404, HttpResponsePermanentRedirect

from courses.models import Course, FormerSlug


def by_slug(queryset, slug):
    """The course, topic or quiz of a queryset that has this slug, or had it last. Raises Http404."""
    found = queryset.filter(slug=slug).first()
    if found is None:
        kind = queryset.model._meta.model_name
        former = FormerSlug.objects.filter(kind=kind, scope=0, slug=slug).first()
        found = queryset.filter(pk=former.target).first() if former else None
    if found is None:
        raise Http404
    return found


def lesson_by_slug(queryset, course_slug, slug):
    """The lesson of a queryset at this address, by present or former names of it and of its course."""
    found = queryset.filter(course__slug=course_slug, slug=slug).first()
    if found is not None:
        return found
    course = by_slug(Course.objects.only("pk", "slug"), course_slug)
    found = queryset.filter(course=course, slug=slug).first()
    if found is None:
        former = FormerSlug.objects.filter(kind="lesson", scope=course.pk, slug=slug).first()
        # Not bound to the course: the lesson may have gone to another one.
        found = queryset.filter(pk=former.target).first() if former else None
    if found is None:
        raise Http404
    return found


def moved(request, url):
    """A permanent redirect that keeps the query. Browsers ask again each time: a name that was given up may
    come to mean something else, or be taken back.
    """
    query = request.META.get("QUERY_STRING", "")
    response = HttpResponsePermanentRedirect(f"{url}?{query}" if query else url)
    response["Cache-Control"] = "no-cache"
    return response
