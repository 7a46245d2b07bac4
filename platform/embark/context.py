"""What every template may use."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from credits.ledger import balance


def site(request):
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated

    def credit_balance():
        return balance(user) if signed_in else 0

    def unread_notices():
        return user.notices.unread().count() if signed_in else 0

    return {
        "site_name": settings.SITE_NAME,
        "demo": settings.EMBARK_DEMO,
        "credit_balance": SimpleLazyObject(credit_balance),
        "unread_notices": SimpleLazyObject(unread_notices),
    }
