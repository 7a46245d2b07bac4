import os

import pytest


@pytest.fixture
def worker(worker):
    """The worker of all tests, which here also knows the tasks of `worker_tasks.py`."""
    return lambda *options: worker("-I", "worker_tasks", *options, path=os.path.dirname(__file__))
