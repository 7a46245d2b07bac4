"""Who calls: a signed-in browser by its session, a program by the token that allauth gave it."""

import zoneinfo

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import AuthenticationFailed


class SessionToken(XSessionTokenAuthentication):
    """`X-Session-Token`, as allauth's headless sign-in hands it out. A wrong one is never taken for none."""

    def authenticate(self, request):
        token = self.get_session_token(request)
        if token is None:
            return None
        found = super().authenticate(request) if token.isascii() and len(token) <= 40 else None
        if found is None:
            raise AuthenticationFailed(_("This session token is unknown or has expired: sign in again."))
        user, session = found
        # What the middleware does for browsers; the publishing view puts the site's time zone back.
        if zone := session.get("timezone"):
            timezone.activate(zoneinfo.ZoneInfo(zone))
        return user, session

    def authenticate_header(self, request):
        return "X-Session-Token"


class SessionTokenScheme(OpenApiAuthenticationExtension):
    target_class = SessionToken
    name = "sessionToken"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Session-Token",
            "description": "The token that POST /api/auth/app/v1/auth/login answers with.",
        }
