"""Static files as they are served: named by their content, compressed once, the style sheets in one file."""

import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "css/site.css"
IMPORT = re.compile(r'@import url\("/static/css/([\w.-]+)"\);')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INDENT = re.compile(r"\s*\n\s*")


class ServedFiles(CompressedManifestStaticFilesStorage):
    """`site.css` names the style sheets of a page, and browsers follow it as it is. Where the files are
    collected its imports are replaced by what they name, without comments and indentation: a phone then
    waits for one answer, not for eight in two rounds.
    """

    # Our scripts name the modules that they import by their content too, so that browsers keep them for good.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((r'(?P<matched>from "(?P<url>\./[\w-]+\.js)")', 'from "%(url)s"'),)),
    )

    def post_process(self, paths, dry_run=False, **options):
        if SHEET in paths and not dry_run:

            def sheet(found):
                return _text(*paths[f"css/{found[1]}"])

            joined = IMPORT.sub(sheet, _text(*paths[SHEET]))
            self.delete(SHEET)
            self._save(SHEET, ContentFile(INDENT.sub("\n", COMMENT.sub("", joined)).encode()))
            paths = {**paths, SHEET: (self, SHEET)}
        yield from super().post_process(paths, dry_run=dry_run, **options)


def _text(storage, path):
    with storage.open(path) as file:
        return file.read().decode()
