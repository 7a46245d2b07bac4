"""Anonymous visitors: a random key in the session, made when there is first something to remember."""

import uuid

SESSION_KEY = "visitor"


def visitor_key(request, *, create=False):
    """The visitor's UUID; None if there is none yet and `create` is not asked for, or the session is gone."""
    value = request.session.get(SESSION_KEY)
    if value is None:
        if not create:
            return None
        value = str(uuid.uuid4())
        request.session[SESSION_KEY] = value
    return uuid.UUID(value)


def forget(request):
    request.session.pop(SESSION_KEY, None)
