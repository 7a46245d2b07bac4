"""The SQL of the view that `Change` reads.

Migrations call it: a new audited model needs one that makes the view anew.

Each table of changes is one branch of a UNION ALL with constants for its kind, so that PostgreSQL asks only
the tables that a filter names, each by its own index, and merges them by time for the newest page.
"""

DROP = "DROP VIEW IF EXISTS embark_change;"
_BRANCH = """
SELECT '{kind}:' || pgh_id AS id, '{kind}'::text AS kind, pgh_id::bigint AS number, pgh_label AS act,
    pgh_created_at AS at, pgh_obj_id::bigint AS object_id, {name}::text AS name,
    '{parent_kind}'::text AS parent_kind, {parent}::bigint AS parent_id,
    (pgh_context ->> 'user')::bigint AS user_id,
    coalesce(pgh_context ->> 'request', '') AS request, coalesce(pgh_context ->> 'network', '') AS network,
    (pgh_context ->> 'job')::bigint AS job_id,
    to_jsonb(changes) - ARRAY['pgh_id', 'pgh_label', 'pgh_created_at', 'pgh_obj_id', 'pgh_context'] AS said
FROM {table} AS changes
"""


def create(branches):
    """CREATE VIEW over [(kind, table, column with a name, parent's kind and column)]; "" is for none."""
    selects = (
        _BRANCH.format(
            kind=kind,
            table=table,
            name=name or "''",
            parent_kind=parent_kind,
            parent=parent or "NULL",
        )
        for kind, table, name, parent_kind, parent in branches
    )
    return DROP + "CREATE VIEW embark_change AS" + "UNION ALL".join(selects) + ";"
