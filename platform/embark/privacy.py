"""Everything about one person: a ZIP of what each app knows, and erasure by each app's `privacy.py`."""

import csv
import importlib
import io
import json
import zipfile

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from embark.models import Change, StoredResponse

# The account goes last: what the others erase is found through it.
_LAST = "accounts"


def modules():
    """The `privacy` module of each app that has one, the account's last."""
    found = []
    for config in apps.get_app_configs():
        if importlib.util.find_spec(f"{config.name}.privacy") and config.name != "embark":
            found.append((config.name, importlib.import_module(f"{config.name}.privacy")))
    return [module for _, module in sorted(found, key=lambda pair: (pair[0] == _LAST, pair[0]))]


def export(learner):
    """A ZIP (bytes) with one JSON file a subject, and a CSV beside each that is a table."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for export_of in (*(module.export for module in modules()), _export_own):
            for name, content in export_of(learner):
                text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
                archive.writestr(f"{name}.json", text)
                if isinstance(content, list) and content:
                    archive.writestr(f"{name}.csv", _csv(content))
    return buffer.getvalue()


def _export_own(learner):
    """What the site itself keeps: changes that the person made, as the audit log has them."""
    changes = Change.objects.filter(user=learner).order_by("at", "number")
    yield (
        "audit_log",
        list(changes.values("at", "kind", "act", "object_id", "name", "request", "network")),
    )


def _csv(rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@transaction.atomic
def erase(learner):
    """Erase or anonymise everything about a person, in all apps or in none."""
    StoredResponse.objects.filter(learner=learner).delete()
    for module in modules():
        module.erase(learner)
