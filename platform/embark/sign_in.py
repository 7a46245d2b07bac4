"""How allauth makes our users; what becomes of a visitor's history, and their way, when they sign in."""

from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpResponseRedirect
from django.urls import reverse

from accounts.models import Profile
from activity import erasure
from activity.events import adopt
from activity.visitors import forget, visitor_key
from recommender import feedback

# Set by the registration form: True to keep the visitor's history, False to have it deleted.
KEEP_HISTORY = "keep_history"


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request, user, form, commit=True):
        user = super().save_user(request, user, form, commit=False)
        user.display_name = form.cleaned_data.get("display_name", "")
        if commit:
            user.save()
            Profile.objects.get_or_create(user=user)
        return user

    def post_login(self, request, user, *, signup, **kwargs):
        """A newcomer is asked for interests first, and then brought to the page they came from."""
        settle_history(request, user)
        request.session["timezone"] = user.profile.timezone
        response = super().post_login(request, user, signup=signup, **kwargs)
        if signup and user.profile.interests_asked_at is None and response.status_code == 302:
            query = urlencode({"next": response.url})
            return HttpResponseRedirect(f"{reverse('accounts:interests')}?{query}")
        return response


def settle_history(request, user):
    """An anonymous history joins an account only where its person said so at registration.

    Said no, it is deleted. Never asked (an account that existed before), it stays nobody's and fades with the
    retention of events.
    """
    visitor = visitor_key(request)
    keep = request.session.pop(KEEP_HISTORY, None)
    if visitor is None:
        return
    if keep:
        adopt(visitor=visitor, learner=user)
        feedback.adopt(visitor=visitor, learner=user)
    elif keep is False:
        erasure.erase(visitor=visitor)
        feedback.erase(visitor=visitor)
    forget(request)
