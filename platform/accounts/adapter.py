"""How allauth makes and greets our users."""

from allauth.account.adapter import DefaultAccountAdapter

from accounts.models import Profile


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request, user, form, commit=True):
        user = super().save_user(request, user, form, commit=False)
        user.display_name = form.cleaned_data.get("display_name", "")
        if commit:
            user.save()
            Profile.objects.get_or_create(user=user)
        return user
