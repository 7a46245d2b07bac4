"""An admin erases somebody who asked for it by letter or mail; learners themselves do it in their profile."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from embark import privacy

PERMISSION = "accounts.delete_user"


class ErasureForm(forms.Form):
    """The person's number, typed, so that nobody is erased by a slip of the mouse."""

    number = forms.CharField(
        label=gettext_lazy("Number of the account"),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["number"].help_text = _("Type %(number)d to confirm.") % {"number": person.pk}

    def clean_number(self):
        number = self.cleaned_data["number"].strip()
        if number != str(self.person.pk):
            raise forms.ValidationError(_("This is not the number of this account."))
        return number


def erase_person(request, pk):
    """Say what goes and what stays, then erase. Staff are refused: their rights are taken away first."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    person = get_object_or_404(User, pk=pk)
    if person.is_staff:
        messages.error(
            request, _("An account with admin rights can't be erased: take the rights away first.")
        )
        return redirect("admin:accounts_user_change", pk)
    form = ErasureForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        privacy.erase(person)
        messages.success(request, _("Account %(number)d and everything about it is erased.") % {"number": pk})
        return redirect("admin:accounts_user_change", pk)
    context = {**admin.site.each_context(request), "title": _("Erase this account"), "person": person}
    return render(request, "admin/erase_person.html", context | {"form": form})
