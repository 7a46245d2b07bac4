"""A resource of a cartridge's manifest, and what its files are."""

from dataclasses import dataclass

PAGES = (".html", ".htm", ".xhtml")
TEXTS = (".txt", ".md", ".markdown")
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp")
VIDEOS = (".mp4", ".webm", ".m4v", ".ogv", ".mov")
AUDIOS = (".mp3", ".ogg", ".wav", ".m4a", ".flac")
# Files that belong to a page or a quiz and are no material of their own.
SETTINGS = (
    "course_settings/", "assessment_meta.xml", "assignment_settings.xml", "module_meta.xml",
    "moodle_backup.xml",
)  # fmt: skip


@dataclass(slots=True)
class Resource:
    """A resource of the manifest; paths are relative to the manifest's folder."""

    identifier: str
    type: str
    href: str
    files: list[str]
    dependencies: list[str]
    title: str = ""

    @property
    def path(self) -> str:
        return self.href or (self.files[0] if self.files else "imsmanifest.xml")

    @property
    def family(self) -> str:
        """What the resource is, whatever version its type names."""
        name = self.type.lower()
        for family, marks in {
            "bank": ("question-bank",),
            "quiz": ("imsqti", "assessment"),
            "link": ("imswl",),
            "topic": ("imsdt",),
            "lti": ("basiclti", "ims_lti", "imslti"),
            "assignment": ("assignment_xml",),
            "content": ("webcontent", "associatedcontent", "learning-application-resource", "sco", "asset"),
        }.items():
            if any(mark in name for mark in marks):
                return family
        return "unknown"


def is_settings(resource: Resource) -> bool:
    return any(mark in resource.href for mark in SETTINGS) or resource.href.endswith("canvas_export.txt")


class NotRead(Exception):
    """Why a resource gave nothing, as a sentence. `is_failure`: it should have; `title` is its own name."""

    def __init__(self, sentence: str, *, is_failure: bool = False, title: str = "") -> None:
        self.is_failure = is_failure
        self.title = title
        super().__init__(sentence)
