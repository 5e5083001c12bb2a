"""The public side: `routes.py` is every URL on one screen."""
