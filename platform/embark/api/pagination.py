"""Pages of a list: `limit` and `offset`. What is no number is an error, not the first page."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import LimitOffsetPagination

MOST = 100
# Counting past this many rows is slow on a large table, and nobody reads that far.
FURTHEST = 100_000


class Pages(LimitOffsetPagination):
    default_limit = 20
    max_limit = MOST

    def get_limit(self, request):
        return self._whole(request, "limit", low=1, high=MOST, default=self.default_limit)

    def get_offset(self, request):
        return self._whole(request, "offset", low=0, high=FURTHEST, default=0)

    def _whole(self, request, name, *, low, high, default):
        raw = request.query_params.get(name)
        if raw is None:
            return default
        if not (raw.isascii() and raw.isdecimal() and len(raw) < 10 and low <= int(raw) <= high):
            sentence = _("Write a whole number from %(low)d to %(high)d.") % {"low": low, "high": high}
            raise ValidationError({name: [sentence]})
        return int(raw)

    def get_schema_operation_parameters(self, view):
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": self.default_limit}
        offset = {"type": "integer", "minimum": 0, "maximum": FURTHEST, "default": 0}
        return [
            {"name": "limit", "in": "query", "required": False, "description": "Rows.", "schema": limit},
            {
                "name": "offset",
                "in": "query",
                "required": False,
                "description": "From row.",
                "schema": offset,
            },
        ]
