"""Mails of notices and digests: text and HTML, in the learner's language, with a link that ends them."""

from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from notices import unsubscribing
from notices.quiet import zone_of


def absolute(path):
    """An address of this site for a mail, which has no site to be relative to."""
    return path if urlsplit(path).scheme else f"{settings.SITE_URL.rstrip('/')}{path}"


def send(*, learner, kind, template, subject, context, message_id=None):
    """Send one mail of a kind ("email" or "digest"). Raises what the mail server's connection raises.

    template: the name of templates/notices/mail/<name>.txt and .html; message_id: the same for a repetition,
    so that mail programs show a mail sent twice once.
    """
    end = absolute(unsubscribing.link(learner, kind))
    with (
        translation.override(learner.profile.language or settings.LANGUAGE_CODE),
        timezone.override(zone_of(learner)),
    ):
        context = {**context, "learner": learner, "subject": subject, "unsubscribe_url": end}
        context |= {"site_name": settings.SITE_NAME, "domain": urlsplit(settings.SITE_URL).netloc}
        text = render_to_string(f"notices/mail/{template}.txt", context)
        html = render_to_string(f"notices/mail/{template}.html", context)
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text,
        to=[learner.email],
        headers={
            # RFC 8058: mail programs end the mails by one POST, without opening a page.
            "List-Unsubscribe": f"<{end}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "Message-ID": message_id or make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
        },
    )
    message.attach_alternative(html, "text/html")
    message.send()
