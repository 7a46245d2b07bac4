"""What the answers to a click have in common: back to the page, or a part of it for htmx."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme


def back(request, default):
    """Redirect to the address that the form named in `next`, if it is on this site, else to `default`."""
    target = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    # An address begins with a slash; redirect() would take anything else for the name of a view.
    return redirect(target if here and target.startswith("/") else default)


def refused(request, error, default):
    """Say why something was refused, where the person is."""
    messages.error(request, str(error))
    return back(request, default)
