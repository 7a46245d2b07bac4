"""Tasks that exist only in the workers that tests start."""

import os
import time
from pathlib import Path

from celery import shared_task

from jobs.progress import perform


@shared_task(name="worker_tasks.count")
def count(job_id):
    """Counts to its parameter `to`, a step each 50 ms, and appends its process id to the file `seen`."""

    def work(progress):
        if seen := progress.parameters.get("seen"):
            with open(seen, "a") as file:
                file.write(f"{os.getpid()}\n")
        to = progress.parameters["to"]
        for number in range(to):
            time.sleep(0.05)
            progress.report((number + 1) / to, f"{number + 1} of {to}")
        return {"counted": to}

    perform(job_id=job_id, work=work)


@shared_task(name="worker_tasks.touch")
def touch(path):
    Path(path).touch()
