"""What an address in a course's text means.

images/loop.png     a file of the course, by its path
lesson:first-steps  a lesson of the same course, by its slug (what the editor's link picker writes)
/courses/...        a page of this site
"""

import posixpath
import re
from functools import cached_property
from urllib.parse import unquote, urlsplit

from django.urls import reverse


class CourseLinks:
    """Resolves addresses against one course; collects which assets were used and what was not found.

    `used` holds the assets of the latest rendering; `problems` those of all.
    """

    schemes = frozenset({"lesson"})

    def __init__(self, course):
        self.course = course
        self.used = {}
        self.problems = []

    @cached_property
    def _assets(self):
        if self.course is None or self.course.pk is None:
            return {}
        return {asset.path: asset for asset in self.course.assets.all()}

    @cached_property
    def _lessons(self):
        if self.course is None or self.course.pk is None:
            return set()
        return set(self.course.lessons.values_list("slug", flat=True))

    @cached_property
    def _renamed(self):
        """{former slug: slug} of the course's lessons."""
        if self.course is None or self.course.pk is None:
            return {}
        from courses.models import FormerSlug

        former = dict(
            FormerSlug.objects.filter(kind="lesson", scope=self.course.pk).values_list("slug", "target")
        )
        slugs = dict(self.course.lessons.filter(pk__in=former.values()).values_list("pk", "slug"))
        return {slug: slugs[pk] for slug, pk in former.items() if pk in slugs}

    def asset(self, address):
        """The asset that a relative address names, or None. Uses of it are remembered."""
        path = posixpath.normpath(unquote(address.split("#")[0].split("?")[0]))
        asset = self._assets.get(path.removeprefix("./"))
        if asset is not None:
            self.used[asset.pk] = asset
        return asset

    def image(self, address):
        address = address.strip()
        if _is_elsewhere(address):
            self._problem(f"The image {address} is on another site: upload it to the course instead.")
            return None
        asset = self.asset(address)
        if asset is None or not asset.content_type.startswith("image/"):
            self._problem(f"The image {address} is not among the files of the course: upload it first.")
            return None
        return asset.get_absolute_url()

    def link(self, address):
        # Browsers drop tabs and newlines and read \\ as /: neither may turn this into another site.
        if re.match(r"/(?![/\\])", address) and not re.search(r"[\x00-\x1f]", address):
            return address
        scheme, _, slug = address.partition(":")
        if scheme == "lesson":
            slug, _, fragment = slug.partition("#")
            slug = slug if slug in self._lessons else self._renamed.get(slug, slug)
            if slug in self._lessons:
                url = reverse("courses:lesson", args=[self.course.slug, slug])
                return f"{url}#{fragment}" if fragment else url
            self._problem(f"The link lesson:{slug} names no lesson of this course.")
            return None
        if _is_elsewhere(address):
            return None
        asset = self.asset(address)
        if asset is None:
            self._problem(f"The link {address} is not among the files of the course.")
            return None
        return asset.get_absolute_url()

    def _problem(self, sentence):
        if sentence not in self.problems:
            self.problems.append(sentence)


def _is_elsewhere(address):
    try:
        parts = urlsplit(address)
    except ValueError:
        return True
    return bool(parts.scheme or parts.netloc)
