"""Errors as problem details (RFC 9457, application/problem+json): one clear sentence for each."""

import logging

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import APIView

import courses.errors
import quizzes.attempts
from credits.ledger import NotEnoughCredits

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    415: "Unsupported media type",
    422: "Unprocessable",
    429: "Too many requests",
    500: "Server error",
    503: "Unavailable",
}


class Conflict(exceptions.APIException):
    """What the site refuses in its present state, with its sentence."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "refused"


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def as_problem(error, context):
    """DRF's EXCEPTION_HANDLER: every error of the API becomes one problem document."""
    error = _translated(error)
    request = context["request"]
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    content = problem(
        status=error.status_code,
        code=_code(error),
        detail=_sentence(error),
        instance=request.path,
        **getattr(error, "members", {}),
    )
    if isinstance(error, exceptions.ValidationError):
        content["errors"] = list(_pointers(error.detail))
    return Response(content, status=error.status_code, headers=headers, content_type=MEDIA_TYPE)


def problem(*, status, code, detail, instance, **members):
    """The members of a problem document; `type` leads to its explanation on the API's page."""
    return {
        "type": f"{reverse('api:reference')}#problem-{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        **members,
    }


def _translated(error):
    """The exceptions of Django and of the apps, as those of DRF."""
    match error:
        case exceptions.APIException():
            return error
        case courses.errors.Refused() | quizzes.attempts.Refused() | NotEnoughCredits():
            return Conflict(str(error))
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return TooLarge(_("The request is too large."))
        case _:
            logger.error("the API failed", exc_info=error)
            return exceptions.APIException(_("Something went wrong on our side. Try again later."))


def _code(error):
    if isinstance(error, exceptions.ValidationError):
        return "invalid"
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _sentence(error):
    if isinstance(error, exceptions.ValidationError):
        return _("Some of what was sent can't be used; see “errors”.")
    return str(error.detail)


def _pointers(detail, path=""):
    """Each message with the JSON pointer of what it is about."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else f"/{name}"
            yield from _pointers(inner, path + step)
    elif isinstance(detail, list | tuple) and any(isinstance(entry, dict | list) for entry in detail):
        for index, inner in enumerate(detail):
            yield from _pointers(inner, f"{path}/{index}")
    else:
        for message in detail if isinstance(detail, list | tuple) else [detail]:
            yield {"pointer": path, "detail": str(message), "code": getattr(message, "code", "invalid")}


class Missing(APIView):
    """Any address below /api/v1/ that is none: a problem document instead of a page."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound(_("There is nothing at this address. Every address ends with a slash."))
