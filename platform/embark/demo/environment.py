"""The environment of a demonstration, set before the settings read it."""

import os


def prepare() -> None:
    """Sample content, mails readable in the browser, no DEBUG; what the environment says already wins."""
    os.environ["EMBARK_DEMO"] = "1"
    os.environ.setdefault("EMAIL_URL", "filemail://")
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port()}")
    # NumPy and ONNX Runtime answer in one thread per request; a pool of them only spins.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def port() -> int:
    return int(os.environ.get("PORT") or 8000)
