"""How allauth makes and greets our users."""

from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpResponseRedirect
from django.urls import reverse

from accounts.models import Profile


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
        response = super().post_login(request, user, signup=signup, **kwargs)
        if user.profile.timezone:
            request.session["timezone"] = user.profile.timezone
        if signup and user.profile.interests_asked_at is None and response.status_code == 302:
            return HttpResponseRedirect(
                f"{reverse('accounts:interests')}?{urlencode({'next': response.url})}"
            )
        return response
