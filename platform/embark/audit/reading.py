"""Changes as people read them: who, what, and each field before and afterwards.

What a row said afterwards is what the next change of it found, or what it says now; only the columns that
the log keeps are asked for. Two queries for a page of changes, of however many kinds: one for what followed,
one for the names of everything that they point to.
"""

import json
from dataclasses import dataclass, field

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject, NullIf
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from pghistory.core import event_models

from accounts.models import User
from embark.audit.models import Change

SHORT = 60  # characters of a value in a sentence
_NAMES = ("title", "name", "path")


@dataclass(frozen=True)
class Field:
    label: str
    before: str
    after: str


@dataclass
class Told:
    """A change in words. `fields` holds what differs, or all that was added or removed."""

    kind: str
    name: str
    parent: str
    fields: list[Field] = field(default_factory=list)
    act: str = ""

    @property
    def sentence(self):
        if self.act != Change.Act.CHANGED:
            said = [_("%(label)s: %(value)s") % {"label": f.label, "value": _short(f.after or f.before)}
                    for f in self.fields[:3]]  # fmt: skip
            return "; ".join([str(capfirst(Change.Act(self.act).label)), *said])
        return "; ".join(
            _("%(label)s: %(before)s → %(after)s")
            % {"label": f.label, "before": _short(f.before), "after": _short(f.after)}
            for f in self.fields
        )


def tables():
    """{kind: its model of changes}. A proxy counts as the model that it stands for."""
    return {table.pgh_tracked_model._meta.concrete_model._meta.label_lower: table for table in event_models()}


def kinds():
    """[(kind, its name)] in the order of names."""
    names = {kind: capfirst(table.pgh_tracked_model._meta.verbose_name) for kind, table in tables().items()}
    return sorted(names.items(), key=lambda pair: pair[1])


def tell(changes):
    """Give each `Change` of a list its words: the attribute `told`."""
    changes = list(changes)
    known = tables()
    after = _afterwards(changes, known)
    differences = {change.id: _differences(change, known[change.kind], after) for change in changes}
    names = _names(_pointed_to(changes, differences, known))
    for change in changes:
        model = known[change.kind].pgh_tracked_model
        kind = capfirst(str(model._meta.verbose_name))
        change.told = Told(
            kind=kind,
            name=change.name or names.get((change.kind, change.object_id), ""),
            parent=names.get((change.parent_kind, change.parent_id), ""),
            act=change.act,
            fields=[
                Field(
                    capfirst(str(column.verbose_name)), _words(column, old, names), _words(column, new, names)
                )
                for column, old, new in differences[change.id]
            ],
        )
    return changes


# ---------------------------------------------------------------------------------------- what followed


def columns_of(table):
    """The fields that a table of changes keeps of its model."""
    return [column for column in table._meta.fields if not column.name.startswith("pgh_")]


def _afterwards(changes, known):
    """{id of a change: the columns of its row afterwards}, for rows that changed."""
    wanted = {}
    for change in changes:
        if change.act == Change.Act.CHANGED:
            wanted.setdefault(change.kind, []).append(change.number)
    parts = []
    for kind, numbers in wanted.items():
        table = known[kind]
        said = JSONObject(**{column.column: F(column.attname) for column in columns_of(table)})
        following = (
            QuerySet(table)
            .filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__gt=OuterRef("pgh_id"))
            .order_by("pgh_id")
            .values(said=said)[:1]
        )
        present = (
            QuerySet(table.pgh_tracked_model)
            .filter(pk=OuterRef("pgh_obj_id"))
            .order_by()
            .values(said=said)[:1]
        )
        parts.append(
            QuerySet(table)
            .filter(pk__in=numbers)
            .order_by()
            .values_list(
                Concat(Value(f"{kind}:"), Cast("pk", TextField()), output_field=TextField()),
                Coalesce(Subquery(following), Subquery(present)),
            )
        )
    return dict(_all(parts))


def _differences(change, table, after):
    """[(field, before, after)] of a change."""
    found = []
    then = after.get(change.id) or {}
    for column in columns_of(table):
        old = new = change.said.get(column.column)
        if change.act == Change.Act.CHANGED:
            new = then.get(column.column)
            if old != new:
                found.append((column, old, new))
        elif old not in (None, "", [], {}):
            if column.primary_key or column.name in ("id", table.audited_parent):
                continue
            found.append((column, None, old) if change.act == Change.Act.ADDED else (column, old, None))
    return found


# ------------------------------------------------------------------------------------------------ names


def _pointed_to(changes, differences, known):
    """{model: keys} of everything that needs a name."""
    wanted = {}

    def want(model, key):
        if key is not None:
            wanted.setdefault(model, set()).add(key)

    for change in changes:
        if not change.name:
            want(known[change.kind].pgh_tracked_model, change.object_id)
        if change.parent_kind:
            want(apps.get_model(change.parent_kind), change.parent_id)
        for column, old, new in differences[change.id]:
            if column.is_relation:
                want(column.related_model, old)
                want(column.related_model, new)
    return wanted


def _names(wanted):
    """{(label of the model, key): name}; what is gone, or was erased, has none."""
    parts = []
    for model, keys in wanted.items():
        name = _name_of(model)
        if name is not None:
            label = Value(model._meta.label_lower, output_field=TextField())
            rows = QuerySet(model).filter(pk__in=keys).order_by()
            parts.append(rows.values_list(label, "pk", Cast(name, TextField())))
    return {(label, key): name for label, key, name in _all(parts)}


def _name_of(model):
    if issubclass(model, User):
        return Coalesce(NullIf("display_name", Value("")), "email", Value(""))
    if model is Permission:
        return F("name")
    present = {column.name for column in model._meta.fields}
    return next((F(name) for name in _NAMES if name in present), None)


def _all(parts):
    if not parts:
        return []
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


# ----------------------------------------------------------------------------------------------- values


def _words(column, value, names):
    """A value of a column as text, "" for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if column.is_relation:
        return names.get((column.related_model._meta.label_lower, value)) or f"#{value}"
    if isinstance(column, models.DateTimeField):
        return date_format(timezone.localtime(parse_datetime(value)), "SHORT_DATETIME_FORMAT")
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _short(text):
    return f"“{Truncator(' '.join(text.split())).chars(SHORT)}”" if text else _("nothing")
