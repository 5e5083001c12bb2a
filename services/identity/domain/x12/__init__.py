"""X12 834 files: bytes -> segments -> member loops -> enrollments, as a stream. Next: `reader.py`."""
