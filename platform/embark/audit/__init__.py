"""Who changed what, when, in which request: the log of everything that is `@audited` (accounts.audited).

middleware  says who, to the database, while a request may write
models      all tables of changes as one, `Change`
reading     changes as sentences: what it said before, and afterwards
forgetting  the one place that deletes changes, when they were kept long enough
admin       the list, which nobody can change
"""
