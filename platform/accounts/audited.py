"""What admins and authors change is written down: `@audited(...)` above a model, and the database does it.

Each audited model gets a table of changes beside its own, written by triggers, so that no way of saving
passes it by. A change keeps what the row said *before* it (what was added, for a new row): what it said
afterwards is the next change's before, or the row as it stands. So the first change of a row that is older
than its log can be read like any other. The database refuses to change or delete what is written down.

In the lowest layer, because every layer has such models. `embark.audit` reads them all.
"""

import pghistory
from django.db import models

ADDED, CHANGED, REMOVED = "added", "changed", "removed"


def audited(*, fields=None, exclude=(), parent="", added=None, kinds=(ADDED, CHANGED, REMOVED)):
    """A decorator for a model.

    `fields`, or all but `exclude`: what is worth a line. `parent`: the foreign key to what the row is a part
    of, whose log shows it too. `added`: a pgtrigger condition for new rows. `kinds`: which acts are kept.
    """
    trackers = {
        ADDED: pghistory.InsertEvent(ADDED, condition=added),
        CHANGED: pghistory.UpdateEvent(CHANGED, row=pghistory.Old),
        REMOVED: pghistory.DeleteEvent(REMOVED),
    }
    indexes = [["pgh_created_at"], ["pgh_obj", "pgh_id"], *([[parent]] if parent else [])]

    def decorate(model):
        return pghistory.track(
            *(trackers[kind] for kind in kinds),
            fields=fields,
            exclude=list(exclude),
            obj_field=pghistory.ObjForeignKey(related_name="+", related_query_name="+", db_index=False),
            # A copy of the context in each row: a table of contexts would have to be changed afterwards.
            context_field=pghistory.ContextJSONField(),
            context_id_field=None,
            append_only=True,
            model_name=f"{model._meta.object_name}Change",
            attrs={"audited_parent": parent},
            meta={
                "indexes": [models.Index(fields=columns) for columns in indexes],
                "default_permissions": (),
            },
        )(model)

    return decorate
