"""The whole site in one folder, and back: the database, uploaded files and model versions.

    database.dump     pg_dump's custom format
    media/ models/    the files as they were
    manifest.json     SHA-256 and size of each file, rows and checksum of each table
    manifest.sha256   the manifest's own, as `sha256sum -c` reads it

A backup is written under another name and renamed last. A restore reads it whole before it changes anything.
`docs/decisions/backups.md` says why it is made like this.
"""

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"


class BackupError(Exception):
    """A backup can't be made, or can't be restored; the message is one sentence that says what to do."""
