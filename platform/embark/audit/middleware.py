"""Tells the database who writes, so that its triggers can write it down.

No statement more: the session variables ride in front of those that write. Only keys are kept, and no name,
address of a page or anything that was sent; a client's address is cut to its network.
"""

from ipaddress import ip_address, ip_network

from allauth.account.adapter import get_adapter
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import PermissionDenied
from pghistory.middleware import HistoryMiddleware

from embark.logs import request_id

# What is left of an address: enough to tell the office from elsewhere, too little to find a person.
_PREFIX = {4: 24, 6: 48}


class Actor(HistoryMiddleware):
    """After the sessions' middleware; HistoryMiddleware sees to whoever signs in later, by token or form."""

    def get_context(self, request):
        # The session's own word, which is read anyway: a request that needs no user reads none for this.
        # Where the session is no longer good nobody is signed in, and views let nobody write.
        user = request.session.get(SESSION_KEY)
        return {
            "user": int(user) if user else None,
            "request": request_id(),
            "network": network(request),
        }


def network(request):
    """The network that a request came from, such as 192.0.2.0/24; empty where that is unknown."""
    try:
        address = ip_address(get_adapter(request).get_client_ip(request))
    except (ValueError, PermissionDenied):
        return ""
    return str(ip_network((address, _PREFIX[address.version]), strict=False))
