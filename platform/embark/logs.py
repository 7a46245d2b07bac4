"""Logs as lines or as JSON, with the id of the request or task that they belong to.

A proxy's X-Request-ID is taken over, so that one id leads from its log to ours; else a request gets a new
one. It goes back in the response.
"""

import json
import logging
import re
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime

from celery import current_task

HEADER = "X-Request-ID"
_sound = re.compile(r"[A-Za-z0-9._-]{8,64}")
_request_id = ContextVar("request_id", default="")


def request_id():
    """The id of the request that this thread answers; empty outside of one."""
    return _request_id.get()


class RequestId:
    """Middleware, the first of all."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get(HEADER, "")
        name = given if _sound.fullmatch(given) else uuid.uuid4().hex
        token = _request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            _request_id.reset(token)
        response.headers[HEADER] = name
        return response


class Origin(logging.Filter):
    """Adds `request_id` and `task_id` to each record; empty where there is none."""

    def filter(self, record):
        record.request_id = _request_id.get()
        record.task_id = (current_task.request.id or "") if current_task else ""
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, ids, and the traceback where there is one."""

    def format(self, record):
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in ("request_id", "task_id"):
            if value := getattr(record, name, ""):
                content[name] = value
        if record.exc_info:
            content["traceback"] = self.formatException(record.exc_info)
        return json.dumps(content, ensure_ascii=False, default=str)
