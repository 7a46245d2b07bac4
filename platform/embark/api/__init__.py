"""The site for programs: how each app's API is published under /api/v1/.

Apps write plain DRF views (`courses/api.py` and so on). What all of them share is added here, where they are
mounted: `publishing` (idempotency keys, ETags), `problems` (RFC 9457), `throttling`, `authentication`,
`pagination`, and the schema with its page.
"""
