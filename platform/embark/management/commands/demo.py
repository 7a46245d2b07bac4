import os
import signal
import sys

from django.core.management.base import BaseCommand, CommandError

from embark.demo.start import CannotStart, Demo
from jobs.lifeline import die_with


class Command(BaseCommand):
    help = "Serves the site with sample content: database, broker, worker and web server in one command."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--with-parent", action="store_true", help="end when the calling process ends")

    def handle(self, *args, with_parent, **options):
        if with_parent:
            die_with(os.getppid(), signal.SIGTERM)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        demo = Demo()
        try:
            demo.start()
            demo.announce()
            demo.run()
        except CannotStart as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            sys.stdout.write("\nEnding …\n")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            demo.stop()


def _interrupt(*_):
    raise KeyboardInterrupt
