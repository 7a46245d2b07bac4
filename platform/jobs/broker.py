"""Handing one message to the broker, quickly or not at all."""

import time
from functools import cache

from celery import current_app
from kombu.exceptions import LimitExceeded, OperationalError
from kombu.pools import producers

CONNECT_SECONDS = 0.5
PAUSE_SECONDS = 5

_silent_until = 0.0


class BrokerAway(Exception):
    """The broker takes no message at the moment."""


class Refused(Exception):
    """This message can't be sent, whatever the broker's state; others can."""


@cache
def _connection():
    """Without retries and with short timeouts: a page waits for this."""
    return current_app.connection_for_write(
        connect_timeout=CONNECT_SECONDS,
        transport_options={
            "max_retries": 0,
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": CONNECT_SECONDS,
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": 2 * CONNECT_SECONDS,
            "write_timeout": 2 * CONNECT_SECONDS,
        },
    )


def publish(task: str, *, args: list, kwargs: dict, queue: str) -> None:
    """Sends one task message; raises BrokerAway or Refused.

    After a failure nothing is tried for `PAUSE_SECONDS`, so that an unreachable broker costs one page
    its timeout, not every page.
    """
    global _silent_until
    if time.monotonic() < _silent_until:
        raise BrokerAway("the broker was away a moment ago")
    try:
        with producers[_connection()].acquire(block=True, timeout=CONNECT_SECONDS) as producer:
            current_app.send_task(task, args=args, kwargs=kwargs, queue=queue, producer=producer, retry=False)
    except (OperationalError, LimitExceeded, OSError) as error:
        _silent_until = time.monotonic() + PAUSE_SECONDS
        raise BrokerAway(str(error)) from error
    except Exception as error:  # a page must not fail by a message, and neither must the messages behind it
        raise Refused(f"{type(error).__name__}: {error}") from error


def forget_failure() -> None:
    """Lets the next `publish` try at once."""
    global _silent_until
    _silent_until = 0.0
