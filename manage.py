#!/usr/bin/env python
"""Django's command line; the servers it needs are started first where none are named."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "embark.settings")
    if sys.argv[1:2] == ["demo"]:
        from embark.demo.environment import prepare

        prepare()
    if sys.argv[1:2] and sys.argv[1] in ("bench", "load", "faults", "weigh"):
        from embark.measuring.environment import prepare

        prepare(sys.argv[2:])
    from embark.services import ensure_or_exit

    ensure_or_exit()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
