"""A training run: export, a process that trains, the gate, the switch.

Training is a process of its own: a worker of Celery's pool can't start threads' worth of torch next to its
siblings, and a killed run must not take the worker along.
"""

import json
import shutil
import signal
import subprocess
import sys
import threading

from django.conf import settings

from jobs import control
from jobs.lifeline import popen
from jobs.models import Job
from jobs.progress import Cancelled
from recommender import artifacts, export, live, popularity, publishing
from recommender.models import ModelVersion
from recommender.ordering import MODELS

COMPLETE = "complete"

# Where each stage of training begins and ends on the job's bar, by how long they take on a large site.
STAGES = {
    "reading": (0.02, 0.05),
    "towers": (0.05, 0.55),
    "sources": (0.55, 0.6),
    "ranker": (0.6, 0.75),
    "judging": (0.75, 0.8),
    "refit": (0.8, 0.92),
    "final sources": (0.92, 0.96),
    "export": (0.96, 0.98),
}


class TrainingFailed(Exception):
    """Training ended without a model; the text says why. The live version is untouched."""


def start(*, owner=None, model=None, replaces=None):
    """Queue a training run; returns its job.

    `model`, one of `ordering.MODELS`, will order the suggestions; None leaves that to the configuration.
    `replaces` is the version that made the run necessary, where one did.
    """
    given = {"model": model, "replaces": replaces}
    return control.start(
        kind="train",
        title="Training",
        task="recommender.tasks.train",
        queue="training",
        owner=owner,
        parameters={name: value for name, value in given.items() if value is not None},
    )


def after_upgrade():
    """Queue a training run in place of a live version that another release made; its job, or None.

    Once a version: where that run fails, or its version is rejected, a person has to look.
    """
    if not live.is_of_another_release():
        return None
    trainings, replaces = Job.objects.filter(kind="train"), live.version()
    if trainings.unfinished().exists() or trainings.filter(parameters__replaces=replaces).exists():
        return None
    return start(model=_model_of(replaces), replaces=replaces)


def _model_of(version):
    """What ordered the suggestions of a version, as far as this release knows it."""
    try:
        path = artifacts.version_path(settings.MODELS_DIR, version)
        model = json.loads((path / "config.json").read_text())["model"]
    except (OSError, ValueError, KeyError):
        return None
    return model if model in MODELS else None


def run(progress):
    """The work of a training job (`jobs.progress.perform`). Returns the job's result.

    The export lies under the job's number until a version stands, so that a run that was killed finds its
    checkpoints to be of the same data and goes on from them.
    """
    bundle = settings.MODELS_DIR / "exports" / str(progress.job_id)
    progress.report(0, "Counting what is popular")
    popularity.refresh()
    if not (bundle / COMPLETE).exists():
        progress.report(0.01, "Exporting what learners did")
        events = export.export_bundle(bundle)
        if not events:
            shutil.rmtree(bundle)
            raise TrainingFailed("There is nothing to learn from yet: no learner has done anything.")
        (bundle / COMPLETE).touch()
        progress.log(f"{events:,} events exported")
    try:
        summary = _train(progress, bundle)
    except Cancelled:
        shutil.rmtree(bundle)
        raise
    shutil.rmtree(bundle)
    version = _judge(progress, summary)
    return {"version": version.name, "verdict": version.verdict, "metrics": version.metrics}


def _train(progress, bundle):
    """Run the training process and follow its lines; returns what it says last."""
    command = [sys.executable, "-m", "recommender.training.run"]
    command += ["--bundle", str(bundle), "--output", str(settings.MODELS_DIR)]
    if settings.TRAINING_CONFIG:
        command += ["--config", settings.TRAINING_CONFIG]
    if "model" in progress.parameters:
        command += ["--model", progress.parameters["model"]]
    process = popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    errors = []
    reader = threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True)
    reader.start()
    last, stage = {}, ""
    try:
        for line in process.stdout:
            last = json.loads(line)
            if last["event"] == "progress":
                progress.report(_share(last["stage"], last["done"]), f"{last['stage']}: {last['text']}")
                if last["stage"] != stage:
                    stage = last["stage"]
                    progress.log(stage)
            else:
                progress.check()
    finally:
        # Only a cancelled run still has a process here; it ends by itself at its next batch.
        if process.poll() is None and last.get("event") != "finished":
            process.terminate()
        process.wait()
        reader.join(timeout=5)
    if last.get("event") == "finished":
        return last
    for line in errors[-30:]:
        progress.log(line.rstrip())
    raise TrainingFailed(last.get("reason") or _how_it_ended(process.returncode, errors))


def _share(stage, done):
    """How far the whole job is when a stage of training is done to a share of `done`."""
    start, end = STAGES.get(stage, (0.9, 0.97))
    return start + (end - start) * min(done, 1)


def _how_it_ended(code, errors):
    if code == -signal.SIGKILL:
        return "Training was killed, as happens when memory runs out. Run it again: it resumes."
    told = errors[-1].strip() if errors else f"it ended with status {code}"
    return f"Training ended without a model: {told}"


def _judge(progress, summary):
    """Record the new version, judge it, and publish it if it is good enough."""
    progress.report(0.98, "Judging the new version")
    metrics = flat(summary["metrics"])
    verdict, explanation = publishing.judge(metrics, current=publishing.current_metrics())
    version, _created = ModelVersion.objects.update_or_create(
        name=summary["version"],
        defaults={
            "job": Job.objects.filter(pk=progress.job_id).first(),
            "events": summary["n_events"],
            "learners": summary["n_learners"],
            "items": summary["n_items"],
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
    return version


def flat(metrics):
    """Training's metrics as one level of names: those of the model that would go live, and of all by name.

    {"ndcg@10": .., "popularity_ndcg@10": ..}

    Too little data to hold anything back leaves no metrics at all.
    """
    told = ("protocol", "targets", "model", "peak_mebibytes")
    flat = {name: metrics[name] for name in told if name in metrics}
    for model, values in metrics.get("models", {}).items():
        prefixes = ("", f"{model}_") if model == metrics["model"] else (f"{model}_",)
        flat |= {f"{prefix}{name}": value for prefix in prefixes for name, value in values.items()}
    live = metrics.get("live")
    if live and live["ndcg@10"] > 0:
        # asked on those targets alone that the live version can't know, and scaled to all of them
        flat["live_ndcg@10"] = live["live_ndcg@10"] * flat["ndcg@10"] / live["ndcg@10"]
    return flat
