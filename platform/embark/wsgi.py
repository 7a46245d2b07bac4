"""The site for a WSGI server: `granian --interface wsgi embark.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from embark.services import ensure_or_exit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "embark.settings")
ensure_or_exit()
application = get_wsgi_application()
