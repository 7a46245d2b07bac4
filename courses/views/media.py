"""Files of courses: only for who may read what shows them, in any part that is asked for."""

import re

from django.core.files.storage import default_storage
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from courses.access import can_edit, can_read, is_published
from courses.models import Asset, Course, Lesson

CHUNK = 64 * 1024
# Shown in the page. Everything else, HTML and SVG above all, is handed over as a download; PDF too, because
# browsers' viewers don't open inside the sandbox that such files are served with.
INLINE = re.compile(r"image/(png|jpeg|gif|webp)|(audio|video)/[\w.+-]+|text/vtt")
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@require_safe
def asset(request, pk, name):
    asset = get_object_or_404(Asset.objects.select_related("course"), pk=pk)
    if asset.path.rsplit("/", 1)[-1] != name or not may_fetch(asset, request.user):
        raise Http404
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{asset.sha256}"',
        "Cache-Control": "private, max-age=3600",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": content_disposition_header(not INLINE.fullmatch(asset.content_type), name),
    }
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers=headers)
    start, end, status = _part(request, asset, headers["ETag"])
    if status == 416:
        headers["Content-Range"] = f"bytes */{asset.size}"
        return HttpResponse(status=416, headers=headers)
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end}/{asset.size}"
    headers["Content-Length"] = str(end - start + 1)
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=asset.content_type, headers=headers)
    if not default_storage.exists(asset.file.name):
        raise Http404
    return StreamingHttpResponse(
        _bytes(asset, start, end), status=status, content_type=asset.content_type, headers=headers
    )


def may_fetch(asset, user):
    """Whether a person may read something that shows this file; its course's authors always may."""
    course = asset.course
    if is_published(course):
        on_course_page = Q(cover=asset) | Q(description_html__contains=f'"{asset.get_absolute_url()}"')
        if Course.objects.filter(on_course_page, pk=course.pk).exists():
            return True
        lessons = Lesson.objects.published().filter(blocks__assets=asset).select_related("course").distinct()
        if any(can_read(lesson, user) for lesson in lessons[:20]):
            return True
    return can_edit(course, user)


def _part(request, asset, etag):
    """(first byte, last byte, status) of what was asked for; several ranges are answered with the whole."""
    whole = (0, asset.size - 1, 200)
    header = request.headers.get("Range", "")
    if not header or request.headers.get("If-Range", etag) != etag:
        return whole
    match = RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return whole
    first, last = match.groups()
    if not first:
        length = min(int(last[:18]), asset.size)
        return (asset.size - length, asset.size - 1, 206) if length else (0, 0, 416)
    start = int(first[:18])
    end = min(int(last[:18]), asset.size - 1) if last else asset.size - 1
    if start >= asset.size:
        return 0, 0, 416
    if last and int(last[:18]) < start:
        return whole
    return start, end, 206


def _bytes(asset, start, end):
    with asset.file.storage.open(asset.file.name, "rb") as file:
        file.seek(start)
        left = end - start + 1
        while left:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
