"""Say why a learner saw what they saw: the logged impressions, and what would be shown now."""

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from accounts.models import User
from activity.models import Impression
from recommender import catalog
from recommender.history import Learner
from recommender.suggesting import preview


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "learner", help="e-mail address, number, or bundle:learner_id of an imported learner"
        )
        parser.add_argument("--placement", default="home")
        parser.add_argument("--item", default=None, help="the item on the page, such as lesson:3")
        parser.add_argument("--limit", type=int, default=6)

    def handle(self, *, learner, placement, item, limit, **options):
        who = Q(email=learner) | Q(external_id=learner)
        if learner.isdecimal():
            who |= Q(pk=int(learner))
        user = User.objects.filter(who).first()
        if user is None:
            raise CommandError(
                f"There is no learner {learner!r}: give an e-mail address, a number or bundle:id."
            )
        self._shown_before(user)
        self._shown_now(user, placement, item, limit)

    def _shown_before(self, user):
        rows = list(Impression.objects.filter(learner_id=user.pk).order_by("-recorded_at", "-id")[:12])
        self.stdout.write(self.style.MIGRATE_HEADING(f"Last shown to {user}"))
        cards = catalog.current().cards
        for row in rows:
            card = cards.get(catalog.item_key(row.kind, row.object_id))
            title = card.title if card else "no longer published"
            self.stdout.write(
                f"  {row.recorded_at:%Y-%m-%d %H:%M} {row.placement} {row.position}: {title}\n"
                f"      {row.reason} ({row.source}, model {row.model_version}, "
                f"probability {row.probability:g})"
            )
        if not rows:
            self.stdout.write("  nothing yet")

    def _shown_now(self, user, placement, item, limit):
        past, answer = preview(Learner(user=user), placement=placement, item=item, limit=limit)
        snapshot = catalog.current()
        self.stdout.write(
            self.style.MIGRATE_HEADING(f"Would be shown now on {placement} by {answer.version}")
        )
        self.stdout.write(f"  read from {len(past.events)} recent events")
        for event in past.events[-10:]:
            card = snapshot.cards.get(event.item)
            self.stdout.write(f"    {event.verb} {card.title if card else event.item}")
        for place, found in enumerate(answer.items, start=1):
            title, reason = snapshot.cards[found.item].title, found.reason
            self.stdout.write(
                f"  {place}. {title} (score {found.score:.3f}, from {found.source})\n"
                f"      {reason.code}: {reason.item or reason.topic or reason.source} "
                f"carried {reason.contribution:+.3f}"
            )
