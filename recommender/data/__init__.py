"""What the models learn from, as plain arrays: no Django, no torch."""
