"""The wallet: the balance and every line behind it."""

import csv

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.spreadsheets import cell
from credits import expiry, ledger, rewards
from credits.models import Rules

# The wallet names the next days on which credits expire, not each of a long row of them.
SOONEST = 3


@require_GET
@login_required
def wallet(request):
    entries = ledger.statement(request.user)
    page = Paginator(entries, 25).get_page(request.GET.get("page"))
    rules = Rules.current()
    context = {
        "page": page,
        "balance": ledger.balance(request.user),
        "rules": rules,
        "room": rewards.room(request.user, rules=rules),
        "expiring": expiry.upcoming(request.user, rules=rules)[:SOONEST],
    }
    return render(request, "credits/wallet.html", context)


@require_GET
@login_required
def statement_csv(request):
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="credits.csv"'
    writer = csv.writer(response)
    writer.writerow(["time", "credits", "reason", "source", "description"])
    for entry in ledger.statement(request.user):
        description = cell(entry.description)
        writer.writerow([entry.created_at.isoformat(), entry.amount, entry.reason, entry.source, description])
    return response
