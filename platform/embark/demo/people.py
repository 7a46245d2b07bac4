"""The learner and the admin whom a demonstration lets in."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts.models import User


@dataclass(frozen=True)
class SignIn:
    email: str
    password: str


def sign_ins() -> dict[str, SignIn]:
    """The two accounts, "learner" and "admin", made at the first call.

    Their passwords are kept in `var/demo.json`, readable by its owner alone, and are shown again at each
    start. An account whose password was changed since keeps the new one.
    """
    path = settings.VAR_DIR / "demo.json"
    if path.exists():
        known = {role: SignIn(**entry) for role, entry in json.loads(path.read_text()).items()}
    else:
        known = {
            "learner": SignIn("learner@embark.example", secrets.token_urlsafe(9)),
            "admin": SignIn("admin@embark.example", secrets.token_urlsafe(9)),
        }
        _write(path, known)
    _make(known["learner"], display_name="Robin")
    _make(known["admin"], display_name="Alex", is_staff=True, is_superuser=True)
    return known


def _write(path: Path, known: dict[str, SignIn]) -> None:
    text = json.dumps({role: asdict(entry) for role, entry in known.items()}, indent=2)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")


@transaction.atomic
def _make(sign_in: SignIn, **fields) -> None:
    if User.objects.filter(email=sign_in.email).exists():
        return
    user = User.objects.create_user(sign_in.email, sign_in.password, **fields)
    EmailAddress.objects.create(user=user, email=sign_in.email, verified=True, primary=True)
