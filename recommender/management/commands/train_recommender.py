"""Train on the database, judge the result against the live model, and make it live if it is not worse."""

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from jobs.models import Job
from jobs.progress import perform
from recommender import retraining
from recommender.models import ModelVersion
from recommender.ordering import MODELS


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--model", choices=MODELS, metavar="NAME",
            help=f"what orders the suggestions: {', '.join(MODELS)} (default: as configured)",
        )  # fmt: skip
        parser.add_argument(
            "--queue", action="store_true", help="hand the run to a Celery worker and return at once"
        )

    def handle(self, *, queue, model, **options):
        if queue:
            job = retraining.start(model=model)
            self.stdout.write(f"Queued as job {job.pk}: its page in the admin shows the progress.")
            return
        job = Job.objects.create(
            kind="train",
            title="Training",
            task="recommender.tasks.train",
            queue="training",
            parameters={} if model is None else {"model": model},
        )
        with tqdm(total=100, unit="%", desc="training", bar_format="{l_bar}{bar}| {elapsed}{postfix}") as bar:
            perform(job_id=job.pk, work=lambda progress: retraining.run(_Shown(progress, bar)), lock="train")
        job.refresh_from_db()
        if job.status != Job.Status.SUCCEEDED:
            raise CommandError(job.message or f"The training run is {job.get_status_display().lower()}.")
        version = ModelVersion.objects.get(name=job.result["version"])
        self.stdout.write(f"{version.name} is {version.get_verdict_display()}: {version.explanation}")


class _Shown:
    """A job's progress that is drawn in the terminal as well."""

    def __init__(self, progress, bar):
        self.progress, self.bar = progress, bar

    def __getattr__(self, name):
        return getattr(self.progress, name)

    def report(self, fraction, message=""):
        self.progress.report(fraction, message)
        self.bar.set_postfix_str(message)
        self.bar.update(100 * fraction - self.bar.n)
