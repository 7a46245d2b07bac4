"""Tables uploaded in the admin: a row is read, or says in a sentence why not.

A table is checked whole before anything is kept: the preview runs every row in a transaction that is rolled
back, and a table with one wrong row is not imported at all.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, JSON, TSV
from import_export.resources import ModelResource
from import_export.results import Error
from import_export.tmp_storages import CacheStorage
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from accounts.models import User
from accounts.spreadsheets import cell, uncell


class WrongTable(Exception):
    """Why no row of a table can be read, as a sentence for who uploads it."""


class Sentence(Error):
    """An error of a table that is shown without the place in the code where it arose."""

    traceback = ""


class TableResource(ModelResource):
    """A table of rows that name what they are about. `user` is the admin who uploads it.

    Subclasses set `columns`, find the row's instance in `find` and write it by a verb in `write`. A column
    that is not in `needed` may be missing, which leaves what it holds as it is.
    """

    columns: tuple[str, ...] = ()
    needed: tuple[str, ...] | None = None

    def __init__(self, user=None, **kwargs):
        super().__init__(**kwargs)
        self.user = user

    def before_import(self, dataset, **kwargs):
        dataset.headers = [str(header or "").strip().lower() for header in dataset.headers or ()]
        needed = self.columns if self.needed is None else self.needed
        missing = [name for name in needed if name not in dataset.headers]
        if missing:
            raise WrongTable(
                _("The table needs the columns %(columns)s; %(missing)s is missing.")
                % {"columns": ", ".join(needed), "missing": ", ".join(missing)}
            )

    def before_import_row(self, row, **kwargs):
        for name in self.columns:
            if name in row or self.needed is None:
                row[name] = uncell(str(row.get(name) or "").strip())

    def get_or_init_instance(self, instance_loader, row):
        found = self.find(row)
        return found or self._meta.model(), found is None

    @classmethod
    def get_error_result_class(cls):
        return Sentence

    def save_instance(self, instance, is_create, row, **kwargs):
        self.write(instance, row)

    def find(self, row):
        """The instance that a row is about, or None."""
        raise NotImplementedError

    def write(self, instance, row):
        """Keep an instance that `import_instance` has filled; raises ValidationError."""
        raise NotImplementedError


def learner_named(email):
    """The learner of an address, or None. Raises ValidationError for no address or a closed account."""
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValidationError({"email": _("“%(email)s” is no e-mail address.") % {"email": email}}) from error
    learner = User.objects.filter(email__iexact=email).first()
    if learner is not None and not learner.is_active:
        raise ValidationError({"email": _("The account of %(email)s is closed.") % {"email": email}})
    return learner


def several(text):
    """The parts of a cell that holds several, separated by bars; each once."""
    return list(dict.fromkeys(part for part in (" ".join(part.split()) for part in text.split("|")) if part))


def known(model, names, sentence):
    """Rows of a model (topics, skills) by name or slug. Raises ValidationError with `sentence` % {"name"}."""
    found = []
    for name in names:
        row = model.objects.filter(Q(name__iexact=name) | Q(slug=name)).order_by("pk").first()
        if row is None:
            raise ValidationError(sentence % {"name": name[:60]})
        found.append(row)
    return found


def whole_number(text, most):
    """A whole number from 0 to `most`, 0 for nothing. Raises ValidationError."""
    if not text:
        return 0
    if text.isascii() and text.isdigit() and int(text) <= most:
        return int(text)
    raise ValidationError(
        _("“%(value)s” is no whole number from 0 to %(most)d.") % {"value": text[:40], "most": most}
    )


def joined(rows):
    """The names of rows in one cell."""
    return shown("|".join(row.name for row in rows))


def shown(value):
    """What a person typed, for a table that others open in a spreadsheet."""
    return cell(value or "")


class TableAdminMixin(ImportExportMixin):
    """Import with preview, and export, for a ModelAdmin; who may upload is for each to say."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    formats = [CSV, TSV, JSON]
    # Between preview and import a table waits where it expires, and where every web machine can read it.
    tmp_storage_class = CacheStorage

    @method_decorator(require_POST)
    def process_import(self, request, **kwargs):
        kept = CacheStorage(name=request.POST.get("import_file_name", ""))
        if self.has_import_permission(request) and kept.read() is None:
            messages.error(request, _("This preview is over: upload the table again."))
            return redirect("admin:{}_{}_import".format(*self.get_model_info()))
        return super().process_import(request, **kwargs)

    def get_import_resource_kwargs(self, request, **kwargs):
        return super().get_import_resource_kwargs(request, **kwargs) | {"user": request.user}
