"""Training in torch: run in a process of its own, never imported by the web process."""
