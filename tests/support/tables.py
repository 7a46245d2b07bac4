"""Uploading a table in the admin, as a person does: the preview first, then the confirmation."""

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse


def upload(client, model, text):
    """The preview of a CSV table for the admin of a model, such as "courses_enrolment"."""
    file = SimpleUploadedFile("table.csv", text.encode(), content_type="text/csv")
    return client.post(
        reverse(f"admin:{model}_import"), {"import_file": file, "format": "0", "resource": "0"}
    )


def confirm(client, model, preview):
    """Import what a preview showed."""
    form = preview.context["confirm_form"]
    return client.post(reverse(f"admin:{model}_process_import"), form.initial, follow=True)


def sentences(preview):
    """{row: {column: sentences}} of the rows of a preview that are wrong."""
    return {row.number: row.field_specific_errors for row in preview.context["result"].invalid_rows}


def exported(client, model, fields):
    """The rows of a table as the admin exports it."""
    form = {"format": "0", "resource": "0"} | {f"selectable_fields_{field}": "on" for field in fields}
    response = client.post(reverse(f"admin:{model}_export"), form)
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
