"""What the Markdown editor in the admin asks for: a preview, a place for pasted images, links to choose."""

from django.core.exceptions import ValidationError
from django.http import HttpResponseNotAllowed, JsonResponse
from django.utils.translation import gettext as _

from courses import media
from courses.content.links import CourseLinks
from courses.content.markdown import TooLong, render


def preview(request, course):
    """What Markdown will look like in a course, with its problems, as JSON."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        rendered = render(request.POST.get("source", ""), links=CourseLinks(course))
    except TooLong as error:
        return JsonResponse({"html": "", "problems": [str(error)]})
    return JsonResponse({"html": rendered.html, "problems": list(dict.fromkeys(rendered.problems))})


def paste(request, course):
    """An image pasted or dropped into the editor: kept with the course, answered by its Markdown."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    upload = request.FILES.get("file")
    if upload is None:
        return JsonResponse({"error": _("No file came with the request: paste the image again.")}, status=400)
    try:
        asset = media.add_asset(course=course, path=media.free_path(course, upload.name), content=upload)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=400)
    if not asset.content_type.startswith("image/"):
        return JsonResponse({"markdown": f"[{upload.name}]({asset.path})"})
    return JsonResponse({"markdown": f"![{_('Describe the image')}]({asset.path})"})


def choices(course):
    """The lessons and files of a course, for the link picker."""
    return {
        "links": list(course.lessons.in_order().values("slug", "title")),
        "files": list(course.assets.values("path", "content_type")),
    }
