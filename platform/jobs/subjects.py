"""What a job is about. The apps that start jobs register how theirs are found: jobs know of none of them."""

from dataclasses import dataclass

_finders = {}


@dataclass(frozen=True, slots=True)
class Subject:
    title: str
    url: str


def register(kind, find):
    """`find(job, user)`: the Subject of a job of a kind as far as this person may see it, or None."""
    _finders[kind] = find


def subject_of(job, user):
    find = _finders.get(job.kind)
    return find(job, user) if find is not None else None
