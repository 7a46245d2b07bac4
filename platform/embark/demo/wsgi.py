"""The demonstration's web worker: it ends with the server process that made it, even a killed one."""

import os

from embark.wsgi import application
from jobs.lifeline import die_with

die_with(os.getppid())

__all__ = ["application"]
