"""Certificates: issued when a course is completed, checked by anybody with the code, revocable."""

import io
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.errors import Refused
from courses.models import Certificate, Enrolment

FONTS = Path(__file__).parent / "fonts"
# Names come in every script; the bundled font holds Latin. Others are drawn with what the system has.
SYSTEM_FONTS = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
INK, SOFT, BLUE = (17, 24, 39), (90, 98, 115), (28, 69, 184)


def issue(*, learner, course, now=None):
    """The learner's certificate for a course they completed; a second call returns the first.

    Raises Refused while the course is not completed.
    """
    if not Enrolment.objects.filter(learner=learner, course=course, completed_at__isnull=False).exists():
        raise Refused(_("Complete the course first: then its certificate is issued."))
    existing = Certificate.objects.valid().filter(learner=learner, course=course).first()
    if existing is not None:
        return existing
    try:
        with transaction.atomic():
            return Certificate.objects.create(
                learner=learner,
                course=course,
                learner_name=learner.display_name or _("A learner"),
                course_title=course.title,
                issued_at=now or timezone.now(),
            )
    except IntegrityError:
        return Certificate.objects.valid().get(learner=learner, course=course)


@transaction.atomic
def revoke(*, certificate, reason, now=None):
    """Make a certificate invalid, with the reason that its page then shows."""
    if certificate.revoked_at is None:
        certificate.revoked_at, certificate.revoked_reason = now or timezone.now(), reason.strip()[:300]
        certificate.save(update_fields=["revoked_at", "revoked_reason"])
    return certificate


def verification_address(certificate):
    return f"{settings.SITE_URL.rstrip('/')}{certificate.get_absolute_url()}"


def qr_svg(certificate):
    """An SVG (text) of the QR code of the verification address: black paths only, no script, no style."""
    import qrcode  # as in `pdf`: it brings Pillow along
    from qrcode.image.svg import SvgPathImage

    image = qrcode.make(verification_address(certificate), image_factory=SvgPathImage, box_size=12, border=2)
    return image.to_string(encoding="unicode")


def pdf(certificate):
    """The certificate as one landscape A4 page; bytes."""
    # Megabytes of modules for what few processes ever draw: a web worker doesn't carry them from its start.
    import qrcode
    from fpdf import FPDF

    page = FPDF(orientation="landscape", format="A4", unit="mm")
    page.set_auto_page_break(False)
    page.set_title(f"{_('Certificate')}: {certificate.course_title}")
    page.set_author(settings.SITE_NAME)
    page.set_creation_date(certificate.issued_at)
    page.add_font("figtree", "", FONTS / "figtree-regular.ttf")
    page.add_font("figtree", "B", FONTS / "figtree-bold.ttf")
    _add_fallback(page, certificate.learner_name + certificate.course_title)
    page.add_page()
    page.set_draw_color(*BLUE)
    page.set_line_width(1.2)
    page.rect(10, 10, 277, 190)
    page.set_fill_color(*BLUE)
    page.rect(10, 10, 277, 6, style="F")

    def line(text, y, size, style="", colour=INK):
        page.set_text_color(*colour)
        page.set_font("figtree", style, size)
        # A long title shrinks before it wraps.
        while page.get_string_width(text) > 240 and size > 14:
            size -= 1
            page.set_font_size(size)
        page.set_xy(25, y)
        page.multi_cell(247, size * 0.5, text, align="C")

    line(settings.SITE_NAME, 28, 15, "B", BLUE)
    line(_("Certificate of completion"), 44, 34, "B")
    line(_("This is to certify that"), 70, 13, colour=SOFT)
    line(certificate.learner_name, 82, 28, "B")
    line(_("has completed the course"), 104, 13, colour=SOFT)
    line(certificate.course_title, 115, 22, "B")
    line(date_format(certificate.issued_at, "DATE_FORMAT"), 142, 13)
    if certificate.revoked_at:
        line(_("This certificate has been revoked."), 152, 13, "B", (176, 0, 32))
    address = verification_address(certificate)
    code = io.BytesIO()
    qrcode.make(address, box_size=8, border=1).save(code, format="PNG")
    page.image(code, x=25, y=158, w=30, h=30, alt_text=_("QR code of the address below"), link=address)
    page.set_text_color(*SOFT)
    page.set_font("figtree", "", 10)
    page.set_xy(60, 166)
    page.multi_cell(200, 6, f"{_('Check this certificate at')}\n{address}")
    return bytes(page.output())


def _add_fallback(page, text):
    letters = {ord(char) for char in text if not char.isspace()} - _letters(FONTS / "figtree-regular.ttf")
    path = _covering(frozenset(letters)) if letters else None
    if path is not None:
        page.add_font("fallback", "", path)
        page.set_fallback_fonts(["fallback"], exact_match=False)
        page.set_text_shaping(False)


@cache
def _letters(path):
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap() or ())


@cache
def _covering(letters):
    """The system font with most of these letters, or None."""
    best, most = None, 0
    for folder in SYSTEM_FONTS:
        for path in sorted(folder.rglob("*.[to]t[fc]")):
            try:
                covered = len(letters & _letters(path))
            except Exception:  # noqa: S112  (a broken font of the system is not this page's problem)
                continue
            if covered > most:
                best, most = path, covered
            if most == len(letters):
                return best
    return best
