"""A course as an IMS Common Cartridge 1.3 that Canvas, Moodle, Blackboard and others import.

Sections become folders and each lesson a page; a lesson's quizzes follow it as assessments. The pages hold
the HTML that learners see, with links between lessons and to files made relative. Drafts stay at home: a
cartridge can't mark them.
"""

import html
import posixpath
import re
import zipfile
from typing import BinaryIO
from urllib.parse import quote

import lxml.html
from lxml import etree

from courses.models import Asset, Block, Course, Lesson, Status
from exchange.qti12_export import write_assessment
from quizzes.models import QuestionFile, Quiz
from quizzes.rendering import to_html

PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest"
QUIZ_TYPE = "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"


def write_cartridge(*, course: Course, target: BinaryIO) -> list[str]:
    """Writes the published lessons of a course to an open file; returns what was left out, as sentences."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        return _Cartridge(course, archive).write()


class _Cartridge:
    def __init__(self, course: Course, archive: zipfile.ZipFile) -> None:
        self.course = course
        self.archive = archive
        self.left_out: list[str] = []
        self.assets: dict[str, Asset] = {asset.get_absolute_url(): asset for asset in course.assets.all()}
        lessons = course.lessons.filter(status=Status.PUBLISHED).in_order()
        self.pages = {lesson.get_absolute_url(): f"pages/{lesson.slug}.html" for lesson in lessons}
        self.used: dict[str, str] = {}
        self.pictures: set[str] = set()
        self.manifest = etree.Element(
            f"{{{PACKAGE}}}manifest",
            {"identifier": f"embark-{course.pk}"},
            nsmap={None: PACKAGE, "lomm": LOM},
        )

    def write(self) -> list[str]:
        self._metadata()
        organisations = self._add(self.manifest, "organizations")
        organisation = self._add(
            organisations, "organization", identifier="org", structure="rooted-hierarchy"
        )
        top = self._add(organisation, "item", identifier="root")
        self.resources = self._add(self.manifest, "resources")
        for section in self.course.sections.order_by("position", "pk"):
            lessons = section.lessons.filter(status=Status.PUBLISHED).order_by("position", "pk")
            if lessons:
                folder = self._item(top, f"section-{section.pk}", section.title)
                for lesson in lessons:
                    self._lesson(folder, lesson)
        loose = Quiz.objects.filter(course=self.course, lesson=None, status=Quiz.Status.PUBLISHED)
        for quiz in loose.exclude(slug__in=self._quizzes_in_blocks()):
            self._quiz(top, quiz)
        self._files()
        text = etree.tostring(self.manifest, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        self.archive.writestr("imsmanifest.xml", text)
        return self.left_out

    # -------------------------------------------------------------------------------- manifest

    def _add(self, parent, name: str, text: str | None = None, **attributes: str):
        element = etree.SubElement(parent, f"{{{PACKAGE}}}{name}", attributes)
        element.text = text
        return element

    def _metadata(self) -> None:
        metadata = self._add(self.manifest, "metadata")
        self._add(metadata, "schema", "IMS Common Cartridge")
        self._add(metadata, "schemaversion", "1.3.0")
        general = etree.SubElement(etree.SubElement(metadata, f"{{{LOM}}}lom"), f"{{{LOM}}}general")
        language = self.course.language or "en"

        def string(name: str, value: str) -> None:
            holder = etree.SubElement(general, f"{{{LOM}}}{name}")
            etree.SubElement(holder, f"{{{LOM}}}string", {"language": language}).text = value

        string("title", self.course.title)
        etree.SubElement(general, f"{{{LOM}}}language").text = language
        string("description", self.course.summary or self.course.title)
        for topic in self.course.topics.order_by("name"):
            string("keyword", topic.name)

    def _item(self, parent, identifier: str, title: str, reference: str = ""):
        attributes = {"identifier": identifier} | ({"identifierref": reference} if reference else {})
        item = self._add(parent, "item", **attributes)
        self._add(item, "title", title)
        return item

    def _resource(self, identifier: str, kind: str, href: str, files: list[str]):
        attributes = {"href": href} if kind == "webcontent" else {}
        resource = self._add(self.resources, "resource", identifier=identifier, type=kind, **attributes)
        for file in files:
            self._add(resource, "file", href=file)

    # --------------------------------------------------------------------------------- lessons

    def _quizzes_in_blocks(self) -> list[str]:
        blocks = Block.objects.filter(lesson__course=self.course, kind=Block.Kind.QUIZ)
        return [block.settings.get("quiz", "") for block in blocks]

    def _lesson(self, folder, lesson: Lesson) -> None:
        name = f"pages/{lesson.slug}.html"
        quizzes = []
        body = []
        for block in lesson.blocks.select_related("asset").order_by("position", "pk"):
            if block.kind == Block.Kind.QUIZ:
                quizzes += Quiz.objects.filter(slug=block.settings.get("quiz", ""))
            else:
                body.append(self._block(block))
        quizzes += lesson.quizzes.filter(status=Quiz.Status.PUBLISHED).order_by("pk")
        page = (
            f'<!DOCTYPE html>\n<html lang="{html.escape(self.course.language or "en")}"><head>'
            '<meta charset="utf-8">'
            f"<title>{html.escape(lesson.title)}</title></head><body>\n<h1>{html.escape(lesson.title)}</h1>\n"
            f"{self._relative(chr(10).join(body), 'pages')}\n</body></html>\n"
        )
        self.archive.writestr(name, page)
        self._resource(f"lesson-{lesson.pk}", "webcontent", name, [name])
        self._item(folder, f"item-lesson-{lesson.pk}", lesson.title, f"lesson-{lesson.pk}")
        for quiz in quizzes:
            self._quiz(folder, quiz)

    def _block(self, block: Block) -> str:
        """HTML of a block with plain elements in place of players and frames."""
        title = html.escape(str(block.settings.get("title") or ""))
        text = block.html
        url = html.escape(str(block.settings.get("url") or ""), quote=True)
        if block.asset is not None:
            source = html.escape(block.asset.get_absolute_url(), quote=True)
            name = title or html.escape(block.asset.path.rpartition("/")[2])
            players = {
                Block.Kind.IMAGE: f'<p><img src="{source}" alt="{html.escape(block.alt, quote=True)}"></p>',
                Block.Kind.VIDEO: f'<p><video controls src="{source}"></video></p>',
                Block.Kind.AUDIO: f'<p><audio controls src="{source}"></audio></p>',
                Block.Kind.FILE: f'<p><a href="{source}">{name}</a></p>',
            }
            text = players.get(block.kind, "") + text
        elif url:
            text = f'<p><a href="{url}">{title or url}</a></p>{text}'
        answer = str(block.settings.get("answer") or "") if block.kind == Block.Kind.EXERCISE else ""
        if answer:
            text += f"<details><summary>Model answer</summary>{block.extra_html}</details>"
        return text

    def _relative(self, markup: str, folder: str) -> str:
        """The markup with addresses of this site as paths inside the cartridge."""
        if not markup.strip():
            return ""
        root = lxml.html.fragment_fromstring(markup, create_parent="div")
        for element in root.iter():
            for attribute in ("href", "src"):
                address = element.get(attribute)
                if address and address.startswith("/"):
                    element.set(attribute, self._target(address, folder))
        children = (lxml.html.tostring(child, encoding="unicode") for child in root)
        return html.escape(root.text or "") + "".join(children)

    def _target(self, address: str, folder: str) -> str:
        path, _, anchor = address.partition("#")
        if path in self.pages:
            return posixpath.relpath(self.pages[path], folder) + (f"#{anchor}" if anchor else "")
        if path in self.assets:
            asset = self.assets[path]
            name = f"files/{asset.path}"
            self.used[name] = path
            return quote(posixpath.relpath(name, folder))
        picture = re.search(r"/([0-9a-f]{64}\.[a-z0-9]{1,5})$", path)
        if picture:
            self.pictures.add(picture.group(1))
            return posixpath.relpath(f"files/questions/{picture.group(1)}", folder)
        return address

    # --------------------------------------------------------------------------------- quizzes

    def _quiz(self, folder, quiz: Quiz) -> None:
        identifier = f"quiz-{quiz.pk}"
        name = f"quizzes/{quiz.slug}.xml"
        data, left_out = write_assessment(
            quiz, identifier, lambda source: self._relative(to_html(source), "quizzes").strip()
        )
        self.left_out += left_out
        self.archive.writestr(name, data)
        self._resource(identifier, QUIZ_TYPE, name, [name])
        self._item(folder, f"item-{identifier}", quiz.title, identifier)

    # ----------------------------------------------------------------------------------- files

    def _files(self) -> None:
        for number, (name, address) in enumerate(sorted(self.used.items()), start=1):
            self._copy(name, self.assets[address].file)
            self._resource(f"file-{number}", "webcontent", name, [name])
        for picture in QuestionFile.objects.filter(name__in=self.pictures).order_by("name"):
            name = f"files/questions/{picture.name}"
            self._copy(name, picture.file)
            self._resource(f"picture-{picture.pk}", "webcontent", name, [name])

    def _copy(self, name: str, file) -> None:
        with (
            file.storage.open(file.name, "rb") as source,
            self.archive.open(name, "w", force_zip64=True) as entry,
        ):
            for chunk in iter(lambda: source.read(1 << 20), b""):
                entry.write(chunk)
