"""What must come before what. A course or lesson never comes before itself, by whatever detour."""

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

# Two people adding two halves of a cycle at once would each see none: writers take turns.
_LOCK = 0x70726572


def find_cycle(item, prerequisites):
    """The first of `prerequisites` that already depends on `item` (or is it), else None. One query."""
    ids = [other.pk for other in prerequisites]
    if item.pk is None or not ids:
        return None
    table = type(item).prerequisites.through._meta
    source, target = (table.get_field(name).column for name in _ends(item))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE before(start, id) AS (
                SELECT id, id FROM unnest(%s::bigint[]) AS id
                UNION
                SELECT before.start, {target} FROM {table.db_table} JOIN before ON {source} = before.id
            )
            SELECT start FROM before WHERE id = %s LIMIT 1
            """,  # noqa: S608  (names of our own tables)
            [ids, item.pk],
        )
        row = cursor.fetchone()
    return next((other for other in prerequisites if row and other.pk == row[0]), None)


def check(item, prerequisites):
    """Raise ValidationError if `item` would come before itself."""
    culprit = find_cycle(item, list(prerequisites))
    if culprit is None:
        return
    if culprit.pk == item.pk:
        raise ValidationError(_("“%(title)s” can't be its own prerequisite.") % {"title": item})
    raise ValidationError(
        _("“%(other)s” can't come before “%(title)s”: it already needs “%(title)s” itself.")
        % {"other": culprit, "title": item}
    )


@transaction.atomic
def set_prerequisites(*, item, prerequisites):
    """Replace the prerequisites of a course or a lesson. Raises ValidationError for a cycle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    check(item, prerequisites)
    item.prerequisites.set(prerequisites)


def _ends(item):
    name = item._meta.model_name
    return f"from_{name}", f"to_{name}"
