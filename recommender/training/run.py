"""Training as a process: `python -m recommender.training.run --bundle DIR --output DIR [--config FILE]`.

Standard output carries one JSON object a line: {"event": "progress", "stage", "done", "overall", "text"} and
{"event": "heartbeat"}; last {"event": "finished", "version", "directory", "metrics", ...},
{"event": "failed", "reason"} or {"event": "cancelled"}. SIGTERM and SIGINT cancel; a later start goes on from
the last checkpoint. The exit status is 0, 1 or 130.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

# Set before torch starts its threads: a waiting thread must not burn a core that the site needs.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from recommender.data.bundles import BundleError, read_bundle

from .config import Config
from .loop import overall
from .pipeline import TrainingCancelled, TrainingFailed, train

HEARTBEAT_SECONDS = 5.0
PROGRESS_SECONDS = 0.5


class Output:
    """Progress and heartbeats as JSON lines, not more often than anyone reads."""

    def __init__(self):
        self.stage, self.progress_at, self.heartbeat_at = "", 0.0, 0.0

    def say(self, event: str, **values) -> None:
        sys.stdout.write(json.dumps({"event": event, **values}, default=str) + "\n")
        sys.stdout.flush()

    def progress(self, stage: str, done: float, text: str) -> None:
        now = time.monotonic()
        if stage != self.stage or now - self.progress_at >= PROGRESS_SECONDS:
            self.stage, self.progress_at = stage, now
            self.say(
                "progress",
                stage=stage,
                done=round(done, 4),
                overall=round(overall(stage, done), 4),
                text=text,
            )

    def heartbeat(self) -> None:
        now = time.monotonic()
        if now - self.heartbeat_at >= HEARTBEAT_SECONDS:
            self.heartbeat_at = now
            self.say("heartbeat")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="recommender.training.run", description="Train a model version.")
    parser.add_argument("--bundle", type=Path, required=True, help="folder with the history bundle")
    parser.add_argument("--output", type=Path, required=True, help="the models' root folder")
    parser.add_argument("--config", type=Path, help="JSON file with settings that differ from the defaults")
    parser.add_argument("--model", help="what orders the suggestions, in place of the configuration's")
    parser.add_argument("--fresh", action="store_true", help="don't go on from an earlier checkpoint")
    options = parser.parse_args(arguments)
    stopped = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, frame: stopped.append(received))
    output = Output()
    try:
        config = Config() if options.config is None else Config.read(options.config)
        config = config if options.model is None else replace(config, model=options.model)
        output.progress("reading", 0.0, str(options.bundle))
        dataset = read_bundle(options.bundle)
        summary = train(
            dataset,
            config=config,
            directory=options.output,
            progress=output.progress,
            cancelled=lambda: bool(stopped),
            heartbeat=output.heartbeat,
            resume=not options.fresh,
        )
    except TrainingCancelled:
        output.say("cancelled")
        return 130
    except (TrainingFailed, BundleError, ValueError) as error:
        output.say("failed", reason=str(error))
        return 1
    if summary is not None:
        output.say("finished", **asdict(summary))
    return 0


if __name__ == "__main__":
    sys.exit(main())
