"""A training run: export, a process that trains, the gate, the switch.

Training is a process of its own: a worker of Celery's pool can't start threads' worth of torch next to its
siblings, and a killed run must not take the worker along.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading

from django.conf import settings
from django.utils import timezone

from jobs import control
from jobs.lifeline import popen
from jobs.models import Job
from jobs.progress import Cancelled
from recommender import artifacts, export, popularity, publishing
from recommender.models import ModelVersion

# Threads of torch spin between two tasks by default; beside a busy web process that costs both dearly.
_ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE"}

_EXPORT_SHARE = 0.05
_TRAIN_SHARE = 0.93


class TrainingFailed(Exception):
    """Training ended without a model; the text says why. The live version is untouched."""


def start(*, owner=None, parameters=None):
    """Queue a training run; returns its job."""
    return control.start(
        kind="train",
        title="Training",
        task="recommender.tasks.train",
        queue="training",
        owner=owner,
        parameters=parameters or {},
    )


def run(progress):
    """The work of a training job (`jobs.progress.perform`). Returns the job's result.

    Its files live under the job's number until they are whole, so that a run that was killed goes on
    from its last checkpoint.
    """
    building = settings.MODELS_DIR / "building" / str(progress.job_id)
    bundle = building / "bundle"
    progress.report(0, "Counting what is popular")
    popularity.refresh()
    if not (bundle / "complete").exists():
        progress.report(0.01, "Exporting what learners did")
        events = export.export_bundle(bundle)
        if not events:
            shutil.rmtree(building, ignore_errors=True)
            raise TrainingFailed("There is nothing to learn from yet: no learner has done anything.")
        (bundle / "complete").touch()
        progress.log(f"{events} events exported")
    try:
        summary = _train(progress, bundle, building / "artifact", progress.parameters)
    except Cancelled:
        shutil.rmtree(building, ignore_errors=True)
        raise
    version = _keep(progress, summary, building)
    shutil.rmtree(building, ignore_errors=True)
    return {"version": version.name, "verdict": version.verdict, "metrics": version.metrics}


def _train(progress, bundle, directory, parameters):
    """Run the training process and follow its lines; returns what it says last."""
    command = [
        sys.executable,
        "-m",
        "recommender.training.run",
        "--bundle",
        str(bundle),
        "--output",
        str(directory),
    ]
    live = artifacts.live(settings.MODELS_DIR)
    if live is not None:
        command += ["--against", str(live)]
    if model := parameters.get("model"):
        command += ["--model", model]
    process = popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **_ENVIRONMENT},
    )
    errors = []
    reader = threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True)
    reader.start()
    last = {}
    try:
        for line in process.stdout:
            last = json.loads(line)
            if last["event"] == "progress":
                progress.report(_EXPORT_SHARE + _TRAIN_SHARE * last["done"], last.get("stage", ""))
            elif last["event"] == "log":
                progress.log(last["line"])
            else:
                progress.check()
    except Cancelled:
        process.terminate()
        raise
    finally:
        if process.poll() is None and last.get("event") not in ("finished", "failed"):
            process.terminate()
        process.wait()
        reader.join(timeout=5)
    if last.get("event") == "finished":
        return last
    for line in errors[-30:]:
        progress.log(line.rstrip())
    raise TrainingFailed(last.get("reason") or _how_it_ended(process.returncode, errors))


def _how_it_ended(code, errors):
    if code == -signal.SIGKILL:
        return "Training was killed, as happens when memory runs out. Run it again: it resumes."
    told = errors[-1].strip() if errors else f"it ended with status {code}"
    return f"Training ended without a model: {told}"


def _keep(progress, summary, building):
    """Move the finished artifact to its place, record it, judge it, and publish it if it is good enough."""
    progress.report(0.985, "Judging the new version")
    name = artifacts.accept(settings.MODELS_DIR, building / "artifact")
    metrics = summary["metrics"]
    verdict, explanation = publishing.judge(metrics, current=publishing.current_metrics())
    version, _created = ModelVersion.objects.update_or_create(
        name=name,
        defaults={
            "job": Job.objects.filter(pk=progress.job_id).first(),
            "events": summary["events"],
            "learners": summary["learners"],
            "items": summary["items"],
            "seconds": summary["seconds"],
            "metrics": metrics,
            "verdict": verdict,
            "explanation": explanation,
        },
    )
    progress.log(explanation)
    if verdict == ModelVersion.Verdict.ACCEPTED:
        progress.report(0.99, "Switching to the new version")
        publishing.publish(version)
    progress.log(f"finished at {timezone.now():%H:%M}")
    return version
