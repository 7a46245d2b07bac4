"""Starts the servers before pytest-django reads the settings; named by `-p` in pyproject.toml.

Worker processes of pytest-xdist inherit the addresses and start nothing.
"""

from . import ensure_or_exit

ensure_or_exit()
