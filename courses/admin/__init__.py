"""Courses in the admin. Every act calls the same verb as the site."""

from courses.admin import catalogue, discussion, learning, lessons, topics

__all__ = ["catalogue", "discussion", "learning", "lessons", "topics"]
