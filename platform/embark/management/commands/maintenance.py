from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from embark import maintenance


def moment(text):
    """From minutes ("30") or ISO 8601 ("2026-12-01T06:00", by the site's clock where it has no offset)."""
    now = timezone.now()
    if text.isdecimal():
        found = now + timedelta(minutes=int(text))
    else:
        try:
            found = parse_datetime(text)
        except ValueError:
            found = None
        if found is None:
            raise CommandError(f"“{text}” is neither minutes (30) nor a moment (2026-12-01T06:00).")
        if timezone.is_naive(found):
            found = timezone.make_aware(found)
    if found <= now:
        raise CommandError(f"{found.isoformat(' ', 'minutes')} is not in the future.")
    return found


class Command(BaseCommand):
    help = "Closes the site to everybody but staff, with a page that says so; opens it; says which it is."
    # It must work while the database doesn't.
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["on", "off", "status"])
        parser.add_argument("--until", type=moment, help="when it's over: minutes from now, or ISO 8601")
        parser.add_argument("--message", default="", help="what to tell people, in one or two sentences")

    def handle(self, *, act, until, message, **options):
        if act != "on" and (until or message):
            raise CommandError("--until and --message go with “on”.")
        if act == "on":
            maintenance.begin(until=until, message=message)
        elif act == "off" and not maintenance.end():
            self.stdout.write("The site was open already.")
            return
        self.stdout.write(self._state())

    def _state(self):
        state = maintenance.current()
        if state is None:
            return "The site is open."
        back = f" until {state.until.isoformat(' ', 'minutes')}" if state.until else ""
        words = f" It says: {state.message}" if state.message else ""
        return f"The site is closed for maintenance{back}.{words}"
