"""What every published view has beside its own work: idempotency keys, ETags, one time zone a request."""

import hashlib
import json
from functools import partial

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from embark.models import StoredResponse

WRITES = ("POST", "PUT", "PATCH", "DELETE")
KEY_LENGTH = 255


class KeyReused(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "key_reused"


def publish(view_class):
    """A view of an app as the API serves it, ready for `path()`.

    The app's view knows nothing of keys and tags; this adds them around it.
    """
    return type(view_class.__name__, (Published, view_class), {"__doc__": view_class.__doc__}).as_view()


class Published:
    def dispatch(self, request, *args, **kwargs):
        # Authentication by token activates the learner's zone; the next request must not inherit it.
        with timezone.override(timezone.get_current_timezone()):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        # PostgreSQL knows no text with a NUL: nothing has such a name.
        if any("\0" in value for value in kwargs.values() if isinstance(value, str)):
            raise Http404
        if request.method in WRITES:
            request.body  # noqa: B018  refuses what is too large, before anything is parsed
            self._keep_once(request)

    def _keep_once(self, request):
        key = request.headers.get("Idempotency-Key")
        name = request.method.lower()
        handler = getattr(self, name, None)
        if key is None or handler is None or not request.user.is_authenticated:
            return
        if not (key.isascii() and key.isprintable() and 0 < len(key) <= KEY_LENGTH):
            sentence = _("Write the Idempotency-Key in 1 to %(length)d plain characters.")
            raise exceptions.ParseError(sentence % {"length": KEY_LENGTH})
        # DRF looks the method's handler up on the view after this.
        setattr(self, name, partial(once, handler, key))

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Cookie", "X-Session-Token", "Accept-Language"])
        # A browser's cache may keep an answer for its own learner, and asks each time whether it still holds.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if request.method in ("GET", "HEAD") and response.status_code == 200:
            response.add_post_render_callback(partial(tag, request))
        return response


def tag(request, response):
    """Give a rendered answer its ETag, and answer 304 where the client has it already.

    The tag is a keyed hash over who asked and what they were shown: it is made after every check, no two
    learners share one, and nobody can work out a content from it.
    """
    who = request.user.pk if request.user.is_authenticated else ""
    secret = salted_hmac("embark.api.etag", f"{who}\0".encode() + response.content, algorithm="sha256")
    etag = f'"{secret.hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    known = [name.strip().removeprefix("W/") for name in request.headers.get("If-None-Match", "").split(",")]
    if etag in known or known == ["*"]:
        response.status_code = status.HTTP_304_NOT_MODIFIED
        response.content = b""
        response.headers.pop("Content-Type", None)
    return response


def once(handler, key, request, *args, **kwargs):
    """Run a write once for a learner's key, and answer a repetition with the first answer.

    Key and work are one transaction: two at once queue up at the key's row, and work that fails takes the key
    back with it, so that it can be tried again. The same key with another request is refused (422).
    """
    digest = hashlib.sha256()
    for part in (request.method.encode(), request.get_full_path().encode(), request.body):
        digest.update(hashlib.sha256(part).digest())
    fingerprint = digest.hexdigest()
    with transaction.atomic():
        StoredResponse.objects.bulk_create(
            [StoredResponse(learner=request.user, key=key, fingerprint=fingerprint)], ignore_conflicts=True
        )
        stored = StoredResponse.objects.select_for_update().get(learner=request.user, key=key)
        if stored.fingerprint != fingerprint:
            raise KeyReused(_("This Idempotency-Key was used for another request: take a new one."))
        if stored.status:
            replayed = Response(stored.content, status=stored.status)
            replayed.headers["Idempotency-Replayed"] = "true"
            return replayed
        response = handler(request, *args, **kwargs)
        stored.status = response.status_code
        stored.content = _plain(response.data)
        stored.save(update_fields=["status", "content"])
    return response


def _plain(data):
    """What JSON makes of an answer's data, which may hold dates, decimals and UUIDs."""
    return None if data is None else json.loads(JSONRenderer().render(data))
