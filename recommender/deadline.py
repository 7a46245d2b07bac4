"""A time limit for the queries behind suggestions: a slow database must not make a page slow."""

import contextlib
import threading

from django.db import OperationalError, connection, transaction


class TooSlow(Exception):
    """The database did not answer within the limit; the query was cancelled."""


@contextlib.contextmanager
def within(seconds):
    """Cancel whatever this thread's connection is running once `seconds` have passed; raises TooSlow then.

    A timer costs no SQL statement, unlike `SET statement_timeout`. Inside a transaction the queries get a
    savepoint of their own, so that the page's work survives a cancelled one.
    """
    connection.ensure_connection()
    lock, finished = threading.Lock(), False

    def cancel():
        with lock:
            if not finished:
                connection_to_cancel.cancel()

    connection_to_cancel = connection.connection
    timer = threading.Timer(seconds, cancel)
    timer.daemon = True
    timer.start()
    try:
        with transaction.atomic() if connection.in_atomic_block else contextlib.nullcontext():
            yield
    except OperationalError as error:
        # 57014 is query_canceled; anything else is a real fault and stays one.
        if getattr(error.__cause__, "sqlstate", None) == "57014":
            raise TooSlow from error
        raise
    finally:
        with lock:
            finished = True
        timer.cancel()
