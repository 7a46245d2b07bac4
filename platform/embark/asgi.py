"""The site for an ASGI server: `granian --interface asgi embark.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

from embark.services import ensure_or_exit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "embark.settings")
ensure_or_exit()
application = get_asgi_application()
