"""What every template may use."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from credits.ledger import balance


def site(request):
    user = getattr(request, "user", None)

    def credit_balance():
        return balance(user) if user is not None and user.is_authenticated else 0

    return {
        "site_name": settings.SITE_NAME,
        "demo": settings.EMBARK_DEMO,
        "credit_balance": SimpleLazyObject(credit_balance),
    }
