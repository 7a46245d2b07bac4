"""Many at once: each on a connection of its own, as in a server of many threads."""

import threading

from django.db import connection


def at_once(count, work):
    """Run `work(number)` in `count` threads at once; returns results, exceptions among them."""
    results, barrier = [None] * count, threading.Barrier(count)

    def run(number):
        barrier.wait()
        try:
            results[number] = work(number)
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
