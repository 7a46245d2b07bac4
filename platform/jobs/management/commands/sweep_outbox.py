from django.core.management.base import BaseCommand

from jobs import outbox
from jobs.models import Outbox


class Command(BaseCommand):
    help = "Sends the task messages that are due and that the broker hasn't taken yet."

    def handle(self, *args, **options):
        sent = outbox.sweep()
        left = Outbox.objects.filter(sent_at__isnull=True).count()
        self.stdout.write(f"{sent} sent, {left} left")
