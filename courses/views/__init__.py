"""Pages of courses. A view picks a queryset or calls a verb, and renders."""
