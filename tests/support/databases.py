"""An empty database beside the test database, for commands that a test starts as processes."""

import os
import uuid

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict


class OwnDatabase:
    """Made on the server of the tests; whoever makes it drops it."""

    def __init__(self, purpose):
        self.name = f"{purpose}_{uuid.uuid4().hex[:12]}"
        self._base = conninfo_to_dict(os.environ["DATABASE_URL"])
        self._server = {**self._base, "dbname": self._base.get("dbname", "postgres")}
        self._administer("CREATE DATABASE {}")

    @property
    def url(self):
        base = self._base
        query = f"?host={base['host']}" if base.get("host", "").startswith("/") else ""
        host = "" if query else f"{base.get('host', 'localhost')}:{base.get('port', 5432)}"
        password = f":{base['password']}" if base.get("password") else ""
        return f"postgres://{base.get('user', '')}{password}@{host}/{self.name}{query}"

    def _administer(self, statement):
        with psycopg.connect(**self._server, autocommit=True) as server:
            server.execute(sql.SQL(statement).format(sql.Identifier(self.name)))

    def ask(self, statement):
        with psycopg.connect(**{**self._server, "dbname": self.name}, autocommit=True) as database:
            return database.execute(statement).fetchall()

    def drop(self):
        self._administer("DROP DATABASE {} WITH (FORCE)")
