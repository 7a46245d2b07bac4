"""How many learners met each item lately, kept in a table so that no page has to count."""

from django.db import connection, transaction

# Half of a learner's weight is gone after this many days.
HALF_LIFE_DAYS = 30

# Each learner counts once an item, at their latest event with it. Times that are unknown count as the moment
# of the import. Dismissals are no sign of liking.
_REFRESH = """
DELETE FROM recommender_itempopularity;
INSERT INTO recommender_itempopularity (kind, object_id, weight)
SELECT kind, object_id,
       sum(power(0.5, greatest(extract(epoch FROM now() - latest), 0) / (86400 * %(half_life)s)))
FROM (
    SELECT kind, object_id, learner_id, max(coalesce(occurred_at, recorded_at)) AS latest
    FROM activity_event
    WHERE kind <> 3 AND verb <> 7 AND learner_id IS NOT NULL
    GROUP BY kind, object_id, learner_id
) AS met
GROUP BY kind, object_id
"""


@transaction.atomic
def refresh():
    """Count anew; readers see the old table until the new one is whole."""
    with connection.cursor() as cursor:
        delete, insert = _REFRESH.split(";", 1)
        cursor.execute(delete)
        cursor.execute(insert, {"half_life": HALF_LIFE_DAYS})
