"""The multi-tower network in torch; imported by training alone, never by the web process."""
