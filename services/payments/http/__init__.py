"""payments by HTTP: `routes.py` is every URL of the service on one screen."""
