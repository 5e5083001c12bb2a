"""The processor: what others own, behind a Protocol."""
