"""Rows and checksum of a table: the same wherever the same rows are, in whatever order.

A row's text is hashed by SHA-256 and the first 64 bits of all rows are added up, so no order is needed and no
memory for it. Against tampering stands the SHA-256 of the dump; this finds what a restore would lose.
"""

import hashlib

from django.db import connection
from psycopg import sql

# How a row reads as text depends on these.
SETTINGS = (
    "SET search_path = ''",
    "SET timezone = 'UTC'",
    "SET datestyle = 'ISO, MDY'",
    "SET intervalstyle = 'postgres'",
    "SET extra_float_digits = 1",
    "SET bytea_output = 'hex'",
)
_SUM = sql.SQL(
    "count(*), coalesce(sum(('x' || left(encode(sha256(convert_to(embark_row::text, 'UTF8')), 'hex'), 16))"
    "::bit(64)::bigint::numeric), 0)::text"
)
_COLUMNS = """
SELECT attname FROM pg_catalog.pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attname
"""
# Tables and the leaves of partitioned ones; what an extension brings is not the site's.
_TABLES = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = ANY(%s) AND c.relpersistence <> 't'
    AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY 1, 2
"""


def tables(kinds=("r",)):
    """[(schema, name)] of the connected database's relations of these kinds."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [list(kinds)])
        return cursor.fetchall()


def count(schema, name):
    """{"columns", "rows", "checksum"} of one table. Needs SETTINGS in the session."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [f"{connection.ops.quote_name(schema)}.{connection.ops.quote_name(name)}"])
        columns = [column for (column,) in cursor.fetchall()]
        cursor.execute(sql.SQL("SELECT ") + _SUM + _from(schema, name, columns))
        rows, checksum = cursor.fetchone()
    return {"columns": columns, "rows": rows, "checksum": checksum}


def requirement(schema, name, expected):
    """A statement that fails where a table is not as expected."""
    statement = sql.SQL(
        "DO $check$ DECLARE found bigint; checksum text; BEGIN "
        "SELECT {sum} INTO found, checksum {source}; "
        "IF found <> {rows} OR checksum <> {checksum} THEN "
        "RAISE EXCEPTION 'table % has % rows and is not as it was saved', {label}, found; END IF; "
        "END $check$;\n"
    ).format(
        sum=_SUM,
        source=_from(schema, name, expected["columns"]),
        rows=sql.Literal(expected["rows"]),
        checksum=sql.Literal(expected["checksum"]),
        label=sql.Literal(name),
    )
    return statement.as_string(connection.connection)


def _from(schema, name, columns):
    """The rows of these columns. Generated ones are not among them: the server that restores makes them
    again, and its dictionaries may be newer.
    """
    return sql.SQL(" FROM (SELECT {} FROM {}) AS embark_row").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema, name)
    )


def of_file(path):
    """{"sha256", "bytes"} of one file."""
    with path.open("rb") as content:
        return {"sha256": hashlib.file_digest(content, "sha256").hexdigest(), "bytes": path.stat().st_size}
