"""A person's rows among the jobs: export, and erasure (a job stays, its owner doesn't)."""

from jobs.models import Job


def export(learner):
    yield (
        "jobs",
        [
            {"created_at": job.created_at, "title": job.title, "status": job.get_status_display()}
            for job in Job.objects.filter(owner=learner).order_by("id")
        ],
    )


def erase(learner):
    Job.objects.filter(owner=learner).update(owner=None)
